"""What is written down about a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.calls.clock import Clock
from ivr.calls.record import ENTRIES_MAX, Entry, Record
from ivr.flow.messages import Note, Noted, Transfer

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


def test_it_is_written_as_json_lines_under_its_day(tmp_path: Path) -> None:
    record = make("CA77")
    record.add("key", key="•")
    record.add("end", outcome="hangup")
    path = record.write(tmp_path)
    assert path == tmp_path / "2026-11-23" / "CA77.jsonl"
    assert [json.loads(line) for line in path.read_text().splitlines()] == record.entries
    assert [each.name for each in path.parent.iterdir()] == ["CA77.jsonl"]
    assert path.stat().st_mode & 0o077 == 0, "it names callers: nobody else may read it"


@pytest.mark.parametrize("call", ["", "../CA1", "a/b", "CA 1", "a" * 65, "CA1\n", ".hidden"])
def test_a_call_id_that_could_leave_the_folder_writes_nothing(call: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no safe file name"):
        make(call).write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_written_leaves_nothing_half(tmp_path: Path) -> None:
    record = make("CA77")
    record.add("key", key=object())  # not for JSON
    with pytest.raises(TypeError):
        record.write(tmp_path)
    assert list((tmp_path / "2026-11-23").iterdir()) == []
