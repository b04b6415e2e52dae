"""The line without a telephone: when things are said and heard, on a clock that is told to move."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    Event,
    HangUp,
    LegOutcome,
    Speak,
    StopSpeaking,
    Transfer,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from ivr.rehearsal.errands import Broken
from ivr.rehearsal.line import Line
from ivr.rehearsal.tape import Left, Word
from ivr.rehearsal.transcript import render
from tests.rehearsal.stage import flows_of, line_to


def words(line: Line) -> list[tuple[str, int]]:
    return [(item.text, item.at) for item in line.tape if isinstance(item, Word)]


def test_words_follow_each_other_at_the_pace_of_a_voice() -> None:
    line = line_to(flows_of())
    assert words(line) == [
        ("this", 0),
        ("call", 385),
        ("may", 769),
        ("be", 1154),
        ("recorded", 1538),
    ]
    assert line.next_at() == 1923


def test_between_queued_texts_there_is_a_pause_and_what_comes_is_not_yet_heard() -> None:
    line = line_to(flows_of())
    line.run_until(2_200)
    assert len(words(line)) == 5
    line.run_until(2_300)
    assert words(line)[5] == ("for", 2_223)


def test_clips_and_silences_last_as_long_as_they_are() -> None:
    flow = """
    steps:
      main:
        - say:
          - pause: 500ms
          - play: jingle.wav
          - say: Hello there.
        - say: Goodbye.
          goto: hangup
    """
    line = line_to(flows_of(flow, assets=("jingle.wav",)), clips={"jingle.wav": 1_200})
    while line.over is None:
        line.step()
    assert words(line) == [("hello", 1_700), ("there", 2_085), ("goodbye", 1_700 + 769 + 300)]
    assert line.now == 2_769 + 385
    assert line.transcript.entries[0].what == "[jingle.wav] Hello there."


def test_a_key_stops_the_text_and_the_answer_begins_at_once() -> None:
    line = line_to(flows_of())
    line.run_until(3_000)
    line.press("2")
    spoken = words(line)
    assert spoken[5:8] == [("for", 2_223), ("sales", 2_608), ("press", 2_992)]
    assert spoken[8] == ("please", 3_000)


def test_a_key_during_a_text_that_cannot_be_interrupted_changes_nothing() -> None:
    line = line_to(flows_of())
    line.run_until(1_000)
    line.press("1")
    line.run_until(10_000)
    assert " ".join(text for text, _ in words(line)).startswith(
        "this call may be recorded for sales"
    )


def test_a_notice_behind_a_text_that_a_key_stops_is_heard_whole_and_at_once() -> None:
    flow = """
    steps:
      main:
        - say: A long welcome to everybody.
        - say: This call may be recorded.
          interrupt: no
        - say: Choose.
          menu: {1: bye}
          fail: bye
      bye: {say: Goodbye., goto: hangup}
    """
    line = line_to(flows_of(flow))
    line.run_until(1_000)
    line.press("1")
    line.run_until(5_000)
    assert words(line)[3:] == [
        ("this", 1_000),
        ("call", 1_385),
        ("may", 1_769),
        ("be", 2_154),
        ("recorded", 2_538),
        ("goodbye", 2_923 + 300),
    ]


def test_a_word_that_would_begin_as_the_key_is_pressed_is_not_spoken() -> None:
    line = line_to(flows_of())
    line.run_until(2_223)
    line.step()
    line.press("2")
    assert words(line)[5] == ("please", 2_223)


def test_time_runs_up_to_a_moment_and_what_is_due_then_has_not_happened() -> None:
    line = line_to(flows_of())
    line.run_until(1_923)
    assert line.now == 1_923
    assert line.speaking is not None
    line.run_until(1_924)
    assert line.speaking is None


def test_a_talk_lasts_no_longer_than_the_transfer_allows() -> None:
    flow = "steps: {main: {transfer: +13125550123, ring: 20s, limit: 12s, otherwise: main}}"
    line = line_to(flows_of(flow))
    line.step()
    assert (line.now, line.over) == (5_000 + 12_000, "transferred")


def test_a_text_dropped_in_the_pause_before_it_was_never_begun() -> None:
    line = line_to(flows_of())
    line.run_until(2_000)
    line.press("2")
    assert [text for text, _ in words(line)][5:7] == ["please", "enter"]
    assert "(stops)" not in "\n".join(render(line.transcript.entries))


def test_the_flow_waits_once_everything_was_heard_and_not_while_an_entry_is_begun() -> None:
    line = line_to(flows_of())
    waiting = [line.waiting]
    line.run_until(7_000)
    waiting.append(line.waiting)
    line.press("2")
    waiting.append(line.waiting)
    line.run_until(11_000)
    waiting.append(line.waiting)
    line.press("4")
    waiting.append(line.waiting)
    assert waiting == [False, True, False, True, False]
    line.step()
    assert line.speaking is not None


@pytest.mark.parametrize(
    ("outcome", "away_ms", "then"),
    [
        (LegOutcome.DONE, 65_000, "hangs up (transferred)"),
        (LegOutcome.BUSY, 2_000, "Nobody is there."),
        (LegOutcome.NO_ANSWER, 20_000, "Nobody is there."),
        (LegOutcome.FAILED, 1_000, "Nobody is there."),
    ],
)
def test_a_transfer_comes_back_as_the_answer_says(
    outcome: LegOutcome, away_ms: int, then: str
) -> None:
    line = line_to(flows_of(), answers={"sales_desk": outcome})
    line.run_until(3_000)
    line.press("1")
    while line.away is None:
        line.step()
    left = line.tape[-1]
    assert isinstance(left, Left)
    assert isinstance(left.leg, Transfer)
    assert left.leg.number == "+13125550123"
    assert line.now == left.at
    line.step()
    assert line.now == left.at + away_ms
    assert [entry.what for entry in line.transcript.entries][-2:] == [
        f"comes back: {outcome.value}",
        then,
    ]


def test_a_transfer_is_answered_by_number_too_and_by_a_person_if_nobody_says_otherwise() -> None:
    flows = flows_of()
    by_number = line_to(flows, answers={"+13125550123": LegOutcome.BUSY})
    by_default = line_to(flows)
    for line in (by_number, by_default):
        line.run_until(3_000)
        line.press("1")
        while line.away is None:
            line.step()
        line.step()
    assert by_number.over is None
    assert by_default.over == "transferred"


def test_hanging_up_ends_the_call_at_any_moment_and_nothing_is_due_any_more() -> None:
    line = line_to(flows_of())
    line.run_until(1_000)
    line.hang_up()
    assert line.over == "caller_hung_up"
    assert line.next_at() is None
    line.run_until(99_000)
    assert line.now == 1_000


def test_the_transcript_tells_what_was_heard_and_done() -> None:
    line = line_to(flows_of(), answers={"sales_desk": LegOutcome.BUSY})
    line.run_until(3_000)
    line.press("7")
    line.run_until(16_000)
    line.press("1")
    line.run_until(20_000)
    assert (
        render(line.transcript.entries)
        == [
            "  0.0  ivr     This call may be recorded.",
            "  2.2  ivr     For sales, press 1. For your order, press 2.",
            "  3.0  caller  presses 7",
            "  3.0  ivr     (stops) Sorry, 7 is not one of the choices.",
            "  6.4  ivr     For sales, press 1. For your order, press 2.",
            "  9.8  caller  says nothing for 5s",
            " 14.8  ivr     Sorry, I didn't hear anything.",
            " 16.0  caller  presses 1",
            " 16.0  ivr     (stops) One moment.",
            " 16.8  ivr     transfers to +13125550123 (sales_desk)",
            " 18.8  ivr     comes back: busy",
            " 18.8  ivr     Nobody is there.",
            " 20.2  ivr     For sales, press 1. For your order, press 2.",
        ][:-1]
    )


def test_sensitive_keys_are_masked() -> None:
    flow = """
    steps:
      main:
        say: Your PIN, please.
        ask: pin
        digits: 4
        sensitive: yes
        goto: hangup
    """
    line = line_to(flows_of(flow), handle=machine.handle)
    for key in "1234":
        line.run_until(line.now + 400)
        line.press(key)
    assert render(line.transcript.entries) == [
        "  0.0  ivr     Your PIN, please.",
        "  0.4  caller  presses ••••",
        "  0.4  ivr     (stops)",
        "  1.6  ivr     hangs up (hangup)",
    ]


# --------------------------------------------------------------------------- a machine gone wrong


def broken_by(change: str) -> Line:
    """A line to a machine that does one thing no machine may do, once the caller has pressed 2."""

    def handle(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        turn = machine.handle(flows, state, event, now)
        if isinstance(event, CallAnswered | UtteranceHeard):
            return turn
        said = [c for c in turn.commands if isinstance(c, Speak)]
        match change:
            case "forgets to say":
                return Turn(turn.state, tuple(c for c in turn.commands if c not in said))
            case "stops what is not said":
                return Turn(turn.state, (*turn.commands, StopSpeaking((99,))))
            case "hangs up twice":
                stop = tuple(c for c in turn.commands if isinstance(c, StopSpeaking))
                return Turn(replace(turn.state, ended="a"), (*stop, HangUp("a"), HangUp("b")))
            case "ends in silence":
                return Turn(replace(turn.state, ended="hangup"), ())
            case "has no deadline":
                quiet = replace(turn.state, deadline=None, queue=())
                return Turn(quiet, tuple(c for c in turn.commands if c not in said))
            case "hangs up too early":
                return Turn(replace(turn.state, ended="hangup"), (*said, HangUp("hangup")))
            case _:
                raise AssertionError(change)

    line = line_to(flows_of(), handle=handle)
    line.run_until(3_000)
    return line


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("forgets to say", "other texts for unheard"),
        ("stops what is not said", r"it stops \(99,\)"),
        ("hangs up twice", "HangUp after the call was hung up"),
        ("ends in silence", "its state says 'hangup'"),
        ("has no deadline", "no deadline is set"),
        ("hangs up too early", "before everything was heard"),
    ],
)
def test_what_a_machine_may_never_do_is_seen_at_once(change: str, complaint: str) -> None:
    line = broken_by(change)
    with pytest.raises(Broken, match=complaint):
        line.press("2")


def test_a_deadline_that_stays_is_seen() -> None:
    def handle(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        if isinstance(event, CallAnswered):
            return machine.handle(flows, state, event, now)
        return Turn(replace(state, queue=(), deadline=5_000), ())

    line = line_to(flows_of("steps: {main: {say: Hello., goto: hangup}}"), handle=handle)
    line.step()
    with pytest.raises(Broken, match="kept a deadline"):
        line.step()
