"""The arithmetic of the bench: percentiles, pairs, costs, and when a number is not believed."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from ivr.cli.bench_numbers import (
    CURVE,
    FOREIGN_SHARE_MAX,
    LATE_P99_MS_MAX,
    Run,
    pairs_of,
    percentile,
    run_of,
    spread,
)
from ivr.cli.bench_server import Cost
from ivr.cli.bench_vendor import Notes, Spoken
from ivr.phone.load import Measured
from ivr.phone.load_buffer import Gap
from ivr.phone.load_call import Answer


def answer(asked: float, frame: float | None, audible: float | None, value: str = "") -> Answer:
    return Answer(asked, value, frame, audible)


def measured(late_ms: float = 1.0) -> Measured:
    return Measured(
        began_ms=1_000.0,
        ended_ms=11_000.0,
        keys=[
            answer(2_000.0, 2_080.0, 2_090.0, "111111"),
            answer(3_000.0, 3_090.0, 3_095.0, "222222"),
            answer(4_000.0, None, None, "333333"),
        ],
        starts=[answer(1_500.0, 1_503.0, 1_510.0)],
        gaps=[Gap(5_000.0, 31.26)],
        late_ms=[late_ms] * 10,
        call_ms=120_000.0,
        calls=3,
    )


NOTES = Notes(
    (
        Spoken("order 111111", 2_001.0, 2_077.0),
        Spoken("order 222222", 3_002.0, 3_080.0),
        Spoken("order 333333", 4_001.0, None),
        Spoken("no number", 4_001.0, 4_100.0),
    ),
    sockets=2,
    violations=(),
)
COSTS = (Cost(10.0, 50_000, 100.0), Cost(12.0, 60_000, 102.5))
IDLE = Cost(5.0, 40_000, 90.0)


def run(calls: int = 200, late_ms: float = 1.0, costs: tuple[Cost, Cost] = COSTS) -> Run:
    return run_of("live", calls, 75.0, measured(late_ms), NOTES, pairs=True, costs=costs, idle=IDLE)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (50.1, 51), (95, 95), (99, 99), (100, 100)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: int) -> None:
    assert percentile(range(1, 101), percent) == expected


def test_one_value_is_all_percentiles() -> None:
    one = spread([7.126])
    assert (one.count, one.p50, one.p99, one.max) == (1, 7.13, 7.13, 7.13)
    assert len(one.curve) == len(CURVE)


def test_a_spread_does_not_depend_on_the_order() -> None:
    assert spread([3, 1, 2]) == spread([1, 2, 3])
    assert spread([3, 1, 2]).p50 == 2


def test_nothing_measured_is_no_zero() -> None:
    empty = spread([])
    assert (empty.count, empty.p50, empty.max, empty.curve) == (0, None, None, ())


def test_keys_are_paired_with_what_the_vendor_spoke_by_their_value() -> None:
    pairs = pairs_of(measured().keys, NOTES)
    assert [each.added for each in pairs] == [3.0, 10.0]
    assert [each.vendor for each in pairs] == [76.0, 78.0]


def test_all_but_the_vendor_s_own_time_is_beyond_it_the_way_there_and_the_way_back() -> None:
    # 80 and 90 ms from the key to the frame; the text was there after 1 and 2 ms.
    assert [each.beyond for each in pairs_of(measured().keys, NOTES)] == [4.0, 12.0]


def test_a_run_has_every_number_that_was_asked_for() -> None:
    made = run()
    assert (made.keys, made.unanswered) == (3, 1)
    assert made.key_to_first_frame_ms.max == 90.0
    assert made.key_to_audible_ms.count == 2
    assert made.key_to_audible_ms.max == 95.0
    assert made.start_to_first_media_ms.p50 == 3.0
    assert made.added_ms.max == 10.0
    assert (made.vendor_ms.p50, made.vendor_ms.max) == (76.0, 78.0)
    assert (made.beyond_vendor_ms.p50, made.beyond_vendor_ms.max) == (4.0, 12.0)
    assert (made.gaps_over_20ms, made.longest_gap_ms) == (1, 31.3)
    assert (made.vendor_requests, made.vendor_sockets) == (4, 2)
    assert made.cpu_s_per_call_minute == 1.0  # 2 s in two minutes of calls
    assert made.rss_kb_per_call == 100.0
    assert made.foreign_share == 0.05
    assert made.trusted
    assert made.doubts == ()


def test_one_call_says_nothing_about_memory() -> None:
    assert run(calls=1).rss_kb_per_call is None


def test_a_late_generator_is_not_believed() -> None:
    made = run(late_ms=LATE_P99_MS_MAX + 1)
    assert not made.trusted
    assert "generator was late" in made.doubts[0]


def test_a_core_that_others_used_is_not_believed() -> None:
    busy = 102.0 + FOREIGN_SHARE_MAX * 10 + 0.5
    made = run(costs=(COSTS[0], Cost(12.0, 60_000, busy)))
    assert not made.trusted
    assert "of the server's core" in made.doubts[0]


def test_faults_are_told() -> None:
    seen = measured()
    seen.faults = Counter({"media without payload": 3})
    made = run_of("live", 1, 75.0, seen, NOTES, pairs=True, costs=COSTS, idle=IDLE)
    assert made.faults == {"media without payload": 3}
    assert made.doubts == ("3 faults, like: media without payload",)


def test_what_was_done_wrong_to_the_vendor_is_told_too() -> None:
    wrong = Notes((), 0, ("a sixth context", "a sixth context"))
    made = run_of("live", 1, 75.0, measured(), wrong, pairs=True, costs=COSTS, idle=IDLE)
    assert made.faults == {"vendor: a sixth context": 2}
    assert not made.trusted


def test_without_proc_there_are_times_and_no_costs() -> None:
    nothing = Cost(None, None, None)
    made = run(costs=(nothing, nothing))
    assert made.cpu_s_per_call_minute is None
    assert made.rss_kb_per_call is None
    assert made.foreign_share is None
    assert made.trusted


def test_a_run_is_plain_json_with_the_promised_names() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(run()))
    assert set(fields) >= {
        *("key_to_audible_ms", "key_to_first_frame_ms", "start_to_first_media_ms", "added_ms"),
        *("vendor_first_byte_ms", "vendor_ms", "beyond_vendor_ms"),
        *("gaps_over_20ms", "vendor_requests", "cpu_s_per_call_minute", "rss_kb_per_call"),
        *("lateness_ms", "trusted"),
    }
    assert set(fields["added_ms"]) >= {"p50", "p95", "p99", "max"}
