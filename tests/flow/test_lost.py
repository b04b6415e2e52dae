"""Sensitive values live in one process: a call that goes on in another one asks for them again."""

from __future__ import annotations

from ivr.flow.messages import LegOutcome, Request
from tests.flow.ring import Ring

BANK = """
    language: en-US
    vars: {tries: 0}
    steps:
      begin: {say: Welcome., menu: {1: card, 2: bye}}
      card:
        say: Card?
        ask: card
        digits: 4
        sensitive: yes
        goto: pin
      pin:
        - set: {tries: "${tries + 1}"}
        - say: PIN?
          ask: pin
          digits: 2
          sensitive: yes
        - say: One moment.
          http: POST https://a.example/verify
          body: {card: "${card}", pin: "${pin}"}
          status: {401: wrong}
          error: desk
          goto: known
      wrong: {say: Wrong., goto: pin}
      known: {say: Known., menu: {1: desk, 2: bye}}
      desk: {say: Please hold., transfer: +13125550123, busy: start, otherwise: known}
      bye: {say: Bye., goto: hangup}
"""


def bodies(call: Ring) -> list[object]:
    return [request.body for request in call.told(Request)]


def test_what_is_still_needed_is_asked_for_again_from_its_earliest_step_on() -> None:
    call = Ring(BANK).presses("1").presses("1234")
    assert call.said == ["PIN?"]
    call.forgets().resumes()
    assert call.said == ["Card?"]
    call.presses("5678").presses("99")
    assert bodies(call) == [{"card": "5678", "pin": "99"}]


def test_in_the_same_process_nothing_is_asked_twice() -> None:
    call = Ring(BANK).presses("1").presses("1234").resumes()
    assert call.said == ["PIN?"]
    assert bodies(call.presses("99")) == [{"card": "1234", "pin": "99"}]


def test_a_request_that_was_lost_with_its_values_is_not_sent_without_them() -> None:
    call = Ring(BANK).presses("1").presses("1234").presses("99").forgets().resumes()
    assert bodies(call) == []
    assert call.said == ["Card?"]


def test_what_nobody_reads_any_more_is_not_asked_for_again() -> None:
    call = Ring(BANK).presses("1").presses("1234").presses("99").hears_all().answers(200)
    assert call.said == ["Known."]
    # The desk may lead back to the start, and that to the request; but on that way it is asked.
    assert call.hears_all().forgets().resumes().said == ["Known."]


def test_an_answer_that_is_there_is_gone_on_with() -> None:
    flow = BANK.replace("busy: start, ", "").replace("status: {401: wrong}", "status: {401: desk}")
    call = Ring(flow).presses("1").presses("1234").presses("99").answers(200)
    assert call.queue == ["One moment."]
    assert call.forgets().resumes().said == ["One moment."]
    assert call.hears_all().said == ["Known."]


def test_a_goodbye_is_not_broken_off_to_ask_for_something() -> None:
    flow = BANK.replace("digits: 2", "digits: 2\n          tries: 1")
    call = Ring(flow).presses("1").presses("1234").silent()
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.forgets().resumes().said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "gave_up"


def test_what_was_to_be_heard_in_any_case_is_heard_first() -> None:
    flow = BANK.replace("say: PIN?", "interrupt: no\n          say: PIN?")
    call = Ring(flow).presses("1").presses("1234").forgets().resumes()
    assert call.said == ["PIN?", "Card?"]


def test_back_from_a_transfer_in_another_process_what_is_needed_is_asked_for() -> None:
    flow = BANK.replace("otherwise: known", "otherwise: pin")
    call = Ring(flow).presses("1").presses("1234").presses("99").hears_all().answers(500)
    call.hears_all()
    assert call.transfer is not None
    assert call.forgets().leg(LegOutcome.FAILED).said == ["Card?"]


def test_an_input_is_given_again_by_the_flow_that_asked_for_it() -> None:
    outer = """
        language: en-US
        steps:
          main:
            say: Card?
            ask: card
            digits: 2
            sensitive: yes
            goto: use
          use:
            - say: Press 1.
              menu: {1: go, 2: bye}
          go:
            run: inner
            with: {card: "${card}"}
            goto: bye
          bye: {say: Bye., goto: hangup}
    """
    inner = """
        language: en-US
        inputs: [card]
        returns: [ok]
        vars: {card: plain}
        steps:
          s: {say: Send?, menu: {1: post, 2: home}}
          post:
            http: POST https://a.example/x
            body: {card: "${inputs.card}"}
            error: home
            goto: home
          home: {return: ok}
    """
    call = Ring(outer, inner=inner).presses("12").presses("1").hears_all()
    assert call.said == []
    assert call.state.place.flow == "inner"
    call.forgets().resumes()
    assert call.said == ["Card?"]
    assert call.state.frames == ()
    used = Ring(outer, inner=inner.replace("${inputs.card}", "x")).presses("12").presses("1")
    used.hears_all().forgets().resumes()
    assert used.said == ["Send?"], "what the inner flow does not read is not asked for"


def test_what_was_computed_from_a_lost_value_is_lost_too() -> None:
    flow = BANK.replace('body: {card: "${card}", pin: "${pin}"}', 'body: {b: "${both}"}').replace(
        '- set: {tries: "${tries + 1}"}', '- set: {both: "x${card}"}'
    )
    call = Ring(flow).presses("1").presses("1234")
    assert call.state.sensitive == {"card", "both"}
    assert call.forgets().resumes().said == ["Card?"]
