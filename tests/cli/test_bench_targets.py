"""Promises and whether they were kept."""

from __future__ import annotations

from msgspec.structs import replace

from ivr.cli.bench_joins import Joins
from ivr.cli.bench_numbers import Run, spread
from ivr.cli.bench_targets import targets_of
from tests.cli.test_bench_numbers import run

GOOD = Joins(count=4, texts=2, step_max=900, silence_ms_max=40.0, loudness_db_max=0.4)


def fixed(calls: int, ms: float) -> Run:
    return replace(
        run(),
        mix="fixed",
        calls=calls,
        key_to_audible_ms=spread([ms]),
        key_to_first_frame_ms=spread([ms]),
        gaps_over_20ms=0,
        vendor_requests=0,
    )


def verdicts(*runs: Run, joins: Joins | None = None) -> dict[str, bool | None]:
    return {target.what: target.met for target in targets_of(runs, joins)}


def test_one_call_and_many_have_limits_of_their_own() -> None:
    found = verdicts(fixed(1, 10.0), fixed(200, 10.0))
    assert found["fixed prompt, 1 call: key → audible, p99"] is True
    assert found["fixed prompt, 1 call: key → first frame, p99"] is False
    assert found["fixed prompt, 200 calls: key → first frame, p99"] is True
    assert found["fixed, 200 calls: gaps of 20 ms or more"] is True
    assert found["fixed prompts only, built: vendor requests"] is True


def test_the_live_prompt_has_three_milliseconds_beyond_what_the_vendor_took() -> None:
    good = replace(run(calls=1), beyond_vendor_ms=spread([0.9, 3, 300]))
    what = "live, 1 call: key → first frame beyond the vendor's 76.0 ms (set: 75), median"
    assert verdicts(good)[what] is True
    assert verdicts(replace(good, beyond_vendor_ms=spread([0.9, 3.1, 300])))[what] is False


def test_a_vendor_that_is_slow_itself_excuses_nobody_else() -> None:
    """What is judged is each key's own, not a median minus a median."""
    slow = replace(run(calls=1), vendor_ms=spread([200.0]), beyond_vendor_ms=spread([3.1]))
    what = "live, 1 call: key → first frame beyond the vendor's 200.0 ms (set: 75), median"
    assert verdicts(slow)[what] is False


def test_a_vendor_that_was_never_heard_is_unknown() -> None:
    deaf = replace(run(calls=1), vendor_ms=spread([]), beyond_vendor_ms=spread([]))
    what = "live, 1 call: key → first frame beyond the vendor's – ms (set: 75), median"
    assert verdicts(deaf)[what] is None


def test_added_time_and_gaps_are_judged_under_load() -> None:
    found = verdicts(run(calls=200))
    assert found["live, 200 calls: added, p99"] is True
    assert found["live, 200 calls: gaps of 20 ms or more"] is False


def test_a_run_nobody_believes_meets_and_misses_nothing() -> None:
    found = verdicts(replace(fixed(1, 10.0), trusted=False))
    assert found["fixed prompt, 1 call: key → audible, p99"] is None
    assert found["fixed prompt, 1 call: key → first frame, p99"] is None


def test_one_request_to_the_vendor_is_one_too_many_even_in_a_doubtful_run() -> None:
    found = verdicts(replace(fixed(1, 10.0), trusted=False, vendor_requests=1))
    assert found["fixed prompts only, built: vendor requests"] is False


def test_joins_are_judged_and_unheard_ones_are_unknown() -> None:
    assert set(verdicts(joins=GOOD).values()) == {True}
    bad = Joins(count=4, texts=2, step_max=5_000, silence_ms_max=61.0, loudness_db_max=1.1)
    assert set(verdicts(joins=bad).values()) == {False}
    none = Joins(count=0, texts=2, step_max=None, silence_ms_max=None, loudness_db_max=None)
    assert set(verdicts(joins=none).values()) == {None}
