"""The ids of streams: for one call, once, and nobody's guess."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.calls.booth import Booth
from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.errands import NOBODY
from ivr.calls.kept import Kept, Over, Phase
from ivr.calls.record import Record
from ivr.calls.session import converse
from ivr.calls.stage import Stage
from ivr.calls.stream_ids import STREAM_ID_BYTES, StreamIds
from ivr.calls.studio import Studio
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts
from tests.virtual import run

STARTED_AT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def kept(sid: str = "CA1") -> Kept:
    """A call that has no stream yet."""

    async def made() -> Kept:
        clock = Clock(lambda: 0.0)
        facts = CallFacts(sid, None, "+15550001111", STARTED_AT, "main", None)
        flows = FlowSet({}, {}, None, {}, {}, "")
        call = Call(facts, "AC1", flows, clock, Record(sid, STARTED_AT, clock), Booth(sid))
        stage = Stage(flows, Studio({}), converse, NOBODY)
        return Kept(call, stage, Phase.RINGING, until=0, stream_id="", answer=Over())

    return run(made())


def test_an_id_is_its_calls_and_works_once() -> None:
    ids, one, two = StreamIds(), kept("CA1"), kept("CA2")
    first, second = ids.issue(one), ids.issue(two)
    assert (one.stream_id, two.stream_id) == (first, second)
    assert first in ids
    assert ids.claim(second) is two
    assert ids.claim(first) is one
    assert ids.claim(first) is None
    assert (first in ids, len(ids)) == (False, 0)


def test_a_new_id_takes_the_place_of_the_one_before() -> None:
    ids, one = StreamIds(), kept()
    first, second = ids.issue(one), ids.issue(one)
    assert len(ids) == 1
    assert ids.claim(first) is None
    assert ids.claim(second) is one


def test_an_id_that_was_withdrawn_does_not_work_and_may_be_withdrawn_again() -> None:
    ids, one = StreamIds(), kept()
    issued = ids.issue(one)
    ids.withdraw(one)
    ids.withdraw(one)
    assert ids.claim(issued) is None


def test_a_call_that_has_another_id_by_now_is_not_had_by_the_old_one() -> None:
    ids, one = StreamIds(), kept()
    issued = ids.issue(one)
    one.stream_id = "another"
    assert ids.claim(issued) is None


@pytest.mark.parametrize("wrong", ["", "x", "é", "\udcff", "x" * 9_000])
def test_no_other_id_works(wrong: str) -> None:
    ids = StreamIds()
    ids.issue(kept())
    assert ids.claim(wrong) is None
    assert wrong not in ids


def test_ids_are_long_and_never_alike() -> None:
    ids = StreamIds()
    issued = {ids.issue(kept(f"CA{number}")) for number in range(50)}
    assert len(issued) == len(ids) == 50
    assert all(len(each) >= STREAM_ID_BYTES for each in issued)
