"""``sms``: a text message, in the caller's language, on its way while the flow goes on."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Noted, SendText
from ivr.flow.steps.sms import TEXT_MAX
from tests.flow.ring import Ring, problems_of

FLOW = """
    languages: {en-US: {}, es-US: {}}
    numbers: {desk: +13125550123}
    vars: {count: 3}
    steps:
      main:
        - say: I am sending it.
          sms: ${call.from}
          text:
            - en: "You have ${count} appointments."
              es: "Tiene ${count} citas."
            - en: See you.
              es: Nos vemos.
              if: count > 2
          failed: sorry
          goto: sent
      sent: {say: {en: Sent., es: Enviado.}, goto: hangup}
      sorry: {say: {en: Sorry., es: Perdón.}, goto: hangup}
"""


def test_the_message_is_sent_while_its_text_is_spoken() -> None:
    call = Ring(FLOW)
    assert call.said == ["I am sending it."]
    assert call.told(SendText) == [
        SendText(1, "+13125550177", "You have 3 appointments. See you.", "main")
    ]
    assert call.hears_all().said == []
    assert call.done().said == ["Sent."]


def test_it_is_in_the_language_of_the_call() -> None:
    [sent] = Ring(FLOW, language="es-US").told(SendText)
    assert sent.text == "Tiene 3 citas. Nos vemos."


def test_it_waits_for_earlier_notices() -> None:
    flow = FLOW.replace(
        "- say: I am", "- say: Notice.\n          interrupt: no\n        - say: I am"
    )
    call = Ring(flow)
    assert call.told(SendText) == []
    assert len(call.hears_one().told(SendText)) == 1


def test_a_number_that_is_withheld_cannot_be_written_to() -> None:
    call = Ring(FLOW, caller=None)
    assert call.told(SendText) == []
    assert call.said == ["I am sending it.", "Sorry."]


def test_a_named_number_and_a_written_one_can() -> None:
    for written in ("desk", "+13125550123"):
        [sent] = Ring(FLOW.replace("${call.from}", written)).told(SendText)
        assert sent.to == "+13125550123"


@pytest.mark.parametrize("outcome", ["failed", "waits"])
def test_what_cannot_be_sent_has_failed(outcome: str) -> None:
    call = Ring(FLOW).hears_all()
    if outcome == "waits":
        call.waits_ms(5_000)
    else:
        call.done("failed")
    assert call.said == ["Sorry."]


def test_a_failure_nobody_provides_for_is_no_reason_to_end_a_call() -> None:
    flow = FLOW.replace("failed: sorry", "note: none")
    assert Ring(flow).hears_all().done("failed").said == ["Sent."]
    assert Ring(flow, caller=None).said[-1] == "Sent."


def test_a_message_is_as_long_as_one_may_be() -> None:
    flow = FLOW.replace("See you.", "${name}").replace(
        "count: 3", f'count: 3, name: "{"x" * 3000}"'
    )
    [sent] = Ring(flow).told(SendText)
    assert len(sent.text) == TEXT_MAX


def test_a_sensitive_value_does_not_leave_in_a_message() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            say: PIN?
            ask: pin
            digits: 4
            sensitive: yes
            goto: send
          send:
            sms: ${call.from}
            text: "Your PIN is ${pin | reveal}."
            goto: hangup
    """).presses("7391")
    [sent] = call.told(SendText)
    assert sent.text == "Your PIN is ••••."


def test_neither_number_nor_text_is_written_down() -> None:
    call = Ring(FLOW)
    assert call.notes(Noted.ASKED_FOR) == ["sms"]
    assert "appointments" not in repr(call.commands[-2:])


def test_a_hang_up_does_not_stop_it() -> None:
    call = Ring(FLOW)
    assert all(sent.finish for sent in call.told(SendText))
    assert call.hangs_up().cancelled == []


@pytest.mark.parametrize("written", ["desk", "[a]\n    text: x", "12\n    text: x"])
def test_what_cannot_be_sent_is_told_to_the_author(written: str) -> None:
    flow = f"steps:\n  main:\n    sms: {written}\n    goto: hangup\n"
    assert {code for code, _, _ in problems_of(flow)} & {"S007", "T001"}
