"""``ivr calls``: what happened in calls that are over, from their records.

``list`` names them, newest first, and finds some among them; ``show`` draws one as waterfalls: for
each thing the line said, what caused it and where the time went until the caller heard it;
``export`` writes them out; ``erase`` forgets a caller. Works on the store; a server need not run,
and may.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import msgspec
from rich.console import Console
from rich.text import Text

from ivr.calls.archive import Archive
from ivr.calls.waterfall import Waterfall, waterfalls
from ivr.cli.kept import LAST, STORE, Kept, asked, find, none_kept, read, settings_of
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
from ivr.settings import KEEP_DAYS
from ivr.stores.base import Erased, Store, Summary
from ivr.stores.messages import Messages
from ivr.stores.post import Post

SHOWN: Final = 20
"""Calls in a list that was given no limit."""
ALL: Final = 1_000_000_000
ID_CHARS: Final = 12
"""Of an id in a list: enough for ``show`` to find the call by."""

_AGO: Final = re.compile(r"(\d{1,5})([mhd])")
_BETWEEN: Final = re.compile(r"[\s().-]")
_WRITTEN: Final = re.compile(r"\+?[\d\s().-]+")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@click.group(context_settings={"max_content_width": 100})
def command() -> None:
    """Look at calls that are over: list, show, export or erase them."""


class Moment(click.ParamType[datetime]):
    """A moment in UTC: a day, a day and a time, or so long ago."""

    name = "when"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Read it."""
        ago = _AGO.fullmatch(str(value).strip())
        if ago is not None:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no moment: write  2026-11-23,  2026-11-23 10:15,  2h  or  7d")
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class Number(click.ParamType[str]):
    """A telephone number as people write it, or an address; the dots of one belong to it."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """As calls have it."""
        text = str(value).strip()
        return _BETWEEN.sub("", text) if _WRITTEN.fullmatch(text) else text


Decorated = Callable[..., None]


def _wishes(decorated: Decorated) -> Decorated:
    """The options by which calls are found."""
    for option in (
        click.option("--text", help="Only calls in whose record this occurs."),
        click.option("--flow", help="Only calls to this flow."),
        click.option("--outcome", help="Only calls that ended like this, like hangup or lost."),
        click.option("--to", "called", type=Number(), help="Only calls to this number."),
        click.option("--from", "caller", type=Number(), help="Only calls from this number."),
        click.option("--until", type=Moment(), help="Only calls that began before."),
        click.option(
            "--since",
            type=Moment(),
            help="Only calls that began then or later (UTC): 2026-11-23, 2026-11-23 10:15, 7d, 2h.",
        ),
    ):
        decorated = option(decorated)
    return decorated


@command.command("list")
@_wishes
@click.option("--limit", default=SHOWN, show_default=True, type=click.IntRange(1), help="How many.")
@STORE
def list_calls(limit: int, store: str | None, **wishes: Any) -> None:
    """Name the calls that were recorded, the newest first.

    The time at the end of a line is the longest the caller waited for a sound.
    """

    async def look(opened: Store) -> list[Summary]:
        rows = await opened.records.search(**wishes, limit=limit + 1)
        if not rows:
            raise _none_found(opened.place, wishes)
        return rows

    rows = asked(settings_of(store).store, look)
    screen = console()
    for line in _table(rows[:limit]):
        screen.print(line, soft_wrap=True)
    if len(rows) > limit:
        screen.print(Text("older ones are left out; --limit shows more", style="dim"))


@command.command("show")
@click.argument("call", metavar="[ID]", default=LAST)
@click.option("--json", "numbers", is_flag=True, help="Print the numbers instead.")
@STORE
def show(call: str, numbers: bool, store: str | None) -> None:
    """Draw the waterfalls of one call.

    ID is the call's SID, the beginning of it, or last (the default).
    """
    kept = asked(settings_of(store).store, lambda each: find(each, call))
    falls = waterfalls(kept.entries)
    for line in kept.damaged:
        click.echo(f"{kept.summary.call}:{line}: not an entry; left out", err=True)
    if numbers:
        answer = {"call": kept.summary.call, "waterfalls": [as_json(fall) for fall in falls]}
        click.echo(msgspec.json.format(msgspec.json.encode(answer)).decode())
        return
    _draw(kept, falls, console())


@command.command("export")
@_wishes
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; it must not be there yet.  [default: the terminal]",
)
@STORE
def export(output: Path | None, store: str | None, **wishes: Any) -> None:
    """Write records out, one JSON object a line, the newest first.

    Each has the call in short and all its entries.
    """

    async def write(opened: Store) -> int:
        rows = await opened.records.search(**wishes, limit=ALL)
        if not rows:
            raise _none_found(opened.place, wishes)
        with _written(output) as file:
            for row in rows:
                file.write(_exported(await read(opened, row)))
        return len(rows)

    count = asked(settings_of(store).store, write)
    if output is not None:
        click.echo(f"wrote {_counted(count, 'record')} to {output}")


@command.command("erase")
@click.option("--from", "caller", type=Number(), required=True, help="Whom to forget.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@STORE
def erase(caller: str, yes: bool, store: str | None) -> None:
    """Forget a caller: records, messages, and what is kept or to be sent of their calls.

    Nothing of it can be read from the store afterwards. A call that goes on just now is not over:
    erase it when it is.
    """
    settings = settings_of(store)

    async def look(opened: Store) -> int:
        # What an earlier process could not write is written now, so that it is erased as well.
        await Archive(opened, keep_days=KEEP_DAYS, folder=settings.folder).backlog.recover()
        await Post(opened.outbox, {}, folder=settings.folder).backlog.recover()
        return len(await opened.records.search(caller=caller, limit=ALL))

    count = asked(settings.store, look)
    if not yes:
        what = f"{_counted(count, 'record')} of calls from {caller}, and all that belongs to them"
        click.confirm(f"{what}: erase for good?", abort=True)
    erased = asked(settings.store, lambda each: each.records.erase(caller))
    messages = Messages(settings.messages_folder).erase(caller)
    click.echo(f"erased of {caller}: {_told(erased)}, {_counted(messages, 'message')}")


# --------------------------------------------------------------------------- files


@contextlib.contextmanager
def _written(output: Path | None) -> Iterator[BinaryIO]:
    """The file, which nobody else may read; or what the terminal reads."""
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        handle = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
    except FileExistsError:
        raise SettingsError(f"{output} is there already: rename or delete it first") from None
    except OSError as error:
        raise SettingsError(f"{output} cannot be written: {error.strerror}") from None


def _exported(kept: Kept) -> bytes:
    return msgspec.json.encode({**asdict(kept.summary), "entries": kept.entries}) + b"\n"


def _none_found(place: str, wishes: dict[str, Any]) -> SettingsError:
    if any(value is not None for value in wishes.values()):
        return SettingsError(
            f"no call in {place} is like that: ivr calls list without options names those that "
            "are kept"
        )
    return none_kept(place)


def _told(erased: Erased) -> str:
    return ", ".join(
        (
            _counted(erased.records, "record"),
            f"{_counted(erased.calls, 'call')} between two streams",
            f"{_counted(erased.parcels, 'parcel')} not sent yet",
        )
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# --------------------------------------------------------------------------- the screen


def _table(rows: Sequence[Summary]) -> Iterator[Text]:
    """Calls in a list: when, which, from whom, how long, how they ended; in columns."""
    cells = [
        (
            row.flow,
            row.caller or "withheld",
            row.outcome,
            _minutes(row),
            "" if row.wait_ms is None else spell_ms(row.wait_ms),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, (flow, caller, outcome, minutes, wait) in zip(rows, cells, strict=True):
        line = Text(f"{row.started_at:%Y-%m-%d %H:%M}  ", style="dim")
        line.append(row.call[:ID_CHARS].ljust(ID_CHARS), style="bold")
        line.append(f"  {flow:<{widths[0]}}  {caller:<{widths[1]}}  {outcome:<{widths[2]}}")
        line.append(f"  {minutes:>{widths[3]}}")
        slow = row.wait_ms is not None and row.wait_ms >= SLOW_MS
        line.append(f"  {wait:>{widths[4]}}", style="red" if slow else "dim")
        line.rstrip()
        yield line


def _draw(kept: Kept, falls: Sequence[Waterfall], screen: Console) -> None:
    row = kept.summary
    who = f"{row.caller or 'withheld'} → {row.called} {row.flow}"
    ending = f"{row.outcome} {_minutes(row)}"
    screen.print(Text(row.call, style="bold"))
    screen.print(Text(f"{row.started_at:%Y-%m-%d %H:%M:%S}  {who}  {ending}", style="dim"))
    scale_ms = scale_of(falls)
    for fall in falls:
        screen.print()
        for each in _drawn(fall, scale_ms):
            screen.print(each, soft_wrap=True)
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


def _minutes(row: Summary) -> str:
    """After how long it ended."""
    seconds = int(row.seconds)
    return f"{seconds // 60}:{seconds % 60:02}"
