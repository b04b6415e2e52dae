"""A call in one line, from the entries of its record; and records as JSON lines.

What ``ivr calls list`` shows and a store searches by. The entries are the truth: this only counts.
Used by ``record`` at the end of a call, by whoever writes the record of a call another process left
behind, and by the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from ivr.calls.waterfall import waterfalls
from ivr.stores.base import Summary

STEPS_MAX: Final = 200
"""Of a call's way; the rest is in its entries."""
UNKNOWN: Final = "?"
NO_END: Final = "no end"
"""Outcome of a record that does not say how the call ended."""
LONG_AGO: Final = datetime.fromtimestamp(0, UTC)

Entry = Mapping[str, object]


def summary_of(call: str, entries: Sequence[Entry]) -> Summary:
    """The call in one line. Entries that lack what they should have cost nothing but their part."""
    webhook = _first(entries, "webhook")
    end = _first(entries, "end")
    t = end.get("t", entries[-1].get("t") if entries else 0)
    seconds = max(0.0, t / 1000) if isinstance(t, int | float) else 0.0
    started_at = _time(webhook.get("started_at"))
    caller = webhook.get("from")
    falls = waterfalls(entries)
    waits = [fall.audible_ms for fall in falls if not fall.follows and fall.audible_ms is not None]
    steps = [str(entry.get("step", UNKNOWN)) for entry in entries if entry.get("what") == "step"]
    return Summary(
        call=call,
        started_at=started_at,
        caller=None if caller is None else str(caller),
        called=str(webhook.get("to", UNKNOWN)),
        flow=str(webhook.get("flow", UNKNOWN)),
        outcome=str(end.get("outcome", NO_END)),
        seconds=seconds,
        steps=tuple(steps[:STEPS_MAX]),
        ended_at=started_at + timedelta(seconds=seconds),
        wait_ms=max(waits, default=None),
        said=len(falls),
        keys=_count(entries, "key"),
        legs=_count(entries, "leave"),
    )


def to_lines(entries: Iterable[Entry]) -> bytes:
    """A record as it is kept: one JSON object a line. Raises ``TypeError`` for what is no JSON."""
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)


def from_lines(lines: bytes) -> tuple[list[Entry], list[int]]:
    """The entries of a record, and the numbers of the lines that are none."""
    entries: list[Entry] = []
    damaged: list[int] = []
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            entries.append(msgspec.json.decode(line, type=dict[str, object]))
        except (msgspec.DecodeError, UnicodeDecodeError):
            damaged.append(number)
    return entries, damaged


def _first(entries: Sequence[Entry], what: str) -> Entry:
    return next((entry for entry in entries if entry.get("what") == what), {})


def _count(entries: Sequence[Entry], what: str) -> int:
    return sum(1 for entry in entries if entry.get("what") == what)


def _time(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return LONG_AGO
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
