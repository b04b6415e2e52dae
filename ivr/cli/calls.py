"""``ivr calls``: what happened in calls that are over, from their records.

``list`` names them, newest first; ``show`` draws one as waterfalls: for each thing the line said,
what caused it and where the time went until the caller heard it. Reads the files that
``ivr.calls.record`` writes into the store, and nothing else; a server need not run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.text import Text

from ivr.calls.waterfall import Waterfall, waterfalls
from ivr.cli.ring import console
from ivr.cli.waterfall import (
    SLOW_MS,
    TEXT_CELLS,
    as_json,
    bars,
    brief,
    cause_of,
    scale_of,
    spell_ms,
)
from ivr.errors import SettingsError
from ivr.server.app import RECORDS_FOLDER
from ivr.settings import Settings

LAST: Final = "last"
SHOWN: Final = 20
"""Calls in a list that was given no limit."""
RECORD_BYTES_MAX: Final = 64 << 20
ID_CHARS: Final = 12
"""Of an id in a list: enough for ``show`` to find the call by."""
NAMED_MAX: Final = 5
"""Calls named in an error about an id that fits several."""

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of one call, as far as it can be read."""

    call: str
    file: Path
    entries: tuple[Entry, ...]
    damaged: tuple[int, ...]
    """Numbers of the lines that are no entries."""

    def first(self, what: str) -> Entry:
        """The first entry of a kind; empty if there is none."""
        return next((entry for entry in self.entries if entry.get("what") == what), {})


@click.group(context_settings={"max_content_width": 100})
def command() -> None:
    """Look at calls that are over: list them, or show where one's time went."""


_STORE = click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The folder of the store.  [default: IVR_STORE or var]",
)


@command.command("list")
@click.option("--limit", default=SHOWN, show_default=True, type=click.IntRange(1), help="How many.")
@_STORE
def list_calls(limit: int, store: Path | None) -> None:
    """Name the calls that were recorded, the newest first.

    The time at the end of a line is the longest the caller waited for a sound.
    """
    folder = _folder(store)
    files = _files(folder)
    if not files:
        raise _none_kept(folder)
    screen = console()
    for file in files[:limit]:
        screen.print(_row(_read(file)), soft_wrap=True)
    if len(files) > limit:
        screen.print(Text(f"{len(files) - limit:,} older; --limit shows more", style="dim"))


@command.command("show")
@click.argument("call", metavar="[ID]", default=LAST)
@click.option("--json", "numbers", is_flag=True, help="Print the numbers instead.")
@_STORE
def show(call: str, numbers: bool, store: Path | None) -> None:
    """Draw the waterfalls of one call.

    ID is the call's SID, the beginning of it, or last (the default).
    """
    kept = _read(_find(_folder(store), call))
    falls = waterfalls(kept.entries)
    for line in kept.damaged:
        click.echo(f"{kept.file}:{line}: not an entry; left out", err=True)
    if numbers:
        answer = {"call": kept.call, "waterfalls": [as_json(fall) for fall in falls]}
        click.echo(msgspec.json.format(msgspec.json.encode(answer)).decode())
        return
    _draw(kept, falls, console())


# --------------------------------------------------------------------------- files


def _folder(store: Path | None) -> Path:
    """Where the records are."""
    return (store or Path(Settings.from_environment(os.environ).store)) / RECORDS_FOLDER


def _files(folder: Path) -> list[Path]:
    """The records, the newest first: by day, and within it by when the call ended."""
    found = (file for file in folder.glob("*/*.jsonl") if not file.name.startswith("."))
    return sorted(found, key=lambda file: (file.parent.name, file.stat().st_mtime), reverse=True)


def _find(folder: Path, wanted: str) -> Path:
    """The one record that is meant."""
    files = _files(folder)
    if not files:
        raise _none_kept(folder)
    if wanted == LAST:
        return files[0]
    meant = [file for file in files if file.stem == wanted]
    meant = meant or [file for file in files if file.stem.startswith(wanted)]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise SettingsError(
            f"no call in {folder} has an id that begins with {wanted}: ivr calls list names those "
            "that are kept"
        )
    some = ", ".join(file.stem for file in meant[:NAMED_MAX])
    more = f" and {len(meant) - NAMED_MAX} more" if len(meant) > NAMED_MAX else ""
    raise SettingsError(f"{wanted} is the beginning of {some}{more}: give more of the id")


