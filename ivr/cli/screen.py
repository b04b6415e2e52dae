"""What a rehearsed call looks like: live in a terminal, as plain lines in a pipe, and as a file.

On a terminal the words appear as they are spoken, above a line that says where the caller is. In a
pipe each line is written once it can change no more. The transcript file is the same dialogue in
the shape flow tests are told in (LANGUAGE.md, part D). Used by ``ivr call``.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ivr.cli.dialogue import Dialogue, Line, Who
from ivr.cli.waterfall import bars, brief, scale_of
from ivr.phone.recording import Recording

STOPS: Final = "(stops) "
TIMES_SHOWN_MAX: Final = 5
WORDS_COLUMN: Final = 15
"""Where the words of a line begin, and the waterfall below them."""
STYLES: Final = {
    Who.IVR: "",
    Who.CALLER: "cyan",
    Who.CALLEE: "magenta",
    Who.WORLD: "green",
    Who.TWILIO: "yellow",
    Who.FAULT: "bold red",
}


class Screen(Protocol):
    """Shows one call."""

    def open(self, title: str, facts: Sequence[str]) -> None:
        """Say which call this is, before it rings."""
        ...

    def refresh(self, now_ms: float) -> None:
        """Show how far it has got."""
        ...

    def close(self, last: str, *, well: bool) -> None:
        """Show the rest, and the last line."""
        ...


# --------------------------------------------------------------------------- a terminal


class Terminal:
    """A call as it happens; what is over scrolls up."""

    def __init__(
        self, dialogue: Dialogue, console: Console, hint: str, *, stages: bool = False
    ) -> None:
        """``stages``: waterfalls are drawn stage by stage, not told in one line."""
        self._stages = stages
        self._dialogue = dialogue
        self._console = console
        self._hint = hint
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._printed = 0
        self._step = ""

    def open(self, title: str, facts: Sequence[str]) -> None:
        """The head of the call, and from now on the line at the bottom."""
        self._console.print()
        self._console.print(Text(title, style="bold"))
        for fact in facts:
            self._console.print(Text(fact, style="dim"))
        self._console.print()
        self._live.start()
        self.refresh(0)

    def refresh(self, now_ms: float) -> None:
        """Print what is settled, and draw what is being said over the last picture."""
        self._dialogue.advance(now_ms)
        self._print(self._dialogue.settled(self._printed, now_ms))
        step = self._step
        rows: list[RenderableType] = []
        for line in self._dialogue.lines[self._printed :]:
            rows.append(self._row(line, step))
            rows += waterfall(self._dialogue, line, stages=self._stages)
            step = line.step or step
        self._live.update(Group(*rows, self._status(now_ms)), refresh=True)

    def close(self, last: str, *, well: bool) -> None:
        """Take the bottom line away and say how the call ended."""
        self._print(len(self._dialogue.lines) - self._printed)
        self._live.update(Group())
        self._live.stop()
        self._console.print()
        self._console.print(Text(last, style="" if well else "bold red"))

    def _print(self, count: int) -> None:
        for line in self._dialogue.lines[self._printed : self._printed + count]:
            self._live.console.print(self._row(line, self._step))
            for row in waterfall(self._dialogue, line, stages=self._stages):
                self._live.console.print(row)
            self._step = line.step or self._step
            self._printed += 1

    def _row(self, line: Line, step: str) -> RenderableType:
        """Time, who, what, and at the right edge where that is and how long it took."""
        grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
        grid.add_column(width=5, justify="right", style="dim")
        grid.add_column(width=6, style="dim")
        grid.add_column(ratio=1, overflow="fold")
        grid.add_column(justify="right", style="dim", no_wrap=True)
        said = Text()
        if line.stops:
            said.append(STOPS, style="dim")
        said.append(_what(line), style=STYLES[line.who])
        where = line.step.rpartition("/")[2] if line.step != step else ""
        below = waterfall(self._dialogue, line, stages=False)
        waited = "" if below else _waited(line)
        right = "  ".join(filter(None, (where, waited)))
        grid.add_row(f"{line.at_ms / 1000:.1f}", line.who.value, said, right)
        return grid

    def _status(self, now_ms: float) -> RenderableType:
        where = f"{self._dialogue.step}   " if self._dialogue.step else ""
        text = Text(f" {_clock(now_ms)}   {where}{self._hint} ", style="dim")
        return Rule(text, style="dim", align="left", characters="─")


# --------------------------------------------------------------------------- a pipe


class Pipe:
    """A call as lines, each written once."""

    def __init__(self, dialogue: Dialogue, console: Console, *, stages: bool = False) -> None:
        """``stages``: waterfalls are drawn stage by stage, not told in one line."""
        self._stages = stages
        self._dialogue = dialogue
        self._console = console
        self._printed = 0

    def open(self, title: str, facts: Sequence[str]) -> None:
        """The head of the call."""
        for text in (title, *facts):
            self._write(text)

    def refresh(self, now_ms: float) -> None:
        """Write what is settled."""
        self._dialogue.advance(now_ms)
        self._print(self._dialogue.settled(self._printed, now_ms))

    def close(self, last: str, *, well: bool) -> None:
        """Write the rest, and the last line."""
        self._print(len(self._dialogue.lines) - self._printed)
        self._write(last)

    def _print(self, count: int) -> None:
        for line in self._dialogue.lines[self._printed : self._printed + count]:
            below = waterfall(self._dialogue, line, stages=self._stages)
            waited = "" if below or line.sound_ms is None else f"   [{_waited(line)}]"
            self._write(plain(line) + waited)
            for row in below:
                self._write(row.plain)
            self._printed += 1

    def _write(self, text: str) -> None:
        self._console.file.write(text + "\n")
        self._console.file.flush()


# --------------------------------------------------------------------------- texts


def plain(line: Line) -> str:
    """A line as the transcript has it: ``  2.4  caller  presses 9``."""
    stops = STOPS if line.stops else ""
    return f"{line.at_ms / 1000:5.1f}  {line.who.value:<6}  {stops}{_what(line)}".rstrip()


def waterfall(dialogue: Dialogue, line: Line, *, stages: bool) -> list[Text]:
    """Where the time went before a line was heard, to stand below it; empty if nobody told."""
    fall = dialogue.waterfall_of(line)
    if fall is None or fall.first_frame_ms is None:
        return []
    if not stages:
        return [Text(" " * WORDS_COLUMN + brief(fall, line.sound_ms), style="dim")]
    return list(bars(fall, scale_of(dialogue.chart.falls), line.sound_ms))


def transcript(head: str, lines: Iterable[Line], last: str) -> str:
    """The whole call as a text file."""
    return "\n".join([head, *map(plain, lines), last]) + "\n"


def last_line(recording: Recording, dialogue: Dialogue, files: Sequence[str]) -> str:
    """How it ended and what it was like, in one line."""
    ended = recording.ended
    assert ended is not None
    parts = [f"ended: {ended.by.value} after {_clock(ended.at_ms)}"]
    parts.append(_count(dialogue.utterances, "utterance"))
    answered = [sound.ms for sound in recording.sounds if sound.after == "answer"]
    if answered:
        parts.append(f"first sound {answered[0]:.0f} ms")
    if dialogue.key_waits:
        parts.append(f"after keys {_times(dialogue.key_waits)} ms")
    if recording.gaps:
        worst = max(gap.ms for gap in recording.gaps)
        parts.append(f"{_count(len(recording.gaps), 'gap')}, the worst {worst:.0f} ms")
    if recording.dead_air_ms is not None:
        parts.append(f"dead air {recording.dead_air_ms:,.0f} ms at most")
    if recording.faults:
        parts.append(_count(len(recording.faults), "fault") + " of the server")
    if files:
        parts.append(" ".join(files))
    return " · ".join(parts)


def _what(line: Line) -> str:
    """What is said or done; of a voice nobody gave the words of, only that it speaks."""
    if line.who is Who.IVR and line.segment and not line.text:
        if not line.done or line.end_ms is None:
            return "(speaks)"
        mark = f", mark {line.mark}" if line.mark else ""
        return f"(speaks {(line.end_ms - line.at_ms) / 1000:.1f} s{mark})"
    return line.heard


def _waited(line: Line) -> str:
    return "" if line.sound_ms is None else f"{line.sound_ms:.0f} ms"


def _times(times: Sequence[float]) -> str:
    """Some times, or of many the middle one and the worst."""
    if len(times) <= TIMES_SHOWN_MAX:
        return ", ".join(f"{ms:.0f}" for ms in times)
    return f"{statistics.median(times):.0f}, at worst {max(times):.0f}"


def _clock(ms: float) -> str:
    minutes, seconds = divmod(int(ms / 1000), 60)
    return f"{minutes}:{seconds:02}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
