"""``transfer``: to a person, and back with how it went."""

from __future__ import annotations

import pytest

from ivr.flow.messages import LegOutcome, Noted, Target, Transfer
from tests.flow.ring import Ring, problems_of

FLOW = """
    numbers: {desk: +13125550123, ours: +13125550100}
    steps:
      main:
        say: Please hold.
        transfer: desk
        ring: 20s
        caller_id: ours
        limit: 1h
        busy: engaged
        otherwise: nobody
      engaged: {say: Engaged., goto: hangup}
      nobody: {say: Nobody., goto: hangup}
"""


def test_the_text_before_a_transfer_is_heard_to_its_end() -> None:
    call = Ring(FLOW)
    assert call.said == ["Please hold."]
    assert call.transfer is None
    assert call.hears_all().transfer is not None


def test_the_transfer_says_whom_to_ring_and_for_how_long() -> None:
    transfer = Ring(FLOW).hears_all().transfer
    assert transfer is not None
    assert transfer.name == "desk"
    assert transfer.number == "+13125550123"
    assert transfer.ring_ms == 20_000
    assert transfer.caller_id == "+13125550100"
    assert transfer.limit_ms == 3_600_000


def test_it_rings_25_seconds_unless_told_otherwise() -> None:
    call = Ring("steps: {main: {transfer: +13125550123, otherwise: main}}")
    assert call.transfer is not None
    assert call.transfer.ring_ms == 25_000


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (LegOutcome.BUSY, "Engaged."),
        (LegOutcome.NO_ANSWER, "Nobody."),
        (LegOutcome.FAILED, "Nobody."),
    ],
)
def test_each_outcome_goes_where_it_is_told_or_otherwise(outcome: LegOutcome, text: str) -> None:
    assert Ring(FLOW).hears_all().leg(outcome).said == [text]


def test_a_talk_that_is_over_ends_the_call_unless_the_flow_goes_on() -> None:
    assert Ring(FLOW).hears_all().leg(LegOutcome.DONE).hung_up == "transferred"
    going_on = FLOW.replace("busy: engaged", "done: engaged")
    assert Ring(going_on).hears_all().leg(LegOutcome.DONE).said == ["Engaged."]


def test_an_outcome_nobody_thought_of_is_a_goodbye_and_a_warning() -> None:
    flow = "steps:\n  main:\n    transfer: +13125550123\n"
    assert problems_of(flow) == [("T002", 3, 15)]
    call = Ring(flow).leg(LegOutcome.BUSY)
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "not_connected"


def test_nothing_is_woken_while_the_caller_talks_to_somebody() -> None:
    assert Ring(FLOW).hears_all().state.deadline is None


# --------------------------------------------------------------------------- several targets

HUNT = """
    language: en-US
    numbers: {desk: +13125550123, night: +13125550124}
    steps:
      main:
        say: Please hold.
        transfer: [desk, "sip:agent@pbx.example", night]
        busy: engaged
        otherwise: nobody
      engaged: {say: Engaged., goto: hangup}
      nobody: {say: Nobody., goto: hangup}
"""


def rung(call: Ring) -> Transfer:
    assert call.transfer is not None, call.commands
    return call.transfer


def test_a_list_is_tried_in_order_without_a_word_in_between() -> None:
    call = Ring(HUNT).hears_all()
    assert (rung(call).name, rung(call).number) == ("desk", "+13125550123")
    call.leg(LegOutcome.BUSY)
    assert call.said == []
    assert (rung(call).name, rung(call).number) == ("sip:agent@pbx.example",) * 2
    assert rung(call.leg(LegOutcome.NO_ANSWER)).name == "night"


def test_what_a_list_comes_to_is_what_its_last_target_came_to() -> None:
    call = Ring(HUNT).hears_all().leg(LegOutcome.NO_ANSWER).leg(LegOutcome.FAILED)
    assert call.leg(LegOutcome.BUSY).said == ["Engaged."]
    call = Ring(HUNT).hears_all().leg(LegOutcome.BUSY).leg(LegOutcome.BUSY)
    assert call.leg(LegOutcome.NO_ANSWER).said == ["Nobody."]


