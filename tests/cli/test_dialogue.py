"""Two halves of a call, the telephone's and the server's, put together into one dialogue."""

from __future__ import annotations

import pytest

from ivr.cli.dialogue import Dialogue, Line, Who
from ivr.phone.events import (
    CalleeTold,
    CallEnded,
    DialEnded,
    Dialled,
    EndedBy,
    Faulted,
    KeyPressed,
    Noted,
    Queued,
    QueueLeft,
    Segment,
    SegmentBegan,
    SegmentClosed,
    SegmentEnded,
    SoundHeard,
)
from ivr.phone.faults import Fault

HOURS = "For our opening hours, press 1."
OPEN = "We are open Monday to Friday."


def asks(dialogue: Dialogue, utterance: int, mark: str, text: str, t: float = 0) -> None:
    """The server says something: what it writes down, in its order."""
    dialogue.entry(
        {"what": "asked", "t": t, "utterance": utterance, "step": "clinic/main", "text": text}
    )
    dialogue.entry({"what": "first_frame", "t": t, "utterance": utterance, "mark": mark})


def ended(number: int, mark: str | None, start: float, end: float, *, cut: bool) -> SegmentEnded:
    segment = Segment(number, mark, start, start, end, start, cut)
    return SegmentEnded(end, segment)


def said(dialogue: Dialogue, number: int, mark: str, start: float, end: float) -> None:
    """The telephone hears it whole."""
    dialogue.happened(SegmentBegan(start, number))
    dialogue.happened(SegmentClosed(start, number, mark, end))
    dialogue.happened(ended(number, mark, start, end, cut=False))


def shown(dialogue: Dialogue) -> list[tuple[Who, str]]:
    return [(line.who, line.heard) for line in dialogue.lines]


def test_words_are_found_by_the_mark_behind_them() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    said(dialogue, 1, "g0:u1", 10, 2010)
    (line,) = dialogue.lines
    assert (line.at_ms, line.text, line.step, line.done) == (10, HOURS, "clinic/main", True)
    assert shown(dialogue) == [(Who.IVR, HOURS)]


def test_words_may_arrive_after_their_sound_began() -> None:
    dialogue = Dialogue()
    dialogue.happened(SegmentBegan(10, 1))
    assert shown(dialogue) == [(Who.IVR, "")]
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.advance(1010)
    assert dialogue.lines[0].heard == "For our opening"


def test_what_is_being_said_grows_word_by_word_and_ends_with_its_sound() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(0, 1))
    heard = []
    for now in (1, 300, 900, 30_000):
        dialogue.advance(now)
        heard.append(dialogue.lines[0].heard)
    # Its end is not known yet: however late it is, the last word is kept back.
    assert heard == ["", "For", "For our opening", "For our opening hours, press"]
    dialogue.happened(SegmentClosed(30_000, 1, "g0:u1", 30_400))
    dialogue.advance(30_400)
    assert dialogue.lines[0].heard == HOURS


def test_what_is_cut_is_shown_as_far_as_it_was_heard_and_the_next_text_stopped_it() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(0, 1))
    dialogue.happened(KeyPressed(1000, "1", sent=True))
    dialogue.happened(ended(1, None, 0, 1001, cut=True))
    asks(dialogue, 2, "g1:u2", OPEN)
    said(dialogue, 2, "g1:u2", 1020, 3020)
    assert shown(dialogue) == [
        (Who.IVR, "For our opening…"),
        (Who.CALLER, "presses 1"),
        (Who.IVR, OPEN),
    ]
    assert [line.stops for line in dialogue.lines] == [False, False, True]


def test_a_text_that_was_cut_before_its_mark_came_is_found_by_order() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    asks(dialogue, 2, "g0:u2", OPEN)
    said(dialogue, 1, "g0:u1", 0, 2000)
    dialogue.happened(SegmentBegan(2000, 2))
    dialogue.happened(ended(2, None, 2000, 3000, cut=True))
    assert dialogue.lines[1].text == OPEN


