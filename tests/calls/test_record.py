"""What is written down about a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ivr.calls.clock import Clock
from ivr.calls.record import ENTRIES_MAX, Entry, Record
from ivr.flow.messages import JoinQueue, Note, Noted, RunTwiml, Transfer

STARTED_AT = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)


class Hand:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def make(call: str = "CA1", hand: Hand | None = None) -> Record:
    return Record(call, STARTED_AT, Clock(hand or Hand()))


def test_an_entry_has_its_time_to_a_tenth_of_a_millisecond() -> None:
    hand = Hand()
    record = make(hand=hand)
    hand.now = 1.23456
    assert record.add("key", key="1") == pytest.approx(1234.56)
    assert record.entries == [{"t": 1234.6, "what": "key", "key": "1"}]


def test_a_watcher_is_told_at_once() -> None:
    seen: list[Entry] = []
    record = Record("CA1", STARTED_AT, Clock(Hand()), watch=seen.append)
    record.add("key", key="1")
    assert seen == [{"t": 0.0, "what": "key", "key": "1"}]


def test_a_watcher_that_breaks_costs_nobody_the_call(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(entry: Entry) -> None:
        raise OSError("terminal gone")

    record = Record("CA1", STARTED_AT, Clock(Hand()), watch=breaks)
    record.add("key", key="1")
    record.add("key", key="2")
    assert len(record.entries) == 2
    assert caplog.text.count("the watcher of call CA1 failed") == 1


def test_a_record_is_bounded_and_still_says_how_the_call_ended() -> None:
    record = make()
    for _ in range(ENTRIES_MAX + 100):
        record.add("key", key="1")
    record.add("end", outcome="hangup")
    assert len(record.entries) == ENTRIES_MAX + 2
    assert [entry["what"] for entry in record.entries[-2:]] == ["truncated", "end"]


def test_a_call_ends_once() -> None:
    record = make()
    record.add("end", outcome="hangup")
    record.add("end", outcome="lost")
    record.add("key", key="1")
    assert [entry.get("outcome") for entry in record.entries] == ["hangup"]
    assert record.ended


def test_notes_become_steps_and_notes() -> None:
    record = make()
    record.add_note(Note(Noted.STEP, "menu", "main/menu"))
    record.add_note(Note(Noted.NO_MATCH, "menu", "9"))
    assert record.entries == [
        {"t": 0.0, "what": "step", "step": "main/menu"},
        {"t": 0.0, "what": "note", "kind": "no_match", "step": "menu", "detail": "9"},
    ]


def test_leaving_names_whom_the_caller_goes_to() -> None:
    record = make()
    record.add_leave(Transfer("front_desk", "+15550100", 20_000, None, None, "desk"))
    assert record.entries == [
        {
            "t": 0.0,
            "what": "leave",
            "target": "transfer",
            "number": "+15550100",
            "name": "front_desk",
        }
    ]


def test_a_queue_and_a_document_are_named_and_what_a_document_says_is_not_written() -> None:
    record = make()
    record.add_leave(JoinQueue("agents", None, None, "wait"))
    record.add_leave(RunTwiml("<Response>7391</Response>", "script"))
    assert record.entries == [
        {"t": 0.0, "what": "leave", "target": "queue", "name": "agents", "step": "wait"},
        {"t": 0.0, "what": "leave", "target": "twiml", "name": "script", "step": "script"},
    ]


def test_it_counts_its_entries_of_a_kind() -> None:
    record = make()
    for name in ("booked", "paid", "booked"):
        record.add("event", name=name, step="end")
    assert record.count("event", name="booked", step="end") == 2
    assert (record.count("event"), record.count("event", other="x")) == (3, 0)


def test_it_is_summed_up_and_spelled_as_lines() -> None:
    record = make("CA77")
    record.add("key", key="•")
    record.add("end", outcome="hangup")
    assert [json.loads(line) for line in record.lines().splitlines()] == record.entries
    assert (record.summary().call, record.summary().outcome) == ("CA77", "hangup")
