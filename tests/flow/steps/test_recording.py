"""What ``voicemail`` and ``record`` have in common: the tone, the recording, the review."""

from __future__ import annotations

import pytest

from ivr.flow.messages import KeepMessage, Noted, RecordMessage, StopRecording
from ivr.flow.state import WaitFor
from tests.flow.ring import Ring

FLOWS = {
    "voicemail": """
        language: en-US
        anytime: {0: operator, star: repeat}
        steps:
          main: {say: To leave a message press 1., menu: {1: leave}}
          leave:
            say: Leave a message after the tone.
            voicemail: desk
            review: REVIEW
            done: thanks
            empty: nothing
          thanks: {say: Thank you., menu: {1: leave, 2: back}}
          nothing: {say: Nothing., goto: hangup}
          operator: {say: Operator., goto: hangup}
    """,
    "record": """
        language: en-US
        anytime: {0: operator, star: repeat}
        steps:
          main: {say: To leave a message press 1., menu: {1: leave}}
          leave:
            say: Leave a message after the tone.
            record: name
            review: REVIEW
            goto: thanks
            empty: nothing
          thanks: {say: Thank you., menu: {1: leave, 2: back}}
          nothing: {say: Nothing., goto: hangup}
          operator: {say: Operator., goto: hangup}
    """,
}
QUESTION = "To send your message, press 1. To record it again, press 2. To hear it, press 3."


@pytest.fixture(params=list(FLOWS))
def flow(request: pytest.FixtureRequest) -> str:
    return FLOWS[request.param].replace("REVIEW", "no")


@pytest.fixture(params=list(FLOWS))
def reviewed(request: pytest.FixtureRequest) -> str:
    return FLOWS[request.param].replace("REVIEW", "yes")


def at_tone(flow: str) -> Ring:
    """A call in which the recording has just begun."""
    call = Ring(flow).presses("1").hears_all()
    assert call.recording is not None
    return call


def in_review(flow: str) -> Ring:
    """A call in which the message may be heard, sent or made again."""
    return at_tone(flow).done("done", {"id": "r1", "seconds": 4.5})


# --------------------------------------------------------------------------- the text and the tone


def test_the_tone_comes_once_the_whole_text_was_heard(flow: str) -> None:
    call = Ring(flow).presses("1")
    assert call.said == ["Leave a message after the tone."]
    assert call.recording is None
    assert call.hears_all().recording is not None


def test_a_recording_has_the_limits_of_its_step(flow: str) -> None:
    message = at_tone(flow).recording
    assert message is not None
    assert (message.beep, message.max_ms, message.silence_ms, message.least_ms) == (
        True,
        180_000,
        5_000,
        2_000,
    )
    options = "max: 1m\n            silence: 3s\n            beep: no\n            review"
    message = at_tone(flow.replace("review", options)).recording
    assert message is not None
    assert (message.beep, message.max_ms, message.silence_ms) == (False, 60_000, 3_000)


def test_the_end_key_during_the_text_skips_to_the_tone(flow: str) -> None:
    call = Ring(flow).presses("1").presses("#")
    assert call.stopped == (2,)
    assert call.recording is not None


def test_another_key_during_the_text_skips_nothing_and_answers_nothing_later(flow: str) -> None:
    call = Ring(flow).presses("1").presses("2")
    assert call.stopped == ()
    assert call.hears_all().recording is not None
    assert call.done("done", {"id": "r"}).step == "thanks"


def test_a_notice_before_the_tone_cannot_be_skipped(flow: str) -> None:
    call = Ring(flow.replace("say: Leave", "interrupt: no\n            say: Leave"))
    call.presses("1").presses("#")
    assert call.stopped == ()
    assert call.recording is None


# --------------------------------------------------------------------------- recording


def test_the_end_key_ends_the_recording(flow: str) -> None:
    call = at_tone(flow).presses("#")
    assert call.told(StopRecording) == [StopRecording(1)]
    assert call.step == "leave", "whoever records tells what came of it"
    assert call.done("done", {"id": "r"}).said == ["Thank you."]


def test_the_end_key_may_be_another_one(flow: str) -> None:
    call = at_tone(flow.replace("review", "end_key: star\n            review")).presses("#")
    assert call.told(StopRecording) == []
    assert call.presses("*").told(StopRecording) == [StopRecording(1)]


def test_another_key_is_part_of_what_is_recorded(reviewed: str) -> None:
    call = at_tone(reviewed).presses("1")
    assert call.told(StopRecording) == []
    assert call.notes(Noted.KEY_DROPPED) == ["while the caller was recorded"]
    assert call.done("done", {"id": "r"}).said == [QUESTION]


def test_a_recording_that_is_over_is_kept(flow: str) -> None:
    assert in_review(flow).told(KeepMessage) == [KeepMessage(1)]


def test_an_empty_one_is_told_apart_and_not_kept(flow: str) -> None:
    call = at_tone(flow).done("empty")
    assert call.said == ["Nothing."]
    assert call.told(KeepMessage) == []


def test_nothing_sounds_and_nothing_is_said_into_a_recording(flow: str) -> None:
    call = at_tone(flow)
    assert call.state.deadline == 100 + 180_000 + 31_000, "only a recording without end"


def test_a_recording_that_never_ends_is_trouble(flow: str) -> None:
    call = at_tone(flow).waits()
    assert call.cancelled == [1]
    assert "technical problem" in call.said[0]


