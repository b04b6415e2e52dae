"""What holds for every test: hypothesis judges results, never how long an example took.

At a desk it tries fewer examples, for the sake of the minute; where CI is set it tries them all.
"""

from __future__ import annotations

import os

from hypothesis import settings

EXAMPLES_AT_A_DESK = 30

# Built on the profile that is active: hypothesis chooses a repeatable one where CI is set.
settings.register_profile("house", settings(), deadline=None)
settings.register_profile("desk", settings(), deadline=None, max_examples=EXAMPLES_AT_A_DESK)
settings.load_profile("house" if os.environ.get("CI") else "desk")
