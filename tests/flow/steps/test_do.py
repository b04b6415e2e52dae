"""``do``: a registered function is called, and the flow goes on with what it says."""

from __future__ import annotations

import pytest

from ivr.flow.messages import ErrandDone, Invoke, Narration, Noted, Speak
from ivr.flow.state import encode
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    vars: {name: Ana, count: 7}
    steps:
      main:
        - say: I am asking.
          do: schedule
          with: {number: "${count}", who: {name: "${name}"}}
          save: when
          failed: sorry
          taken: elsewhere
          goto: told
      told: {say: "It is ${when}.", goto: hangup}
      sorry: {say: Sorry., goto: hangup}
      elsewhere: {say: "Taken, ${when}.", goto: hangup}
"""


def invoked(call: Ring) -> Invoke:
    assert call.invoked is not None, call.commands
    return call.invoked


def test_a_function_gets_the_values_under_with_and_keeps_their_types() -> None:
    call = Ring(FLOW)
    assert call.said == ["I am asking."]
    assert invoked(call).function == "schedule"
    assert invoked(call).arguments == {"number": 7, "who": {"name": "Ana"}}
    assert call.notes(Noted.ASKED_FOR) == ["do schedule"]


def test_it_is_called_once_earlier_notices_were_heard_but_beside_its_own_text() -> None:
    flow = FLOW.replace("- say: I", "- say: Notice.\n          interrupt: no\n        - say: I")
    call = Ring(flow)
    assert call.invoked is None
    assert call.hears_one().invoked is not None


@pytest.mark.parametrize(
    ("outcome", "text"),
    [("done", "It is Monday."), ("taken", "Taken, Monday."), ("failed", "Sorry.")],
)
def test_each_outcome_goes_where_it_is_told(outcome: str, text: str) -> None:
    assert Ring(FLOW).hears_all().done(outcome, "Monday").said == [text]


def test_what_a_failed_function_brings_is_not_kept() -> None:
    assert "when" not in Ring(FLOW).done("failed", "x").state.variables


def test_an_outcome_nobody_provides_for_is_trouble() -> None:
    call = Ring(FLOW).hears_all().done("strange")
    assert call.notes(Noted.TROUBLE) == [
        "schedule ended with “strange”, and nothing is said about that"
    ]
    assert "technical problem" in call.said[0]


def test_otherwise_leads_all_outcomes_without_a_way_of_their_own() -> None:
    flow = FLOW.replace("failed: sorry", "otherwise: sorry")
    assert Ring(flow).hears_all().done("strange").said == ["Sorry."]
    assert Ring(flow).hears_all().done("failed").said == ["Sorry."]
    assert Ring(flow).hears_all().done("done", "x").said == ["It is x."]


def test_without_a_goto_the_next_action_follows() -> None:
    flow = FLOW.replace("          goto: told\n", "        - {say: Next., goto: hangup}\n")
    assert Ring(flow).hears_all().done().said == ["Next."]


def test_a_function_that_does_not_answer_has_failed() -> None:
    call = Ring(FLOW).hears_all().waits_ms(4_900)
    assert call.step == "main"
    assert call.waits_ms(200).step == "sorry"


def test_a_step_may_give_a_function_more_time() -> None:
    flow = FLOW.replace("failed: sorry", "timeout: 20s\n          failed: sorry")
    assert invoked(Ring(flow)).timeout_ms == 20_000


def test_what_was_computed_from_something_sensitive_is_sensitive_too() -> None:
    flow = """
        language: en-US
        steps:
          main:
            say: PIN?
            ask: pin
            digits: 4
            sensitive: yes
            goto: check
          check:
            do: verify
            with: {deep: {pin: "${pin}"}}
            save: person
            failed: main
            goto: hello
          hello: {say: "Hello ${person | reveal}.", menu: {1: main}}
    """
    call = Ring(flow).presses("7391")
    assert invoked(call).arguments == {"deep": {"pin": "7391"}}
    assert "7391" not in repr(call.commands)
    call.done("done", "Robin")
    assert call.said == ["Hello ••••."]
    assert b"Robin" not in encode(call.state)


def test_what_it_brings_may_be_too_much_to_keep() -> None:
    assert Ring(FLOW).hears_all().done("done", "x" * 70_000).said == ["Sorry."]


# --------------------------------------------------------------------------- text that comes


def narration(call: Ring) -> Narration:
    [speak] = call.told(Speak)
    [part] = speak.utterance.parts
    assert isinstance(part, Narration)
    return part


def test_text_that_comes_piece_by_piece_is_spoken_as_it_comes() -> None:
    call = Ring(FLOW).hears_all().narrates()
    assert narration(call) == Narration(1, "en-US", "embedded")
    assert call.said == ["[text that comes]"]


def test_after_such_a_text_the_step_goes_on_with_the_outcome() -> None:
    call = Ring(FLOW).hears_all().narrates().done("done", "said")
    assert call.said == [], "the last of it is still being heard"
    assert call.hears_one().said == ["It is said."]


def test_nothing_fills_the_time_while_such_a_text_is_heard() -> None:
    call = Ring(FLOW).hears_all().waits()
    assert call.said[0].startswith("[tone]")
    call.narrates()
    assert call.stopped == (2,)
    assert call.queue == [""]
    assert call.state.deadline == 601_000, "only what takes ten minutes is given up"


def test_a_key_stops_such_a_text_and_the_step_goes_on() -> None:
    flow = FLOW.replace('{say: "It is ${when}.", goto: hangup}', "{say: And?, menu: {1: sorry}}")
    call = Ring(flow).hears_all().narrates().presses("1")
    assert call.stopped == (2,)
    assert call.done("done", "as far as it came").step == "sorry"


def test_a_text_that_never_ends_is_given_up() -> None:
    call = Ring(FLOW).hears_all().narrates().waits_ms(601_000)
    assert call.cancelled == [1]
    assert call.stopped == (2,)
    assert call.said == ["Sorry."]


def test_a_text_that_broke_off_with_the_stream_has_failed_and_is_not_said_again() -> None:
    call = Ring(FLOW).hears_all().narrates().resumes()
    assert call.said == ["Sorry."]
    call = Ring(FLOW).hears_all().narrates().forgets().resumes()
    assert call.said == ["Sorry."]


def test_a_text_for_a_caller_who_is_gone_is_not_waited_for() -> None:
    flow = FLOW.replace("    steps:", "    on_hangup: main\n    steps:")
    call = Ring(flow).hangs_up()
    assert call.invoked is not None
    call.tell(ErrandDone(call.invoked.id, "done", narrates=True))
    assert call.cancelled == [2]
    assert call.said == []


@pytest.mark.parametrize("value", ["[a]", "x\n        timeout: 5m", "x\n        with: [1]"])
def test_what_cannot_be_called_is_told_to_the_author(value: str) -> None:
    flow = f"steps:\n  main:\n        do: {value}\n        failed: hangup\n        goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
