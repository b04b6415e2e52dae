"""What holds for every test: hypothesis judges results, never how long an example took."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Built on the profile that is active: hypothesis chooses a repeatable one where CI is set.
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--live``: what ``tests/live`` is about."""
    what = "also test the real ElevenLabs; needs ELEVENLABS_API_KEY, says under 500 characters"
    parser.addoption("--live", action="store_true", help=what)
