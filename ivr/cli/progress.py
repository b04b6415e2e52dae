"""How far a voice has come, and what came of it, for whoever reads along.

Used by ``ivr say``; the figures are those of its ``Take``.
"""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.status import Status

from ivr.cli.speech import Take

PROGRESS_MS: Final = 2_000
"""Between two lines of progress in a pipe."""


class Progress:
    """A context: a moving line on a terminal, and in a pipe a line now and then."""

    def __init__(self, take: Take, terminal: Console) -> None:
        self._take = take
        self._terminal = terminal
        self._status: Status | None = None
        self._silent = False
        self._told_first = False
        self._next_ms: float = PROGRESS_MS

    def __enter__(self) -> Progress:
        if self._terminal.is_terminal:
            self._status = self._terminal.status("opening the voice …")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def leave(self) -> None:
        """Show nothing more: somebody types where the moving line would be."""
        self.__exit__()
        self._silent = True

    def show(self, what: str) -> None:
        """Say what is being done, where somebody looks."""
        if self._status is not None and not self._silent:
            self._status.update(what)

    def moved(self) -> None:
        """There is more sound."""
        take = self._take
        so_far = f"{take.sound_ms / 1000:.1f} s of sound in {chunks(take)}"
        self.show(so_far)
        if not self._told_first:
            self._told_first = True
            self._terminal.print(f"first audio  {take.first_ms or 0:.0f} ms")
        if self._status is None and not self._silent and take.took_ms >= self._next_ms:
            self._next_ms = take.took_ms + PROGRESS_MS
            self._terminal.print(f"… {so_far}, after {take.took_ms / 1000:.2f} s")


def summarise(take: Take, terminal: Console, *, typed: bool = False) -> None:
    """What came of it; how soon it began has been told. ``typed``: it waited for a person."""
    quiet = f", the first {take.silence_ms:.0f} ms silent" if take.silence_ms >= 1 else ""
    terminal.print(
        f"sound        {take.sound_ms / 1000:.2f} s in {chunks(take)}, "
        f"{len(take.audio):,} bytes{quiet}"
    )
    took = f"{take.took_ms / 1000:.2f} s"
    if typed:
        terminal.print(f"last audio   {took} after the first word")
    else:
        terminal.print(f"made in      {took}, {take.rate:.1f} times as fast as it plays")


def chunks(take: Take) -> str:
    """``1 chunk``, ``14 chunks``."""
    return f"{take.chunks} chunk{'' if take.chunks == 1 else 's'}"
