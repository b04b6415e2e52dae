"""``ivr outbox``: what is yet to be sent, and what nobody took: text messages, events, mails.

Works on the store; a server that runs notices within a minute. What is in a parcel is not shown, it
may hold what callers said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import click
from rich.text import Text

from ivr.cli.kept import STORE, asked, settings_of
from ivr.cli.ring import console
from ivr.errors import SettingsError
from ivr.stores.base import Parcel, Store

PARCELS: Final = "texts, events or mails to be sent"
SHOWN: Final = 200
"""Parcels of each kind of list."""
ALL: Final = 1_000_000
ID_CHARS: Final = 12
"""Of an id in a list: enough for ``retry`` and ``drop`` to find the parcel by."""
CALL_CHARS: Final = 12


@click.group(invoke_without_command=True, context_settings={"max_content_width": 100})
@STORE
@click.pass_context
def command(context: click.Context, store: str | None) -> None:
    """See what is yet to be sent and what is stuck; send it again, or never."""
    context.obj = store
    if context.invoked_subcommand is None:
        _show(settings_of(store).store)


@command.command("retry")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Everything that is stuck.")
@click.pass_obj
def retry(store: str | None, ids: tuple[str, ...], every: bool) -> None:
    """Send parcels again, stuck or waiting, as soon as a server runs.

    ID is a parcel's id or the beginning of it.
    """
    if every == bool(ids):
        raise click.UsageError("Name parcels, or say --all.")

    async def work(opened: Store) -> int:
        stuck = await opened.outbox.stuck(ALL)
        chosen = stuck if every else await _meant(opened, ids)
        for parcel in chosen:
            await opened.outbox.again(parcel.id, datetime.now(UTC))
        return len(chosen)

    count = asked(settings_of(store).store, work, what=PARCELS)
    click.echo(f"{_counted(count)} will be sent again")


@command.command("drop")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.pass_obj
def drop(store: str | None, ids: tuple[str, ...]) -> None:
    """Never send parcels, and forget what is in them.

    ID is a parcel's id or the beginning of it.
    """

    async def work(opened: Store) -> int:
        chosen = await _meant(opened, ids)
        for parcel in chosen:
            await opened.outbox.drop(parcel.id)
        return len(chosen)

    count = asked(settings_of(store).store, work, what=PARCELS)
    click.echo(f"{_counted(count)} will not be sent")


async def _meant(store: Store, ids: Sequence[str]) -> list[Parcel]:
    """The parcels that are meant, each by the beginning of its id."""
    there = [*await store.outbox.stuck(ALL), *await store.outbox.waiting(ALL)]
    chosen = {}
    for id in ids:
        meant = [each for each in there if each.id.startswith(id)]
        if not meant:
            raise SettingsError(
                f"no parcel in {store.place} has an id that begins with {id}: ivr outbox names "
                "those that wait or are stuck"
            )
        if len(meant) > 1:
            raise SettingsError(f"{id} is the beginning of several ids: give more of it")
        chosen[meant[0].id] = meant[0]
    return list(chosen.values())


# --------------------------------------------------------------------------- the screen


def _show(where: str) -> None:
    async def look(opened: Store) -> tuple[list[Parcel], list[Parcel], tuple[int, int]]:
        box = opened.outbox
        return await box.stuck(SHOWN), await box.waiting(SHOWN), await box.count()

    stuck, waiting, (waits, sticks) = asked(where, look, what=PARCELS)
    screen = console()
    if not waits and not sticks:
        screen.print("nothing waits to be sent, and nothing is stuck")
        return
    now = datetime.now(UTC)
    for title, parcels, count, style in (
        ("stuck", stuck, sticks, "red"),
        ("waiting", waiting, waits, "bold"),
    ):
        if count:
            screen.print(Text(f"{count:,} {title}", style=style))
        for line in _table(parcels, now if title == "waiting" else None):
            screen.print(line, soft_wrap=True)


def _table(parcels: Sequence[Parcel], now: datetime | None) -> Iterator[Text]:
    """Parcels in columns; ``now`` says in how long each is sent."""
    cells = [
        (
            each.id[:ID_CHARS],
            each.kind,
            each.call[:CALL_CHARS],
            each.purpose.partition(" http")[0],
            "" if now is None else _when(each, now),
            f"{each.tries}×" if each.tries else "",
        )
        for each in parcels
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for each, row in zip(parcels, cells, strict=True):
        line = Text("  ")
        for cell, width in zip(row, widths, strict=True):
            line.append(f"{cell:<{width}}  " if width else "")
        line.append(each.problem or "", style="dim")
        line.rstrip()
        yield line


def _when(parcel: Parcel, now: datetime) -> str:
    """In how long it is sent."""
    seconds = 0 if parcel.next_try is None else (parcel.next_try - now).total_seconds()
    if seconds <= 1:
        return "now"
    if seconds < 120:
        return f"in {seconds:.0f} s"
    return f"in {seconds / 60:.0f} min" if seconds < 7_200 else f"in {seconds / 3_600:.0f} h"


def _counted(count: int) -> str:
    return f"{count:,} parcel{'' if count == 1 else 's'}"
