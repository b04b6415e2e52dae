"""What the command line reads from a store: records of calls that are over, and parcels.

A server may have the same store open meanwhile. Where there is none yet none is made: looking at
calls leaves no file behind. Used by the commands that look at a store.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import click

from ivr.calls.summary import Entry, from_lines
from ivr.errors import SettingsError
from ivr.settings import Settings
from ivr.stores import FILE, open_store
from ivr.stores.base import Store, Summary

LAST: Final = "last"
NAMED_MAX: Final = 5
"""Calls named in an error about an id that fits several."""

STORE = click.option(
    "--store",
    metavar="FOLDER",
    help="The folder of the store.  [default: IVR_STORE or var]",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of one call, as far as it can be read."""

    summary: Summary
    lines: bytes
    entries: tuple[Entry, ...]
    damaged: tuple[int, ...]
    """Numbers of the lines that are no entries."""


def settings_of(store: str | None) -> Settings:
    """The settings of the environment, with the store that was named, if one was."""
    own = Settings.from_environment(os.environ)
    return own if store is None else replace(own, store=store)


def asked(
    where: str, work: Callable[[Store], Awaitable[T]], *, what: str = "records of calls"
) -> T:
    """Ask a store that is there for ``what``.

    Raises :class:`~ivr.errors.SettingsError` where there is none, and what the store raises.
    """

    async def ask() -> T:
        async with open_store(where) as store:
            return await work(store)

    if "://" not in where and not (Path(where) / FILE).exists():
        raise none_kept(where, what)
    return asyncio.run(ask())


def none_kept(place: str, what: str = "records of calls") -> SettingsError:
    """There is nothing to look at."""
    return SettingsError(
        f"there are no {what} in {place}: they appear there when calls to ivr serve are over; "
        "name another store with --store"
    )


async def find(store: Store, wanted: str) -> Kept:
    """The one record that is meant: by its call's id, the beginning of it, or ``last``.

    Raises :class:`~ivr.errors.SettingsError` where that is none, or several.
    """
    beginning = None if wanted == LAST else wanted
    limit = 1 if beginning is None else NAMED_MAX + 1
    rows = await store.records.search(call=beginning, limit=limit)
    meant = [row for row in rows if row.call == wanted] or rows
    if not meant and beginning is None:
        raise none_kept(store.place)
    if not meant:
        raise SettingsError(
            f"no call in {store.place} has an id that begins with {wanted}: ivr calls list names "
            "those that are kept"
        )
    if len(meant) > 1:
        some = ", ".join(row.call for row in meant[:NAMED_MAX])
        more = " and more" if len(meant) > NAMED_MAX else ""
        raise SettingsError(f"{wanted} is the beginning of {some}{more}: give more of the id")
    return await read(store, meant[0])


async def read(store: Store, summary: Summary) -> Kept:
    """The record of a call; lines that cannot be read are only counted."""
    lines = await store.records.entries(summary.call) or b""
    entries, damaged = from_lines(lines)
    return Kept(summary, lines, tuple(entries), tuple(damaged))