def test_an_utterance_without_any_sound_does_not_shift_the_others() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    said(dialogue, 1, "g0:u1", 0, 2000)
    dialogue.happened(SegmentClosed(2000, 2, "g0:u2", 2000))  # only a mark: nothing to say
    dialogue.happened(ended(2, "g0:u2", 2000, 2000, cut=False))
    asks(dialogue, 3, "g0:u3", OPEN)
    dialogue.happened(SegmentBegan(2000, 3))
    assert [line.text for line in dialogue.lines] == [HOURS, OPEN]


def test_what_was_begun_and_never_arrived_does_not_shift_the_others() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", "Lost on the way.")
    asks(dialogue, 2, "g0:u2", HOURS)
    said(dialogue, 1, "g0:u2", 0, 2000)
    asks(dialogue, 3, "g0:u3", OPEN)
    dialogue.happened(SegmentBegan(2000, 2))
    assert [line.text for line in dialogue.lines] == [HOURS, OPEN]


def test_a_text_that_was_thrown_away_unheard_leaves_no_line_and_stops_nothing() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(ended(1, "g0:u1", 0, 0, cut=True))
    asks(dialogue, 2, "g1:u2", OPEN)
    said(dialogue, 2, "g1:u2", 0, 2000)
    assert shown(dialogue) == [(Who.IVR, OPEN)]
    assert not dialogue.lines[0].stops


def test_a_rate_is_learned_from_what_was_heard_whole() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", "a " * 50)
    said(dialogue, 1, "g0:u1", 0, 2000)  # 50 letters a second
    asks(dialogue, 2, "g0:u2", "b " * 50)
    dialogue.happened(SegmentBegan(2000, 2))
    dialogue.advance(3000)
    assert dialogue.lines[1].shown == pytest.approx(50)


# --------------------------------------------------------------------------- keys


def test_keys_in_quick_succession_are_one_line() -> None:
    dialogue = Dialogue()
    for at_ms, key in ((0, "1"), (500, "2"), (1000, "#"), (5000, "9")):
        dialogue.happened(KeyPressed(at_ms, key, sent=True))
    assert [line.text for line in dialogue.lines] == ["presses 12#", "presses 9"]


def test_keys_the_server_hides_are_hidden_and_told_apart_for_the_recording() -> None:
    dialogue = Dialogue()
    keys = [KeyPressed(n * 100, str(n), sent=True) for n in range(4)]
    dialogue.happened(KeyPressed(0, "8", sent=False))  # nobody heard it, so nobody wrote it down
    for key in keys:
        dialogue.happened(key)
    for written in ("0", "•", "•", "3"):
        dialogue.entry({"what": "key", "t": 0, "key": written})
    assert [line.text for line in dialogue.lines] == [
        "presses 8, and nobody hears it",
        "presses 0••3",
    ]
    assert dialogue.secrets == keys[1:3]


def test_a_key_the_flow_dropped_says_why_and_is_no_measure() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(0, 1))
    dialogue.happened(KeyPressed(0, "9", sent=True))
    dialogue.entry({"what": "key", "t": 5, "key": "9"})
    dialogue.entry({"what": "note", "kind": "key_dropped", "detail": "the same press"})
    dialogue.happened(SoundHeard(300, "9", 300))
    assert dialogue.lines[1].text == "presses 9 (the same press)"
    assert dialogue.key_waits == []
    assert dialogue.lines[0].sound_ms is None


@pytest.mark.parametrize(("asked_t", "waits"), [(105.0, [120]), (3100.0, [])])
def test_a_flow_that_waited_for_more_keys_did_not_answer_late(
    asked_t: float, waits: list[float]
) -> None:
    dialogue = Dialogue()
    dialogue.happened(KeyPressed(50, "1", sent=True))
    dialogue.entry({"what": "key", "t": 100.0, "key": "1"})
    asks(dialogue, 1, "g1:u1", OPEN, t=asked_t)
    dialogue.happened(SegmentBegan(150, 1))
    dialogue.happened(SoundHeard(170, "1", 120))
    assert dialogue.key_waits == waits


