"""What a build will cost, how far it is, and what came of it, for whoever reads along.

Used by ``ivr build``.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ivr.cli.voices import VENDOR
from ivr.prompts.build import Failed, Made, Result
from ivr.prompts.lock import shortened
from ivr.prompts.wanted import Wanted
from ivr.voices.access import Access

PROGRESS_SECONDS: Final = 2.0
"""Between two lines of progress in a pipe."""
SHOWN_MAX: Final = 10
"""Takes of one kind that are named; the rest is counted."""


def terminal() -> Console:
    """Where a build writes."""
    return Console(file=sys.stdout, highlight=False)


def forecast(missing: Sequence[Wanted], total: int, access: Access) -> RenderableType:
    """What is to be made, by voice and language, and what it costs."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("voice")
    table.add_column("spoken by")
    table.add_column("language")
    for name in ("takes", "characters"):
        table.add_column(name, justify="right")
    table.add_column("")
    rows: Counter[tuple[str, str, str]] = Counter()
    chars: Counter[tuple[str, str, str]] = Counter()
    for each in missing:
        row = (each.spec.name, each.spec.provider, each.words.language)
        rows[row] += 1
        chars[row] += each.characters
    for row in sorted(rows):
        keyless = row[1] == VENDOR and access.elevenlabs_key is None
        note = "needs ELEVENLABS_API_KEY" if keyless else "" if row[1] == VENDOR else "free"
        table.add_row(*row, str(rows[row]), f"{chars[row]:,}", note)
    cost = sum(each.characters for each in missing if not each.local)
    what = (
        f"{cost:,} characters of the vendor's quota" if cost else "which costs nothing but a moment"
    )
    there = f"{total - len(missing)} of {total} takes are there. "
    return Group(table, Text(f"{there}{_takes(len(missing))} to make: {what}."))


def outcome(results: Sequence[Result]) -> RenderableType:
    """What was made, mended and given up."""
    made = [each for each in results if isinstance(each, Made)]
    mended = sum(bool(each.mended) for each in made)
    seconds = sum(each.take.seconds for each in made)
    rows = [Text(f"{_takes(len(made))} made, {seconds:.1f} s of speech; {mended} mended.")]
    reasons: dict[str, list[Failed]] = {}
    for each in results:
        if isinstance(each, Failed):
            reasons.setdefault(each.reason, []).append(each)
    for reason, failed in reasons.items():
        voices = ", ".join(sorted({each.wanted.spec.name for each in failed}))
        rows.append(Text(f"{_takes(len(failed))} of {voices} could not be made: {reason}"))
        for each in failed[:SHOWN_MAX]:
            where = f"  {', '.join(each.wanted.places[:2])}" if each.wanted.places else ""
            rows.append(Text(f"  {shortened(each.wanted.words.text)}{where}", style="dim"))
        if len(failed) > SHOWN_MAX:
            rows.append(Text(f"  and {len(failed) - SHOWN_MAX} more", style="dim"))
    return Group(*rows)


class Bar:
    """A context: a bar that moves on a terminal, and in a pipe a line now and then."""

    def __init__(self, total: int, terminal: Console) -> None:
        self._total = total
        self._terminal = terminal
        self._done = 0
        self._next = time.monotonic() + PROGRESS_SECONDS
        self._progress = Progress(
            TextColumn("making takes"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[last]}", style="dim"),
            console=terminal,
            transient=True,
            disable=not terminal.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, last="")

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def moved(self, result: Result) -> None:
        """One more is made, or given up."""
        self._done += 1
        last = shortened(result.wanted.words.text, 30)
        self._progress.update(self._task, advance=1, last=last)
        if not self._terminal.is_terminal and time.monotonic() >= self._next:
            self._next = time.monotonic() + PROGRESS_SECONDS
            self._terminal.print(f"… {self._done} of {self._total}")


def _takes(count: int) -> str:
    return f"{count} take{'' if count == 1 else 's'}"
