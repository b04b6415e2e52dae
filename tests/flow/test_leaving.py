"""How a call ends, is in trouble, or goes on without its caller."""

from __future__ import annotations

import pytest

from ivr.flow.messages import (
    CallResumed,
    Emit,
    Event,
    HangUp,
    KeepMessage,
    KeyPressed,
    LegFinished,
    LegOutcome,
    Noted,
    RequestAnswered,
    UtteranceFailed,
)
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    vars: {name: Ana}
    steps:
      main: {say: Press 1., menu: {1: wrong, 2: hold}}
      wrong: {set: {name: "${name - 1}"}, goto: main}
      hold: {say: Hold., transfer: +13125550123, otherwise: main}
      desk: {say: Connecting., transfer: +13125550124, otherwise: wrong}
      gone: [{say: Nobody hears this.}, {event: gone, with: {name: "${name}"}}, ACT]
"""


def ring(top: str = "", act: str = "{goto: hangup}") -> Ring:
    flow = FLOW.replace("    steps:", f"    {top}\n    steps:") if top else FLOW
    return Ring(flow.replace("ACT", act))


# --------------------------------------------------------------------------- trouble


def test_trouble_is_an_apology_and_the_end() -> None:
    call = ring().presses("1")
    assert call.said[0].startswith("We are sorry, we have a technical problem.")
    assert call.hears_all().hung_up == "trouble"


def test_trouble_goes_where_on_error_says_without_an_apology() -> None:
    call = ring("on_error: desk").presses("1")
    assert call.said == ["Connecting."]


def test_a_second_trouble_apologises() -> None:
    call = ring("on_error: main").presses("1").presses("1")
    assert "technical problem" in call.said[0]
    assert call.hears_all().hung_up == "trouble"


def test_after_the_apology_the_operator_is_tried_once() -> None:
    call = ring("defaults: {operator: desk}").presses("1")
    assert call.said[0].startswith("We are sorry")
    assert call.said[1] == "Connecting."
    call.hears_all()
    assert call.transfer is not None
    assert call.leg(LegOutcome.BUSY).said[0].startswith("We are sorry")
    assert call.hears_all().hung_up == "trouble"


def test_where_on_error_cannot_be_computed_there_is_still_an_apology() -> None:
    call = ring("on_error: [{if: name - 1 > 0, goto: desk}]").presses("1")
    assert call.said[0].startswith("We are sorry")
    assert len(call.notes(Noted.TROUBLE)) == 2


def test_on_error_may_run_in_a_circle_only_once() -> None:
    call = ring("on_error: wrong").presses("1")
    assert call.said[0].startswith("We are sorry")


def test_no_voice_is_trouble_like_any_other() -> None:
    call = ring("on_error: desk")
    call.tell(UtteranceFailed(call.state.queue[0].id, "no audio"))
    assert call.said == ["Connecting."]


# --------------------------------------------------------------------------- the caller is gone


def test_after_a_hang_up_the_flow_goes_on_without_a_word() -> None:
    call = ring("on_hangup: gone").hangs_up()
    assert call.told(Emit) == [Emit("gone", {"name": "Ana"}, "gone", "main")]
    assert call.said == []
    assert call.told(HangUp) == [], "there is nobody to hang up on"
    assert call.state.ended == "caller_hung_up"


@pytest.mark.parametrize(
    "act",
    [
        "{menu: {1: main}}",
        "{ask: x, goto: main}",
        "{transfer: +13125550123, otherwise: main}",
        "{queue: x, otherwise: main}",
        "{twiml: <Response/>, otherwise: main}",
        "{voicemail: x}",
        "{record: x, goto: main}",
        "{send_keys: '1', goto: main}",
        "{record_call: start, goto: main}",
    ],
)
def test_what_needs_a_caller_ends_what_follows_a_hang_up(act: str) -> None:
    call = ring("on_hangup: gone", act).hangs_up()
    assert len(call.told(Emit)) == 1
    assert call.state.ended == "caller_hung_up"
    assert call.state.deadline is None


@pytest.mark.parametrize(
    "act", ["{do: x, goto: hangup}", "{http: GET https://a.example/, goto: x}"]
)
def test_what_needs_no_caller_is_done_and_waited_for(act: str) -> None:
    call = ring("on_hangup: gone", act.replace("goto: x", "goto: hangup")).hangs_up()
    assert call.state.ended is None
    call.answers(200) if "http" in act else call.done("done")
    assert call.state.ended == "caller_hung_up"


def test_a_flow_may_set_and_run_others_after_a_hang_up() -> None:
    flow = FLOW.replace("    steps:", "    on_hangup: gone\n    steps:").replace(
        "ACT", "{run: inner, goto: hangup}"
    )
    inner = "language: en-US\nreturns: [ok]\nsteps: {s: [{event: in}, {return: ok}]}\n"
    call = Ring(flow, inner=inner).hangs_up()
    assert [emit.name for emit in call.told(Emit)] == ["gone", "in"]
    assert call.state.ended == "caller_hung_up"


def test_trouble_after_a_hang_up_is_the_end() -> None:
    call = ring("on_hangup: wrong").hangs_up()
    assert call.state.ended == "caller_hung_up"
    assert call.said == []


def test_a_hang_up_that_is_told_twice_is_one() -> None:
    call = ring("on_hangup: gone", "{do: x, goto: hangup}").hangs_up()
    assert call.hangs_up().commands == []
    assert call.done("done").state.ended == "caller_hung_up"


def test_a_hang_up_before_the_answer_runs_nothing() -> None:
    flow = FLOW.replace("    steps:", "    on_hangup: gone\n    steps:").replace("ACT", "{}")
    call = Ring(flow.replace(", {}]", "]"), answered=False).hangs_up()
    assert call.commands == []
    assert call.state.ended == "caller_hung_up"


def test_a_caller_who_hangs_up_with_somebody_else_is_gone_too() -> None:
    call = ring("on_hangup: gone").presses("2").hears_all().hangs_up()
    assert len(call.told(Emit)) == 1


# --------------------------------------------------------------------------- away and back


def test_a_return_nobody_waited_for_is_a_new_stream() -> None:
    call = ring().hears_all().leg(LegOutcome.DONE)
    assert call.said == ["Press 1."]


def test_a_message_in_review_is_kept_when_a_flow_comes_into_trouble() -> None:
    call = Ring("""
        language: en-US
        steps: {main: {say: Speak., voicemail: x, review: yes}}
    """)
    call.hears_all().done("done", {"id": "r"})
    call.tell(UtteranceFailed(call.state.queue[0].id, "no audio"))
    assert call.told(KeepMessage) == [KeepMessage(1)]
    assert "technical problem" in call.said[0]


def test_the_lines_own_words_are_in_a_language_the_flow_has() -> None:
    inner = "language: en-US\nsteps: {s: {goto: [{if: 1 == 2, goto: s}]}}\n"
    call = Ring(
        "languages: {en-US: {}, es-US: {}}\nsteps: {main: {goto: /inner}}\n",
        inner=inner,
        language="es-US",
    )
    assert call.said == ["Thank you for calling. Goodbye."], "its voice speaks English only"


@pytest.mark.parametrize("late", [LegFinished(LegOutcome.BUSY), CallResumed(), KeyPressed("1")])
def test_what_is_told_late_changes_nothing_after_a_hang_up(late: Event) -> None:
    act = "{http: GET https://a.example/, error: hangup, goto: hangup}"
    call = ring("on_hangup: gone", act).presses("2").hears_all().hangs_up()
    [errand] = call.out
    before = call.state.wait
    call.tell(late)
    assert call.commands == []
    assert call.state.wait == before
    assert call.tell(RequestAnswered(errand, 200)).state.ended == "caller_hung_up"


def test_a_text_that_nobody_waits_for_any_more_may_fail() -> None:
    call = ring().presses("2")
    assert call.stopped == (1,)
    assert call.tell(UtteranceFailed(1, "no audio")).commands == []
