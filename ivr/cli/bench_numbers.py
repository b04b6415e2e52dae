"""The arithmetic of the bench: from what phones, vendor and server saw to the numbers of a report.

Pure. A percentile is the nearest rank: a value that was measured, never one between two. The report
is plain data with a fixed shape, written as JSON by ``bench`` and drawn by ``bench_page``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from ivr.cli.bench_joins import Joins
from ivr.cli.bench_server import Cost
from ivr.cli.bench_vendor import Notes
from ivr.phone.load import Measured
from ivr.phone.load_call import Answer

CURVE: Final = (*range(0, 90, 5), *range(90, 100), 100)
"""The percentiles that are drawn."""
LATE_P99_MS_MAX: Final = 10.0
"""A generator later than that measures itself."""
FOREIGN_SHARE_MAX: Final = 0.10
"""Of the server's core; more of it taken by others, and the server waited for them."""
VALUE: Final = re.compile(r"\d{6}")
CALLS_FOR_MEMORY_MIN: Final = 20
"""With fewer calls the memory of each is lost among the pages of the process."""

SCHEMA: Final = 2


class Spread(msgspec.Struct, frozen=True):
    """How a quantity was spread; all None where there was none of it."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    curve: tuple[float, ...] = ()
    """At the percentiles of CURVE."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One mix with so many calls."""

    mix: str
    calls: int
    vendor_first_byte_ms: float
    seconds: float
    keys: int
    unanswered: int
    """Keys that nothing came of."""
    key_to_audible_ms: Spread
    key_to_first_frame_ms: Spread
    start_to_first_media_ms: Spread
    added_ms: Spread
    """First media at the phone minus the vendor's first write; only where the first sound after a
    key is the vendor's."""
    vendor_ms: Spread
    """From the vendor's having a text to its first write, for the same keys; by its own clock
    readings, not as it is set."""
    beyond_vendor_ms: Spread
    """From the key to the first media at the phone, minus the vendor's time for just that key:
    everything before the vendor has the text, and everything after its first write."""
    gaps_over_20ms: int
    longest_gap_ms: float | None
    vendor_requests: int
    vendor_sockets: int
    cpu_s_per_call_minute: float | None
    rss_kb_per_call: float | None
    lateness_ms: Spread
    """Of the generator's own turns."""
    foreign_share: float | None
    """How much of the server's core others had."""
    faults: Mapping[str, int]
    """What the server did wrong, to the phones and to the vendor."""
    trusted: bool
    doubts: tuple[str, ...]
    """Why not."""


class Target(msgspec.Struct, frozen=True):
    """A promise, and what was measured."""

    what: str
    limit: float
    unit: str
    measured: float | None
    met: bool | None
    """None where it was not measured, or not so that it could be trusted."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of one bench."""

    schema: int = SCHEMA
    version: str
    made_at: str
    quick: bool
    machine: Mapping[str, str]
    server_core: int | None
    takes: str
    """How they came to be there before the first call."""
    runs: tuple[Run, ...]
    joins: Joins | None
    targets: tuple[Target, ...]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest rank of a sorted, not empty sequence."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def spread(values: Iterable[float]) -> Spread:
    """How they are spread, rounded to hundredths."""
    ordered = sorted(values)
    if not ordered:
        return Spread(0, None, None, None, None)

    def at(percent: float) -> float:
        return round(percentile(ordered, percent), 2)

    return Spread(len(ordered), at(50), at(95), at(99), at(100), tuple(at(each) for each in CURVE))


class Pair(NamedTuple):
    """A key, and what the vendor spoke for it; milliseconds."""

    added: float
    """From the vendor's first write to the phone."""
    vendor: float
    """From the vendor's having the text to its first write."""
    beyond: float
    """From the key to the phone, without the vendor's part."""


def pairs_of(keys: Iterable[Answer], notes: Notes) -> list[Pair]:
    """Of each key whose value the vendor was asked for: what we took, and what the vendor took."""
    by_value = {
        found[0]: each
        for each in notes.spoken
        if each.first_ms is not None and (found := VALUE.search(each.text))
    }
    pairs = []
    for key in keys:
        spoken = by_value.get(key.value)
        if spoken is None or spoken.first_ms is None or key.first_frame_ms is None:
            continue
        vendor = spoken.first_ms - spoken.asked_ms
        whole = key.first_frame_ms - key.asked_ms
        pairs.append(Pair(key.first_frame_ms - spoken.first_ms, vendor, whole - vendor))
    return pairs