def test_the_first_sound_is_beside_the_first_words() -> None:
    dialogue = Dialogue()
    dialogue.happened(SegmentBegan(20, 1))
    dialogue.happened(SoundHeard(34, "answer", 34))
    assert dialogue.lines[0].sound_ms == 34
    assert dialogue.key_waits == []


# --------------------------------------------------------------------------- the rest


def test_a_transfer_has_the_name_the_flow_has_for_it() -> None:
    dialogue = Dialogue()
    dialogue.entry(
        {"what": "leave", "target": "transfer", "number": "+13125550123", "name": "front_desk"}
    )
    dialogue.happened(Dialled(0, ("+13125550123",), 25, "no_answer"))
    assert shown(dialogue)[1] == (Who.CALLEE, "rings")
    assert dialogue.settled(0, 1000) == 1
    dialogue.happened(DialEnded(2000, "no-answer", 0))
    assert dialogue.lines[1].at_ms == 2000
    assert shown(dialogue) == [
        (Who.IVR, "transfers to +13125550123 (front_desk)"),
        (Who.CALLEE, "does not answer (rang 2 s here; 25 s in life)"),
    ]
    assert dialogue.name_of("+13125550123") == "front_desk"
    assert dialogue.name_of("+15550000000") == ""


def test_what_somebody_who_was_called_hears_and_does_is_told_by_name() -> None:
    dialogue = Dialogue({"+13125550123": "agents"})
    dialogue.happened(Dialled(0, ("+13125550123",), 25, "machine"))
    dialogue.happened(CalleeTold(1000, "+13125550123", "picks up"))
    dialogue.happened(DialEnded(9000, "no-answer", 0))
    assert [text for _, text in shown(dialogue)] == [
        "transfers to +13125550123 (agents)",
        "rings",
        "agents picks up",
        "does not answer (rang 9 s here; 25 s in life)",
    ]


def test_a_queue_is_joined_and_left_in_one_line_each() -> None:
    dialogue = Dialogue()
    dialogue.happened(Queued(0, "sales", "answered 3s"))
    dialogue.happened(KeyPressed(500, "1", sent=False, gathered=True))
    dialogue.happened(QueueLeft(9000, "bridged", 6, 3))
    assert shown(dialogue) == [
        (Who.IVR, "lets the caller wait in the queue sales"),
        (Who.CALLER, "presses 1"),
        (Who.CALLEE, "takes the call after 6 s, and talks for 3 s"),
    ]


def test_a_number_that_is_its_own_name_is_written_once() -> None:
    dialogue = Dialogue()
    dialogue.entry({"what": "leave", "number": "+13125550123", "name": "+13125550123"})
    dialogue.happened(Dialled(0, ("+13125550123",), 25, "busy"))
    assert dialogue.lines[0].text == "transfers to +13125550123"


@pytest.mark.parametrize(
    ("by", "who", "text"),
    [
        (EndedBy.CALLER, Who.CALLER, "hangs up"),
        (EndedBy.LINE, Who.IVR, "hangs up"),
        (EndedBy.REJECTED, Who.IVR, "rejects the call"),
        (EndedBy.FAILED, Who.TWILIO, "cannot go on with the call"),
    ],
)
def test_how_the_call_ended_is_its_last_line(by: EndedBy, who: Who, text: str) -> None:
    dialogue = Dialogue()
    dialogue.happened(CallEnded(0, by))
    assert shown(dialogue) == [(who, text)]


def test_faults_and_what_is_only_told_are_lines_of_their_own() -> None:
    dialogue = Dialogue()
    dialogue.happened(Noted(0, "Twilio plays /a.wav"))
    dialogue.happened(Faulted(1, Fault(31951, "unknown event", 1)))
    assert shown(dialogue) == [
        (Who.TWILIO, "Twilio plays /a.wav"),
        (Who.FAULT, "31951 stream invalid message: unknown event"),
    ]


