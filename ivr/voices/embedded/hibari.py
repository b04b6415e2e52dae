"""English, by hibari-tts: a small neural voice that runs in our own process.

It takes 10-100 ms for a sentence, nearly all of it in onnxruntime and numpy, which let other
threads run: the embedded voice calls it from worker threads. Only the speakers inside its package
are offered; the others would be downloaded in the middle of a start-up. Knows nothing of calls,
lines and loops. Other languages are ``nano``'s.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ivr.audio.resample import to_pcm16

if TYPE_CHECKING:
    from hibari import Hibari  # type: ignore[import-untyped]

RATE = 24_000

_SEED = 0
"""Of the noise in its consonants: the same text gives the same take each time."""
_WARM_UP = "Hello, Qwyzzik, one two."
"""Has a word in it that no lexicon knows, so that the model for such words is loaded too."""

_AMOUNT = re.compile(r"\b([1-9])(\d{3})(?= (?:[a-z]{3,}s|yen)\b)")
"""Four digits before a plural, “1234 dollars”: hibari reads them like a year, twelve 34."""

_loading = threading.Lock()


def warm(speaker: str) -> None:
    """Load a speaker, half a second; at once if it is loaded already. ImportError without it."""
    with _loading:
        say(_WARM_UP, speaker=speaker, speed=1.0)


def say(text: str, *, speaker: str, speed: float) -> bytes:
    """Say one sentence, as 16-bit samples at RATE; of a text it cannot read nothing.

    May be called by several threads at once. Whatever hibari raises comes through.
    """
    samples = _loaded(speaker)(readable(text), speed=speed, seed=_SEED)
    return to_pcm16(samples.astype(np.float64))


def readable(text: str) -> str:
    """The text as hibari reads it rightly: ``1 thousand 234 dollars``."""
    return _AMOUNT.sub(_in_thousands, text)


def _in_thousands(found: re.Match[str]) -> str:
    rest = int(found[2])
    return f"{found[1]} thousand {rest}" if rest else f"{found[1]} thousand"


@cache
def _loaded(speaker: str) -> Hibari:
    """The model, one for all voices and all flow sets of this process: it takes 150 MB."""
    from hibari import Hibari  # half a second, and onnxruntime: not before somebody speaks

    return Hibari(voice=speaker)
