"""What was promised, and whether it was kept: the table under every bench.

Pure. A number of a run that is not to be trusted neither meets nor misses a target. What must be
spoken live is held against the time the vendor really took for it: the vendor of the bench tells
when it had read a text and when its first audio was ready (``bench_vendor``), key by key. Its own
timer is late by half a millisecond and more, and that is neither ours nor to be hidden, so both
numbers of the vendor are named. Used by ``bench_run``; ``bench`` and ``bench_page`` show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ivr.cli.bench_joins import LOUDNESS_DB_MAX, SILENCE_MS_MAX, STEP_MAX, Joins
from ivr.cli.bench_numbers import Run, Target

PROMPT_MIXES: Final = {
    "fixed": "fixed prompt",
    "templated": "fixed beginning, then live",
    "lookahead": "live after 2 s of listening",
}
AUDIBLE_MS: Final = (35.0, 55.0)
"""p99 with one call, and with many; at most 30 ms of it is the take's own silence."""
FRAME_MS: Final = (2.0, 20.0)
OVER_VENDOR_MS: Final = 3.0
ADDED_MS: Final = 10.0


def targets_of(runs: Sequence[Run], joins: Joins | None) -> tuple[Target, ...]:
    """Every promise, in the order it was given."""
    return (*_prompts(runs), *_live(runs), *_everywhere(runs), *_joins(joins))


def _prompts(runs: Sequence[Run]) -> Iterator[Target]:
    for run in runs:
        if run.mix not in PROMPT_MIXES:
            continue
        many = run.calls > 1
        what = f"{PROMPT_MIXES[run.mix]}, {_calls(run)}: key → audible, p99"
        yield _target(what, AUDIBLE_MS[many], "ms", run.key_to_audible_ms.p99, run)
        what = f"{PROMPT_MIXES[run.mix]}, {_calls(run)}: key → first frame, p99"
        yield _target(what, FRAME_MS[many], "ms", run.key_to_first_frame_ms.p99, run)


def _live(runs: Sequence[Run]) -> Iterator[Target]:
    for run in runs:
        if run.mix != "live":
            continue
        if run.calls == 1:
            what = f"live, 1 call: key → first frame beyond {vendors_time(run)}, median"
            yield _target(what, OVER_VENDOR_MS, "ms", run.beyond_vendor_ms.p50, run)
        else:
            what = f"live, {_calls(run)}: added, p99"
            yield _target(what, ADDED_MS, "ms", run.added_ms.p99, run)


def vendors_time(run: Run) -> str:
    """How long the vendor took for its first byte: measured, and as it is set."""
    took = "–" if run.vendor_ms.p50 is None else f"{run.vendor_ms.p50:.1f}"
    return f"the vendor's {took} ms (set: {run.vendor_first_byte_ms:g})"


def _everywhere(runs: Sequence[Run]) -> Iterator[Target]:
    for run in runs:
        if run.calls > 1:
            what = f"{run.mix}, {_calls(run)}: gaps of 20 ms or more"
            yield _target(what, 0, "", run.gaps_over_20ms, run)
    asked = [run.vendor_requests for run in runs if run.mix == "fixed"]
    if asked:
        what = "fixed prompts only, built: vendor requests"
        yield Target(what, 0, "", sum(asked), sum(asked) == 0)


def _joins(joins: Joins | None) -> Iterator[Target]:
    if joins is None:
        return
    measured: tuple[tuple[str, float, str, float | None], ...] = (
        ("greatest step of a sample", STEP_MAX, "of 32768", joins.step_max),
        ("longest silence", SILENCE_MS_MAX, "ms", joins.silence_ms_max),
        ("difference in loudness", LOUDNESS_DB_MAX, "dB", joins.loudness_db_max),
    )
    for what, limit, unit, value in measured:
        met = None if value is None else value <= limit
        yield Target(f"where fixed and live meet: {what}", limit, unit, value, met)


def _target(what: str, limit: float, unit: str, measured: float | None, run: Run) -> Target:
    met = measured <= limit if measured is not None and run.trusted and run.keys else None
    return Target(what, limit, unit, measured, met)


def _calls(run: Run) -> str:
    return "1 call" if run.calls == 1 else f"{run.calls} calls"