def test_lines_settle_in_order_and_keys_only_when_no_more_can_join() -> None:
    dialogue = Dialogue()
    dialogue.happened(SegmentBegan(0, 1))
    dialogue.happened(KeyPressed(500, "1", sent=True))
    assert dialogue.settled(0, 600) == 0  # the text before the key is still being said
    dialogue.happened(ended(1, None, 0, 501, cut=True))
    assert dialogue.settled(0, 600) == 1
    assert dialogue.settled(1, 3000) == 1
    dialogue.happened(CallEnded(700, EndedBy.CALLER))
    assert dialogue.settled(0, 700) == 3


def test_the_dialogue_knows_where_the_caller_is() -> None:
    dialogue = Dialogue()
    dialogue.entry({"what": "step", "step": "clinic/main"})
    dialogue.entry({"what": "something new"})
    assert dialogue.step == "clinic/main"
    assert dialogue.utterances == 0


def test_a_line_that_is_not_speech_is_always_whole() -> None:
    assert Line(0, Who.CALLER, "presses 1").heard == "presses 1"


def filled(dialogue: Dialogue, *kinds: str) -> None:
    """The line fills the time, with words behind it."""
    dialogue.entry(
        {
            "what": "asked",
            "t": 0,
            "utterance": 1,
            "text": "One moment more.",
            "parts": [{"kind": kind} for kind in kinds],
        }
    )
    dialogue.entry({"what": "first_frame", "t": 0, "utterance": 1, "mark": "g0:u1"})


def test_of_music_that_was_cut_no_words_are_shown_that_nobody_heard() -> None:
    dialogue = Dialogue()
    filled(dialogue, "hold", "words")
    dialogue.happened(SegmentBegan(10, 1))
    dialogue.happened(SegmentClosed(10, 1, "g0:u1", 9_000))
    dialogue.advance(6_000)
    dialogue.happened(ended(1, "g0:u1", 10, 6_000, cut=True))
    (line,) = dialogue.lines
    assert line.text == "(music)"


def test_music_that_was_heard_to_its_end_is_shown_with_its_words() -> None:
    dialogue = Dialogue()
    filled(dialogue, "hold", "words")
    said(dialogue, 1, "g0:u1", 10, 9_000)
    assert shown(dialogue) == [(Who.IVR, "(music) One moment more.")]


def test_keys_that_are_played_and_what_was_recorded_are_named() -> None:
    for kind, name in (("tones", "(keys)"), ("playback", "(what was recorded)")):
        dialogue = Dialogue()
        entry = {"what": "asked", "t": 0, "utterance": 1, "text": "", "parts": [{"kind": kind}]}
        dialogue.entry(entry)
        dialogue.entry({"what": "first_frame", "t": 0, "utterance": 1, "mark": "g0:u1"})
        said(dialogue, 1, "g0:u1", 10, 900)
        assert shown(dialogue) == [(Who.IVR, name)]


def test_what_the_world_does_stands_where_it_happened() -> None:
    dialogue = Dialogue()
    dialogue.advance(4_000)
    dialogue.entry({"what": "outside", "text": "GET https://a.example/: 200"})
    (line,) = dialogue.lines
    assert (line.at_ms, line.who, line.text) == (4_000, Who.WORLD, "GET https://a.example/: 200")


def test_text_that_comes_while_it_is_spoken_grows() -> None:
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", "")
    dialogue.happened(SegmentBegan(10, 1))
    for piece in ("Once ", "upon "):
        dialogue.entry({"what": "told", "utterance": 1, "text": piece})
    said(dialogue, 1, "g0:u1", 10, 2_000)
    dialogue.entry({"what": "told", "utterance": 1, "text": "a time."})
    assert dialogue.lines[0].text == "Once upon a time."
