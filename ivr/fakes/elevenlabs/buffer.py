"""When text that was sent becomes speech: the vendor's buffer, without any clock.

In auto mode every message is spoken as it comes. Otherwise text gathers until it has as many
characters as the schedule asks for this generation, or until a flush, or until the end. One of
these belongs to each context.
"""

from __future__ import annotations

from collections.abc import Sequence

SCHEDULE_DEFAULT = (120, 160, 250, 290)
"""Characters before the first, second, third, and every later generation."""
TRIGGER_CHARACTERS = 50
"""What ``try_trigger_generation`` needs; the real value is not published."""


class Buffer:
    """Text of one context that is not spoken yet."""

    def __init__(self, *, auto_mode: bool, schedule: Sequence[float] = SCHEDULE_DEFAULT) -> None:
        self._auto = auto_mode
        self._schedule = tuple(schedule) or SCHEDULE_DEFAULT
        self._generations = 0
        self._text = ""

    def push(self, text: str, *, flush: bool = False, trigger: bool = False) -> str:
        """Take text, and return what is to be spoken now; empty when nothing is.

        White space alone is never spoken, and waits for the words it stands before.
        """
        self._text += text
        due = flush or self._auto or len(self._text) >= self._needed
        if not due and trigger:
            due = len(self._text) >= TRIGGER_CHARACTERS
        if not due or not self._text.strip():
            return ""
        spoken, self._text = self._text, ""
        self._generations += 1
        return spoken

    @property
    def _needed(self) -> float:
        return self._schedule[min(self._generations, len(self._schedule) - 1)]
