"""What holds for every test: hypothesis judges results, never how long an example took."""

from __future__ import annotations

from hypothesis import settings

# Built on the profile that is active: hypothesis chooses a repeatable one where CI is set.
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")