def test_what_cannot_be_recorded_is_trouble(flow: str) -> None:
    call = at_tone(flow).done("failed")
    assert "could not be recorded" in call.notes(Noted.TROUBLE)[0]
    assert "technical problem" in call.said[0]


def test_a_hang_up_during_the_recording_keeps_it(flow: str) -> None:
    call = at_tone(flow).hangs_up()
    assert call.commands == [StopRecording(1), KeepMessage(1)]
    assert call.state.ended == "caller_hung_up"


def test_a_hang_up_during_the_text_keeps_nothing(flow: str) -> None:
    assert Ring(flow).presses("1").hangs_up().commands == []


def test_the_limit_of_the_call_does_not_cut_a_recording(flow: str) -> None:
    call = Ring("limits: {call: 2m}\n" + flow.replace("\n        ", "\n"))
    call.presses("1").hears_all()
    assert call.recording is not None
    call.waits_ms(150_000)
    assert call.step == "leave"
    call.done("done", {"id": "r"})
    assert call.told(KeepMessage) == [KeepMessage(1)]


def test_after_a_lost_stream_the_caller_records_again(flow: str) -> None:
    call = at_tone(flow).resumes()
    assert call.said == ["Leave a message after the tone."]
    message = call.hears_all().recording
    assert isinstance(message, RecordMessage)
    assert message.id == 2


# --------------------------------------------------------------------------- the review


def test_a_message_that_may_be_reviewed_is_kept_only_then(reviewed: str) -> None:
    call = in_review(reviewed)
    assert call.said == [QUESTION]
    assert call.told(KeepMessage) == []


def test_1_sends_it(reviewed: str) -> None:
    call = in_review(reviewed).presses("1")
    assert call.told(KeepMessage) == [KeepMessage(1)]
    assert call.said == ["Thank you."]


def test_2_records_it_again(reviewed: str) -> None:
    call = in_review(reviewed).presses("2")
    assert call.said == ["Leave a message after the tone."]
    assert call.told(KeepMessage) == []
    call.hears_all()
    assert call.recording is not None
    assert call.done("done", {"id": "r2"}).presses("1").told(KeepMessage) == [KeepMessage(2)]


def test_3_plays_it_and_asks_again(reviewed: str) -> None:
    call = in_review(reviewed).presses("3")
    assert call.said == ["[what was recorded]", QUESTION]
    assert call.presses("1").stopped == (4, 5)
    assert call.told(KeepMessage) == [KeepMessage(1)]


def test_silence_is_asked_twice_and_then_the_message_is_kept(reviewed: str) -> None:
    call = in_review(reviewed).silent()
    assert call.said == [QUESTION]
    assert call.silent().said == [QUESTION]
    assert call.silent().told(KeepMessage) == [KeepMessage(1)]
    assert call.step == "thanks"


def test_wrong_keys_and_silence_count_together(reviewed: str) -> None:
    call = in_review(reviewed).presses("7").silent().presses("8")
    assert call.told(KeepMessage) == [KeepMessage(1)]


def test_repeat_asks_the_same_question_again_and_is_no_try(reviewed: str) -> None:
    call = in_review(reviewed).presses("*").presses("*").presses("*")
    assert call.said == [QUESTION]
    assert call.told(KeepMessage) == []
    assert call.state.wait is not None
    assert call.state.wait.tries == 0


def test_a_key_that_leads_elsewhere_at_any_time_keeps_the_message(reviewed: str) -> None:
    call = in_review(reviewed).presses("0")
    assert call.said == ["Operator."]
    assert call.told(KeepMessage) == [KeepMessage(1)]


def test_a_hang_up_in_the_review_keeps_the_message(reviewed: str) -> None:
    assert in_review(reviewed).hangs_up().commands == [KeepMessage(1)]


def test_a_call_that_reaches_its_limit_in_the_review_keeps_the_message(reviewed: str) -> None:
    call = in_review("limits: {call: 2m}\n" + reviewed.replace("\n        ", "\n"))
    call.hears_all().now = 119_000
    call.presses("3").hears_all()
    call.now = 120_000
    call.waits()
    assert call.said == ["This call has reached its time limit. Goodbye."]
    assert call.told(KeepMessage) == [KeepMessage(1)]


def test_a_new_stream_asks_the_question_again_and_keeps_the_tries(reviewed: str) -> None:
    call = in_review(reviewed).presses("7").hears_all().resumes()
    assert call.said == [QUESTION]
    assert call.state.wait is not None
    assert call.state.wait.what is WaitFor.CONFIRM
    assert (call.state.wait.tries, call.state.wait.errand) == (1, 1)


def test_what_was_recorded_is_not_in_the_bytes_but_the_question_is(reviewed: str) -> None:
    call = in_review(reviewed).presses("3").forgets()
    assert call.queue == [QUESTION]
    assert call.presses("1").told(KeepMessage) == [KeepMessage(1)]


def test_a_voicemail_is_no_menu_that_back_returns_to(reviewed: str) -> None:
    call = in_review(reviewed).presses("1").presses("2")
    assert call.step == "main"


def test_a_message_is_kept_once_even_where_the_flow_goes_back_to_its_last_question(
    reviewed: str,
) -> None:
    flow = reviewed.replace("done: thanks", "done: repeat").replace("goto: thanks", "goto: repeat")
    call = in_review(flow).presses("1")
    assert call.told(KeepMessage) == [KeepMessage(1)]
    assert call.said == ["To leave a message press 1."]
