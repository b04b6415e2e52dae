"""What holds for every test: hypothesis judges results, never how long an example took; and what
was imported is not searched for garbage again and again."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

# Built on the profile that is active: hypothesis chooses a repeatable one where CI is set.
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--live``: what ``tests/live`` is about."""
    what = "also test the real ElevenLabs; needs ELEVENLABS_API_KEY, says under 500 characters"
    parser.addoption("--live", action="store_true", help=what)


def pytest_collection_finish() -> None:
    """Before the first test, and again before the first of each file that is taken from a queue.

    What the files before have left behind is found now, with its warnings; what is there besides
    are modules, which stay. Full collections looked at each of their objects every time, a tenth of
    all the processor time of a run.
    """
    gc.collect()
    gc.freeze()
