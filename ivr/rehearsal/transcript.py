"""A call as people read it: when, who, what. The words of flow tests, demos and bug reports.

::

    flow clinic   called at Mon 2026-11-23 10:15
      0.0  ivr     Welcome to Acme. For sales press 1, for support press 2.
      2.4  caller  presses 9
      2.4  ivr     (stops) Sorry, 9 is not one of the choices.

It only keeps and shapes lines; whoever tells it something has masked what may not be shown. Told by
the simulated line; a live call's screen may tell it what its record says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

IVR = "ivr"
CALLER = "caller"
_STOPS = "(stops)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript."""

    at: int | None
    """Milliseconds since the call was answered; None where the time is of no interest."""
    who: str
    what: str


class Transcript:
    """The entries of one call, in the order things happened."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def says(self, at: int, text: str) -> None:
        """The line begins to say something."""
        last = self.entries[-1] if self.entries else None
        if last == Entry(at, IVR, _STOPS):
            self.entries[-1] = replace(last, what=f"{_STOPS} {text}")
        else:
            self.ivr(at, text)

    def stops(self, at: int) -> None:
        """The line stops speaking in the middle of a text."""
        self.ivr(at, _STOPS)

    def ivr(self, at: int, what: str) -> None:
        """The line does something."""
        self.entries.append(Entry(at, IVR, what))

    def caller(self, at: int, what: str) -> None:
        """The caller does something."""
        self.entries.append(Entry(at, CALLER, what))

    def presses(self, at: int, key: str) -> None:
        """The caller presses a key; keys with no word between them share a line."""
        shown = {"*": "star", "#": "pound"}.get(key, key)
        place = len(self.entries) - 1
        if place >= 0 and self.entries[place].what == _STOPS:
            place -= 1
        last = self.entries[place] if place >= 0 else None
        if last is None or last.who != CALLER or not last.what.startswith("presses "):
            self.caller(at, f"presses {shown}")
        else:
            gap = " " if len(shown) > 1 or last.what.endswith(("star", "pound")) else ""
            self.entries[place] = replace(last, what=f"{last.what}{gap}{shown}")


def heading(flow: str, moment: datetime) -> str:
    """The line above a transcript; ``moment``: when it was answered, on the flow’s own clock."""
    # Not strftime: its names of days follow the machine's locale.
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    return f"flow {flow}   called at {day} {moment:%Y-%m-%d %H:%M}"


def render(entries: Iterable[Entry]) -> list[str]:
    """The lines of a transcript, without a heading."""
    return [render_entry(entry) for entry in entries]


def render_entry(entry: Entry) -> str:
    """One line of a transcript."""
    time = " " * 5 if entry.at is None else f"{entry.at / 1000:5.1f}"
    return f"{time}  {entry.who:<6}  {entry.what}"


def spell(ms: int) -> str:
    """A length of time as it is read: ``5s``, ``2.5s``."""
    return f"{ms / 1000:.1f}".removesuffix(".0") + "s"