def run_of(
    mix: str,
    calls: int,
    first_byte_ms: float,
    measured: Measured,
    notes: Notes,
    *,
    pairs: bool,
    costs: tuple[Cost, Cost],
    idle: Cost,
) -> Run:
    """The numbers of one run. ``costs`` before and after, ``idle`` before the first call."""
    seconds = (measured.ended_ms - measured.began_ms) / 1000
    paired = pairs_of(measured.keys, notes) if pairs else []
    late = spread(measured.late_ms)
    foreign = _foreign_share(costs, seconds)
    faults = dict(measured.faults + Counter(f"vendor: {each}" for each in notes.violations))
    doubts = _doubts(late, foreign, faults)
    return Run(
        mix=mix,
        calls=calls,
        vendor_first_byte_ms=first_byte_ms,
        seconds=round(seconds, 1),
        keys=len(measured.keys),
        unanswered=sum(each.first_frame_ms is None for each in measured.keys),
        key_to_audible_ms=spread(_since(measured.keys, audible=True)),
        key_to_first_frame_ms=spread(_since(measured.keys, audible=False)),
        start_to_first_media_ms=spread(_since(measured.starts, audible=False)),
        added_ms=spread(each.added for each in paired),
        vendor_ms=spread(each.vendor for each in paired),
        beyond_vendor_ms=spread(each.beyond for each in paired),
        gaps_over_20ms=len(measured.gaps),
        longest_gap_ms=max((round(each.ms, 1) for each in measured.gaps), default=None),
        vendor_requests=len(notes.spoken),
        vendor_sockets=notes.sockets,
        cpu_s_per_call_minute=_cpu(costs, measured),
        rss_kb_per_call=_memory(costs, idle, calls),
        lateness_ms=late,
        foreign_share=None if foreign is None else round(foreign, 3),
        faults=faults,
        trusted=not doubts,
        doubts=doubts,
    )


def _since(answers: Iterable[Answer], *, audible: bool) -> list[float]:
    ends = [(each, each.audible_ms if audible else each.first_frame_ms) for each in answers]
    return [end - each.asked_ms for each, end in ends if end is not None]


def _cpu(costs: tuple[Cost, Cost], measured: Measured) -> float | None:
    before, after = costs
    if before.cpu_s is None or after.cpu_s is None or not measured.call_ms:
        return None
    return round((after.cpu_s - before.cpu_s) / (measured.call_ms / 60_000), 4)


def _memory(costs: tuple[Cost, Cost], idle: Cost, calls: int) -> float | None:
    after = costs[1].rss_kb
    if after is None or idle.rss_kb is None or calls < CALLS_FOR_MEMORY_MIN:
        return None
    return round((after - idle.rss_kb) / calls, 1)


def _foreign_share(costs: tuple[Cost, Cost], seconds: float) -> float | None:
    before, after = costs
    if before.core_busy_s is None or after.core_busy_s is None or not seconds:
        return None
    if before.cpu_s is None or after.cpu_s is None:
        return None
    others = (after.core_busy_s - before.core_busy_s) - (after.cpu_s - before.cpu_s)
    return max(0.0, others / seconds)


def _doubts(late: Spread, foreign: float | None, faults: Mapping[str, int]) -> tuple[str, ...]:
    doubts = []
    if late.p99 is None:
        doubts.append("no phone ever spoke")
    elif late.p99 > LATE_P99_MS_MAX:
        doubts.append(
            f"the generator was late: p99 {late.p99:g} ms, and {LATE_P99_MS_MAX:g} is all it may be"
        )
    if foreign is not None and foreign > FOREIGN_SHARE_MAX:
        doubts.append(f"others had {foreign:.0%} of the server's core")
    if faults:
        doubts.append(f"{sum(faults.values())} faults, like: {next(iter(faults))}")
    return tuple(doubts)
