"""Connecting the caller to others: who rings, who hears what in private, and who has the call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ivr.phone.answers import Answer, parse_answer
from ivr.phone.events import CalleeTold, EndedBy
from ivr.phone.network import Reply
from ivr.phone.recording import Recording
from ivr.phone.telephone import Telephone
from tests.phone.lines import HANG_UP, FakeNetwork, ring
from tests.virtual import pass_time

ONE, TWO = "+13125550001", "+13125550002"
WHISPER = (
    '<Response><Gather numDigits="1" timeout="4" action="/took"><Say>Press 1 to take it.</Say>'
    "</Gather><Hangup/></Response>"
)
NEWS = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'


def dialling(inside: str, attributes: str = "") -> dict[str, str]:
    """A line that dials these, with a whisper anybody may use."""
    return {
        "/voice": f'<Response><Dial action="/dialled" {attributes}>{inside}</Dial></Response>',
        "/dialled": HANG_UP,
        "/whisper": WHISPER,
        "/took": "<Response/>",
        "/leg": "",
    }


def answering(**answers: str) -> Callable[[str], Answer]:
    """``one="busy"``: by the names above."""
    numbers = {"one": ONE, "two": TWO}
    given = {numbers.get(name, name): parse_answer(text) for name, text in answers.items()}
    return lambda address: given[address]


def told(recording: Recording) -> list[str]:
    """What callees heard and did, each with the end of their number."""
    return [f"{e.address[-1]} {e.text}" for e in recording.events if isinstance(e, CalleeTold)]


def dialled(network: FakeNetwork) -> tuple[str, str]:
    (fields,) = network.fields("/dialled")
    return fields["DialCallStatus"], fields["DialBridged"]


def test_who_presses_the_key_in_a_whisper_has_the_call_and_the_caller_heard_it_ring() -> None:
    network = FakeNetwork(dialling(f'<Number url="/whisper">{ONE}</Number>'))
    recording = ring(network, answers=answering(one="accepted 5s key 4"))
    assert dialled(network) == ("completed", "true")
    assert told(recording) == [
        "1 picks up",
        "1 hears: Twilio's voice says: Press 1 to take it.",
        "1 presses 4",
        "1 is connected",
    ]
    (asked,), (took,) = network.fields("/whisper"), network.fields("/took")
    parent = network.fields("/voice")[0]["CallSid"]
    assert asked["ParentCallSid"] == took["ParentCallSid"] == parent
    assert asked["CallSid"] == took["CallSid"] == network.fields("/dialled")[0]["DialCallSid"]
    assert (asked["To"], asked["Direction"]) == (ONE, "outbound-dial")
    assert (asked["CallStatus"], took["Digits"]) == ("in-progress", "4")
    # 1 s of ringing, 1.9 s of whisper, half a second of thought: the caller heard only ringing.
    assert 3_300 <= len(recording.line.audio) / 8 <= 3_500
    assert recording.faults == []


@pytest.mark.parametrize(
    ("answer", "status", "last"),
    [("machine", "no-answer", "1 is hung up on"), ("refused", "completed", "1 hangs up")],
)
def test_a_machine_and_somebody_who_hangs_up_in_the_whisper_are_never_connected(
    answer: str, status: str, last: str
) -> None:
    network = FakeNetwork(dialling(f'<Number url="/whisper">{ONE}</Number>'))
    recording = ring(network, answers=answering(one=answer))
    assert dialled(network) == (status, "false")
    assert told(recording)[-1] == last
    assert network.fields("/took") == []


def test_without_a_whisper_a_machine_swallows_the_call() -> None:
    network = FakeNetwork(dialling(f"<Number>{ONE}</Number>"))
    ring(network, answers=answering(one="machine"))
    assert dialled(network) == ("completed", "true")


def test_of_several_the_first_to_take_the_call_has_it_and_the_others_ring_no_more() -> None:
    inside = f'<Number url="/whisper" {NEWS}>{ONE}</Number><Number {NEWS}>{TWO}</Number>'
    network = FakeNetwork(dialling(inside))
    ring(network, answers=answering(one="machine after 0.5s", two="answered 5s after 2s"))
    assert dialled(network) == ("completed", "true")
    legs = {ONE: [], TWO: []}  # type: dict[str, list[str]]
    for fields in network.fields("/leg"):
        assert fields["ParentCallSid"] == network.fields("/voice")[0]["CallSid"]
        legs[fields["To"]].append(fields["CallStatus"])
    assert legs[ONE] == ["initiated", "ringing", "in-progress", "canceled"]
    assert legs[TWO] == ["initiated", "ringing", "in-progress", "completed"]
    (winner,) = {f["CallSid"] for f in network.fields("/leg") if f["To"] == TWO}
    assert network.fields("/dialled")[0]["DialCallSid"] == winner


@pytest.mark.parametrize(
    ("one", "two", "status"),
    [
        ("busy", "no_answer", "no-answer"),
        ("failed", "busy", "busy"),
        ("failed", "failed", "failed"),
    ],
)
def test_when_nobody_takes_it_the_most_hopeful_refusal_is_told(
    one: str, two: str, status: str
) -> None:
    network = FakeNetwork(dialling(f"<Number>{ONE}</Number><Number>{TWO}</Number>"))
    recording = ring(network, answers=answering(one=one, two=two))
    assert dialled(network) == (status, "false")
    assert len(told(recording)) == 2, "each is told of"


def test_one_after_the_other_each_has_the_whole_ring() -> None:
    inside = f"<Number>{ONE}</Number><Number>{TWO}</Number>"
    network = FakeNetwork(dialling(inside, 'sequential="true"'))
    recording = ring(network, answers=answering(one="no_answer", two="answered 1s"))
    assert dialled(network) == ("completed", "true")
    assert recording.legs[0][1].at_ms == 2_000 + 1_000 + 1_000


def test_who_rings_longer_than_the_timeout_did_not_answer() -> None:
    network = FakeNetwork(dialling(f"<Number>{ONE}</Number>", 'timeout="5"'))
    recording = ring(network, answers=answering(one="answered after 6s"))
    assert dialled(network) == ("no-answer", "false")
    assert recording.legs[0][1].at_ms == 5_000


def test_a_talk_ends_at_its_limit() -> None:
    network = FakeNetwork(dialling(f"<Number>{ONE}</Number>", 'timeLimit="60"'))
    recording = ring(network, answers=answering(one="answered 600s"))
    assert network.fields("/dialled")[0]["DialCallDuration"] == "60"
    assert told(recording) == ["1 is hung up on: the time is over"]


def test_a_caller_who_gives_up_has_the_call_completed_and_the_callee_canceled() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(2)
        phone.hang_up()

    network = FakeNetwork(dialling(f"<Number {NEWS}>{ONE}</Number>"))
    recording = ring(network, hands, answers=answering(one="answered after 9s"))
    (fields,) = network.fields("/dialled")
    assert (fields["DialCallStatus"], fields["CallStatus"]) == ("canceled", "completed")
    assert network.fields("/leg")[-1]["CallStatus"] == "canceled"
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.CALLER


def test_an_answer_on_the_bridge_leaves_the_call_ringing_until_then() -> None:
    network = FakeNetwork(
        dialling(f'<Number url="/whisper">{ONE}</Number>', 'answerOnBridge="true"')
    )
    network.pages["/voice"] = ["<Response><Redirect>/dial</Redirect></Response>"]
    page = dialling(f"<Number>{ONE}</Number>", 'answerOnBridge="true"')["/voice"]
    network.pages["/dial"] = [page]
    network.pages["/dialled"] = ["<Response><Reject/></Response>"]
    recording = ring(network, answers=answering(one="busy"))
    assert network.fields("/dialled")[0]["CallStatus"] == "ringing"
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.REJECTED
    assert recording.faults == []


def test_what_a_whisper_may_not_hold_is_a_fault() -> None:
    pages = dialling(f'<Number url="/whisper">{ONE}</Number>')
    pages["/whisper"] = "<Response><Dial>+13125550009</Dial><Leave/></Response>"
    network = FakeNetwork(pages)
    recording = ring(network, answers=answering(one="answered"))
    assert [fault.text for fault in recording.faults] == [
        "<Dial> in a whisper",
        "<Leave> in a whisper",
    ]
    assert dialled(network) == ("completed", "true")


def test_a_whisper_that_cannot_be_had_costs_the_leg() -> None:
    pages: dict[str, str | Reply] = {**dialling(f'<Number url="/whisper">{ONE}</Number>')}
    pages["/whisper"] = Reply(200, "text/html", b"<html/>")
    network = FakeNetwork(pages)
    recording = ring(network, answers=answering(one="answered"))
    assert dialled(network) == ("failed", "false")
    assert [fault.code for fault in recording.faults] == [12300]


def test_a_conference_is_waited_for_with_what_the_server_plays() -> None:
    pages = dialling('<Conference waitUrl="/wait">room7</Conference>')
    pages["/wait"] = "<Response><Say>Somebody is coming.</Say></Response>"
    network = FakeNetwork(pages)
    answers = {"conference room7": parse_answer("answered 4s after 3s")}
    recording = ring(network, answers=lambda address: answers[address])
    assert dialled(network) == ("answered", "true")
    assert len(network.fields("/wait")) == 3
    assert recording.faults == []


def test_the_first_of_a_queue_is_dialled_too() -> None:
    network = FakeNetwork(dialling("<Queue>sales</Queue>"))
    ring(network, answers=lambda address: {"queue sales": parse_answer("no_answer")}[address])
    assert dialled(network) == ("no-answer", "false")


@pytest.mark.parametrize("at_ms", range(200, 8_000, 450))
def test_hanging_up_at_any_moment_of_a_dial_leaves_nothing(at_ms: int) -> None:
    """``run`` raises if a task is left."""

    async def hands(phone: Telephone) -> None:
        await pass_time(at_ms / 1000)
        phone.hang_up()

    inside = f'<Number url="/whisper" {NEWS}>{ONE}</Number><Number {NEWS}>{TWO}</Number>'
    network = FakeNetwork(dialling(inside))
    recording = ring(network, hands, answers=answering(one="accepted 9s", two="busy after 4s"))
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.CALLER
    assert len(network.fields("/dialled")) == 1
