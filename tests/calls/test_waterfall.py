"""Waterfalls from records: whole ones, old ones, damaged ones."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ivr.calls.waterfall import Piece, Waterfall, waterfalls
from tests.simulation.stage import ANSWER, Stage, call, presses, says

Entry = dict[str, Any]


def asked(t: float, utterance: int, cause: str | None, text: str = "Hello.") -> Entry:
    entry = {"t": t, "what": "asked", "utterance": utterance, "step": "main/start", "text": text}
    return entry if cause is None else {**entry, "cause": cause}


def at(t: float, what: str, **fields: object) -> Entry:
    return {"t": t, "what": what, **fields}


def spoken(t: float, utterance: int) -> list[Entry]:
    """All stages of an utterance that was asked for then."""
    return [
        at(t + 0.2, "first_byte", utterance=utterance, ms=0.2, source="take", part=0),
        at(t + 0.5, "first_frame", utterance=utterance, ms=0.5, mark=f"g1:u{utterance}"),
        at(t + 0.6, "audible", utterance=utterance, ms=20.5, lead_ms=20),
    ]


WELCOME = [
    at(0, "webhook"),
    at(100, "stream", number=1),
    asked(100.4, 1, "answer"),
    *spoken(100.4, 1),
]


def test_every_stage_counts_from_the_cause() -> None:
    (fall,) = waterfalls([*WELCOME, at(2100.4, "heard", utterance=1)])
    assert fall == Waterfall(
        utterance=1,
        step="main/start",
        text="Hello.",
        cause="answer",
        key="",
        at_ms=100,
        follows=False,
        asked_ms=0.4,
        pieces=(Piece(0, "take", 0.6),),
        first_frame_ms=0.9,
        audible_ms=20.9,
        lead_ms=20,
        ended="heard",
        ended_ms=2000.4,
        mark="g1:u1",
    )
    assert (fall.source, fall.first_byte_ms) == ("take", 0.6)


def test_a_key_is_named_and_what_it_stopped_is_told() -> None:
    first, second = waterfalls(
        [
            *WELCOME,
            at(900, "key", key="2"),
            at(900.1, "stopped", utterance=1, played_ms=799),
            asked(900.2, 2, "key"),
            *spoken(900.2, 2),
        ]
    )
    assert (first.ended, first.ended_ms) == ("stopped", 800.1)
    assert (second.cause, second.key, second.at_ms) == ("key", "2", 900)
    assert (second.asked_ms, second.first_frame_ms) == (0.2, 0.7)
    assert (second.follows, second.ended) == (False, "")


def test_what_is_asked_while_something_is_said_follows_it() -> None:
    falls = waterfalls([*WELCOME, asked(100.5, 2, "answer"), at(2000, "heard", utterance=1)])
    assert [fall.follows for fall in falls] == [False, True]


def test_time_alone_is_a_cause_of_its_own() -> None:
    (_, fall) = waterfalls(
        [*WELCOME, at(2000, "heard", utterance=1), asked(7000, 2, "time"), *spoken(7000, 2)]
    )
    assert (fall.cause, fall.key, fall.at_ms, fall.asked_ms) == ("time", "", 7000, 0)


def test_parts_gaps_falls_and_failures_are_kept() -> None:
    (fall,) = waterfalls(
        [
            *WELCOME,
            at(300, "first_byte", utterance=1, ms=199.6, source="voice", part=2),
            at(400, "gap", utterance=1, ms=80),
            at(2000, "heard", utterance=1, falls=["sarah: no audio for 0.6 s"]),
            at(2000, "failed", utterance=1, reason="the line broke"),
        ]
    )
    assert list(fall.pieces) == [Piece(0, "take", 0.6), Piece(2, "voice", 200.0)]
    assert list(fall.gaps) == [80]
    assert list(fall.falls) == ["sarah: no audio for 0.6 s"]
    assert fall.failure == "the line broke"


def test_what_is_sent_again_keeps_its_first_wait() -> None:
    again = at(800, "first_frame", utterance=1, ms=699.6, mark="g2:u1")
    (fall,) = waterfalls([*WELCOME, again])
    assert (fall.first_frame_ms, fall.again, fall.mark) == (0.9, 1, "g2:u1")


def test_what_a_lost_stream_cut_off_is_said_again_as_something_new() -> None:
    first, second = waterfalls(
        [
            *WELCOME,
            at(600, "cut", reason="the link was closed"),
            at(900, "stream", number=2),
            asked(901, 1, "resume"),
            *spoken(901, 1),
        ]
    )
    assert (first.ended, first.ended_ms) == ("cut", 500)
    assert (second.cause, second.at_ms, second.asked_ms) == ("resume", 900, 1)
    assert not second.follows


def test_an_old_record_is_read_by_what_happened_just_before() -> None:
    falls = waterfalls(
        [
            at(100, "stream", number=1),
            asked(101, 1, None),
            at(2000, "heard", utterance=1),
            at(3000, "key", key="2"),
            asked(3000.2, 2, None),
            at(4000, "heard", utterance=2),
            asked(9000, 3, None),
        ]
    )
    assert [fall.cause for fall in falls] == ["answer", "key", "time"]
    assert [fall.cause for fall in waterfalls([asked(5, 1, None)])] == ["unknown"]


def test_a_real_call_has_a_waterfall_for_everything_it_said() -> None:
    stage, _ = call(lambda: Stage(says("a:1000", keys={"1": ANSWER})), presses("1", at=0.4))
    first, second = waterfalls(stage.call.record.entries)
    assert (first.cause, first.ended, first.first_frame_ms) == ("answer", "stopped", 0)
    assert (second.cause, second.key, second.ended) == ("key", "1", "heard")
    assert second.audible_ms == 0
    assert second.ended_ms == 500


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
KINDS = ["stream", "key", "asked", "first_byte", "first_frame", "audible", "heard", "gap", "cut"]
FIELDS = st.dictionaries(
    st.sampled_from(["t", "utterance", "ms", "part", "source", "cause", "falls", "key"]),
    VALUES | st.lists(VALUES, max_size=2),
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), FIELDS), max_size=12))
def test_whatever_stands_in_a_record_there_is_one_for_each_thing_asked(
    entries: list[tuple[str, Entry]],
) -> None:
    told = [{**fields, "what": what} for what, fields in entries]
    asked = [entry for entry in told if entry["what"] == "asked"]
    assert len(waterfalls(told)) == len(asked)
