"""The play-out buffer of one phone among many: Twilio's, with no more than counting.

What ``playout.Playout`` does with the sound in hand this does with lengths alone, so that hundreds
of phones fit on one core: when a message is played, which mark is due, where the caller heard
nothing. Pure; times are milliseconds of whatever clock the caller has. ``load_call`` drives it, and
a test holds it against ``Playout``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ivr.audio.frames import BYTES_PER_MS

GAP_MS = 20.0
"""From here on a pause in the middle of an utterance counts: one frame."""


@dataclass(frozen=True, slots=True)
class Gap:
    """In the middle of an utterance there was nothing to play."""

    at_ms: float
    ms: float


class Buffer:
    """What was received and not yet played, as lengths; ``media``, ``mark``, ``clear`` fill it."""

    __slots__ = ("_end", "_marks", "_spoken_until", "gaps")

    def __init__(self) -> None:
        self._end = 0.0
        self._spoken_until: float | None = None
        """The end of what was received of the utterance that has no mark yet."""
        self._marks: deque[tuple[float, str]] = deque()
        self.gaps: list[Gap] = []
        """Those of at least GAP_MS, in order."""

    def media(self, size: int, now: float) -> float:
        """So many bytes of audio arrived; returns when the first of them is played."""
        start = max(now, self._end)
        self._count_gap(start)
        self._end = self._spoken_until = start + size / BYTES_PER_MS
        return start

    def mark(self, name: str, now: float) -> float:
        """A mark arrived, the utterance is over; returns when the mark is to be sent back."""
        due = max(now, self._end)
        self._spoken_until = None
        self._marks.append((due, name))
        return due

    def clear(self, now: float) -> list[str]:
        """Throw away what is buffered; returns the marks to be sent back now."""
        # A caller who interrupts a starving utterance has heard the silence before.
        self._count_gap(now)
        names = [name for _, name in self._marks]
        self._marks.clear()
        self._end = now
        self._spoken_until = None
        return names

    def due(self, now: float) -> list[str]:
        """The marks whose time has come; they are pending no more."""
        names = []
        while self._marks and self._marks[0][0] <= now:
            names.append(self._marks.popleft()[1])
        return names

    @property
    def next_due(self) -> float | None:
        """When the next pending mark is to be sent back."""
        return self._marks[0][0] if self._marks else None

    @property
    def settled(self) -> bool:
        """Whether the server has had the echo of all it sent; if not, an interruption clears."""
        return self._spoken_until is None and not self._marks

    def _count_gap(self, until: float) -> None:
        since = self._spoken_until
        if since is not None and until - since >= GAP_MS:
            self.gaps.append(Gap(since, until - since))
