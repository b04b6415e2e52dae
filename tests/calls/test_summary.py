"""A call in one line, and its record as lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.calls.summary import LONG_AGO, STEPS_MAX, from_lines, summary_of, to_lines
from ivr.stores.base import Summary
from tests.calls.test_waterfall import WELCOME, asked, at, spoken

BEGAN = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
CALL = [
    at(
        0,
        "webhook",
        **{"from": "+13125550177", "to": "+13125550100"},
        flow="clinic",
        started_at=BEGAN.isoformat(),
    ),
    at(0, "step", step="clinic/start"),
    *WELCOME[1:],
    at(900, "key", key="2"),
    at(900, "step", step="clinic/hours"),
    asked(900.2, 2, "key", "We are open."),
    *spoken(900.2, 2),
    at(2900, "heard", utterance=2),
    at(3000, "leave", target="transfer", number="+15550100", name="desk"),
    at(65_000, "end", outcome="hangup"),
]


def test_a_whole_call_in_one_line() -> None:
    assert summary_of("CA1", CALL) == Summary(
        call="CA1",
        started_at=BEGAN,
        caller="+13125550177",
        called="+13125550100",
        flow="clinic",
        outcome="hangup",
        seconds=65.0,
        steps=("clinic/start", "clinic/hours"),
        ended_at=BEGAN + timedelta(seconds=65),
        wait_ms=20.9,
        said=2,
        keys=1,
        legs=1,
    )


def test_what_follows_at_once_is_no_wait() -> None:
    late = [asked(0, 1, "answer"), *spoken(0, 1), asked(1, 2, "heard"), *spoken(9_000, 2)]
    plain = summary_of("CA1", late[: 1 + len(spoken(0, 1))])
    assert summary_of("CA1", late).wait_ms == plain.wait_ms


@pytest.mark.parametrize("entries", [[], [{"what": "webhook", "started_at": 7}], [{"t": "x"}]])
def test_entries_that_lack_everything_are_a_call_all_the_same(
    entries: list[dict[str, object]],
) -> None:
    found = summary_of("CA1", entries)
    assert (found.caller, found.outcome, found.seconds) == (None, "no end", 0.0)
    assert (found.started_at, found.ended_at, found.wait_ms) == (LONG_AGO, LONG_AGO, None)


def test_a_record_without_an_end_lasts_as_long_as_it_tells() -> None:
    assert summary_of("CA1", CALL[:-1]).seconds == 3.0


def test_a_long_way_is_cut() -> None:
    steps = [at(number, "step", step=f"main/{number}") for number in range(STEPS_MAX + 5)]
    assert len(summary_of("CA1", steps).steps) == STEPS_MAX


def test_lines_are_read_back_and_damaged_ones_are_named() -> None:
    lines = to_lines(CALL).splitlines()
    assert from_lines(b"\n".join(lines)) == (CALL, [])
    lines[3:3] = [b'{"t": 1, "wh', b"\xff\xfe", b"[]", b""]
    assert from_lines(b"\n".join(lines)) == (CALL, [4, 5, 6, 7])