def _none_kept(folder: Path) -> SettingsError:
    return SettingsError(
        f"there are no records of calls in {folder}: they appear there when calls to ivr serve are "
        "over; name another store with --store"
    )


def _read(file: Path) -> Kept:
    """A record; lines that cannot be read are only counted."""
    try:
        with file.open("rb") as opened:
            lines = opened.read(RECORD_BYTES_MAX).splitlines()
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    entries: list[Entry] = []
    damaged: list[int] = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(msgspec.json.decode(line, type=dict[str, object]))
        except (msgspec.DecodeError, UnicodeDecodeError):
            damaged.append(number)
    return Kept(file.stem, file, tuple(entries), tuple(damaged))


# --------------------------------------------------------------------------- the screen


def _row(kept: Kept) -> Text:
    """A call in a list: when, which, from whom, how long, how it ended."""
    said = [fall for fall in waterfalls(kept.entries) if not fall.follows]
    waits = [fall.audible_ms for fall in said if fall.audible_ms is not None]
    row = Text(f"{_when(kept)[: len('2026-11-23 10:15')]}  ", style="dim")
    row.append(kept.call[:ID_CHARS], style="bold")
    webhook = kept.first("webhook")
    row.append(f"  {webhook.get('flow', '?')}  {webhook.get('from') or 'withheld'}")
    row.append(f"  {_ending(kept)}")
    if waits:
        row.append(f"  {spell_ms(max(waits))}", style="red" if max(waits) >= SLOW_MS else "dim")
    if kept.damaged:
        row.append(f"  {len(kept.damaged)} damaged", style="yellow")
    return row


def _draw(kept: Kept, falls: Sequence[Waterfall], screen: Console) -> None:
    screen.print(Text(kept.call, style="bold"))
    screen.print(Text(f"{_when(kept)}  {_who(kept)}  {_ending(kept)}", style="dim"))
    scale_ms = scale_of(falls)
    for fall in falls:
        screen.print()
        for row in _drawn(fall, scale_ms):
            screen.print(row, soft_wrap=True)
    if not falls:
        screen.print("nothing was said in this call")
        return
    screen.print()
    waits = [fall for fall in falls if not fall.follows and fall.audible_ms is not None]
    if waits:
        slowest = max(waits, key=lambda fall: fall.audible_ms or 0.0)
        last = f"{len(falls)} utterances · the slowest: {brief(slowest)}"
        screen.print(Text(last, style="dim"), soft_wrap=True)


def _drawn(fall: Waterfall, scale_ms: float) -> Iterator[Text]:
    head = Text(f"{fall.at_ms / 1000:6.1f}  ", style="dim")
    head.append(cause_of(fall) if not fall.follows else "…", style="bold")
    head.append(f" → {fall.step}", style="")
    yield head
    if fall.text:
        cut = fall.text if len(fall.text) <= TEXT_CELLS else fall.text[: TEXT_CELLS - 1] + "…"
        yield Text(f"  {cut}")
    yield from bars(fall, scale_ms)


def _when(kept: Kept) -> str:
    """When the call began, in UTC, to the second."""
    return str(kept.first("webhook").get("started_at", kept.file.parent.name))[:19].replace(
        "T", " "
    )


def _who(kept: Kept) -> str:
    webhook = kept.first("webhook")
    caller, called = webhook.get("from") or "withheld", webhook.get("to") or "?"
    return f"{caller} → {called} {webhook.get('flow', '')}".rstrip()


def _ending(kept: Kept) -> str:
    """How the call ended, and after how long."""
    end = kept.first("end")
    if not end:
        return "no end"
    t = end.get("t")
    seconds = int(t / 1000) if isinstance(t, int | float) else 0
    return f"{end.get('outcome', '?')} {seconds // 60}:{seconds % 60:02}"