def test_a_list_ends_where_somebody_answers() -> None:
    call = Ring(HUNT).hears_all().leg(LegOutcome.BUSY).leg(LegOutcome.DONE)
    assert call.transfer is None
    assert call.hung_up == "transferred"


def test_a_stream_that_breaks_while_one_is_rung_rings_the_next() -> None:
    assert rung(Ring(HUNT).hears_all().resumes()).name == "sip:agent@pbx.example"


def test_the_time_each_of_them_rang_does_not_count_against_the_call() -> None:
    call = Ring(HUNT).hears_all()
    for _ in range(3):
        call.now += 20_000
        call.leg(LegOutcome.NO_ANSWER)
    assert call.state.away_ms == 60_000


def test_all_may_be_rung_together_and_come_back_as_one() -> None:
    call = Ring(HUNT.replace("busy: engaged", "together: yes")).hears_all()
    assert rung(call).name == "desk"
    assert rung(call).together == (
        Target("sip:agent@pbx.example", "sip:agent@pbx.example"),
        Target("night", "+13125550124"),
    )
    assert call.leg(LegOutcome.BUSY).said == ["Nobody."]


@pytest.mark.parametrize("address", ["sip:a@b.example", "client:anna.b-1", "conference:room-7"])
def test_an_address_need_not_be_a_number(address: str) -> None:
    call = Ring(f"steps: {{main: {{transfer: '{address}', otherwise: main}}}}")
    assert (rung(call).name, rung(call).number) == (address, address)


def test_more_targets_than_can_be_rung_are_told_to_the_author() -> None:
    targets = ", ".join(f"+1312555{number:04}" for number in range(11))
    flow = f"steps:\n  main:\n    transfer: [{targets}]\n    otherwise: hangup\n"
    assert ("S007", 3, 15) in problems_of(flow)


def test_a_room_is_not_rung_together_with_others() -> None:
    flow = (
        "steps:\n  main:\n    transfer: ['conference:room', +13125550123]\n"
        "    together: yes\n    otherwise: hangup\n"
    )
    assert ("S007", 3, 15) in problems_of(flow)
    assert problems_of(flow.replace("    together: yes\n", "")) == []


# --------------------------------------------------------------------------- the other side

OPTIONS = """
    languages: {en-US: {}, es-US: {}}
    vars: {name: Ana}
    steps:
      main:
        transfer: +13125550123
        whisper: {en: "A call from ${name}.", es: "Llamada de ${name}."}
        accept: 1
        hold: audio/music.wav
        blind: yes
        record_talk: yes
        otherwise: main
"""


def test_whoever_answers_is_told_who_calls_and_may_have_to_accept() -> None:
    transfer = rung(Ring(OPTIONS))
    assert [words.text for words in transfer.whisper] == ["A call from Ana."]
    assert transfer.accept == "1"
    assert rung(Ring(OPTIONS, language="es-US")).whisper[0].text == "Llamada de Ana."


def test_the_rest_is_handed_on_as_it_is_written() -> None:
    transfer = rung(Ring(OPTIONS))
    assert (transfer.hold, transfer.blind, transfer.record) == ("audio/music.wav", True, True)
    plain = rung(Ring("steps: {main: {transfer: +13125550123, otherwise: main}}"))
    assert (plain.hold, plain.blind, plain.record, plain.accept) == (None, False, False, "")
    assert (plain.whisper, plain.together) == ((), ())


def test_a_whisper_that_cannot_be_computed_is_an_apology_and_nobody_is_rung() -> None:
    call = Ring(OPTIONS.replace("${name}", "${name - 1}"))
    assert call.transfer is None
    assert call.notes(Noted.TROUBLE)
    assert call.hears_all().hung_up == "trouble"


@pytest.mark.parametrize("key", ["star", "12", "[1]", "x"])
def test_a_call_is_accepted_with_one_digit(key: str) -> None:
    flow = (
        f"steps:\n  main:\n    transfer: +13125550123\n    accept: {key}\n    otherwise: hangup\n"
    )
    assert "S007" in [code for code, _, _ in problems_of(flow)]
