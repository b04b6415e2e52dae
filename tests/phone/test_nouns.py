"""The verbs with something inside them: whom a dial rings, what a gather waits for."""

from __future__ import annotations

import pytest

from ivr.phone.verbs import (
    Dial,
    Enqueue,
    FirstOf,
    Gather,
    News,
    Number,
    Pause,
    Play,
    PlayKeys,
    Refer,
    Room,
    Say,
    Verb,
)
from tests.phone.documents import parsed, verb


def test_dial_has_its_numbers_and_twilios_defaults() -> None:
    assert verb("<Dial>+13125550123</Dial>") == Dial(
        (Number("+13125550123"),), None, "POST", 30, 14_400, hangup_on_star=False, caller_id=None
    )
    assert verb(
        '<Dial action="dialled" timeout="25" timeLimit="600" hangupOnStar="true" sequential="true" '
        'callerId="+13125550100" answerOnBridge="true" ringTone="us" record="record-from-answer">'
        '<Number url="/whisper" sendDigits="ww12" statusCallback="/leg" '
        'statusCallbackEvent="answered completed">+13125550123</Number>'
        "<Sip>sip:desk@pbx.test</Sip><Client>ann</Client></Dial>"
    ) == Dial(
        (
            Number(
                "+13125550123",
                whisper="https://line.test/whisper",
                keys="ww12",
                news=News("https://line.test/leg", "POST", ("answered", "completed")),
            ),
            Number("sip:desk@pbx.test"),
            Number("client:ann"),
        ),
        "https://line.test/twilio/dialled",
        "POST",
        25,
        600,
        hangup_on_star=True,
        caller_id="+13125550100",
        answer_on_bridge=True,
        ring_tone="us",
        sequential=True,
        record=True,
    )


def test_dial_has_a_conference_or_a_queue() -> None:
    room = verb('<Dial><Conference waitUrl="/wait" beep="false">room7</Conference></Dial>')
    assert isinstance(room, Dial)
    assert room.nouns == (Room("room7", "https://line.test/wait", "POST"),)
    silent = verb('<Dial><Conference waitUrl="">room7</Conference></Dial>')
    assert isinstance(silent, Dial)
    assert silent.nouns == (Room("room7", "", "POST"),)
    queue = verb("<Dial><Queue>sales</Queue></Dial>")
    assert isinstance(queue, Dial)
    assert queue.nouns == (FirstOf("sales"),)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<Say language="en-US" voice="alice">Sorry.</Say>', Say("Sorry.")),
        ("<Pause/>", Pause(1)),
        ('<Pause length="3"/>', Pause(3)),
        ("<Say>It is <break/>late.</Say>", Say("It is late.")),
        ("<Play>https://line.test/a.wav</Play>", Play("https://line.test/a.wav")),
        ('<Play loop="0">/a.wav</Play>', Play("https://line.test/a.wav", 0)),
        ('<Play digits="ww12"/>', PlayKeys("ww12")),
        (
            '<Enqueue action="/q" waitUrl="/wait" maxQueueSize="20">sales</Enqueue>',
            Enqueue("sales", "https://line.test/q", "POST", "https://line.test/wait", "POST", 20),
        ),
        (
            "<Refer action='/r'><Sip>sip:ann@pbx.test</Sip></Refer>",
            Refer("sip:ann@pbx.test", "https://line.test/r", "POST"),
        ),
        (
            '<Gather numDigits="1" timeout="8" action="/key"><Say>Press 1.</Say><Pause/></Gather>',
            Gather(
                (Say("Press 1."), Pause(1)),
                action="https://line.test/key",
                method="POST",
                timeout_s=8,
                finish_on="#",
                digits=1,
                on_empty=False,
            ),
        ),
    ],
)
def test_what_they_hold_is_read(inside: str, expected: Verb) -> None:
    assert verb(inside) == expected


@pytest.mark.parametrize(
    ("inside", "code", "part"),
    [
        ("<Dial/>", 13223, "nobody"),
        ("<Dial>3125550123</Dial>", 13223, "'3125550123'"),
        ("<Dial><Number>front_desk</Number></Dial>", 13223, "front_desk"),
        ("<Dial>+13125550123<Conference>a</Conference></Dial>", 12200, "stands alone"),
        ("<Dial><Queue>a</Queue><Number>+13125550123</Number></Dial>", 12200, "stands alone"),
        ("<Dial>+13125550123<Room>a</Room></Dial>", 12200, "<Room>"),
        ("<Dial><Sip>front desk</Sip></Dial>", 13243, "no sip:"),
        ("<Dial><Client>a b</Client></Dial>", 12200, "'a b'"),
        ('<Dial ringTone="/music.wav">+13125550123</Dial>', 13220, "/music.wav"),
        ('<Dial timeout="601">+13125550123</Dial>', 12200, "'601'"),
        ('<Dial><Number sendDigits="1-2">+13125550123</Number></Dial>', 12200, "1-2"),
        (
            '<Dial><Number statusCallback="/s" statusCallbackEvent="ended">+13125550123</Number>'
            "</Dial>",
            12200,
            "'ended'",
        ),
        (f"<Enqueue>{'q' * 65}</Enqueue>", 12200, "65 letters"),
        ("<Refer><Number>+13125550123</Number></Refer>", 12200, "<Number>"),
        ("<Gather><Dial>+13125550123</Dial></Gather>", 12200, "<Dial>"),
        ('<Gather finishOnKey="12"/>', 12200, "'12'"),
        ('<Gather input="speech"/>', 12200, "speech"),
        ("<Say>a<Hangup/></Say>", 12200, "<Hangup>"),
        (f"<Say>{'a' * 4097}</Say>", 13520, "4097 letters"),
        ("<Redirect>/a<Pause/></Redirect>", 12200, "<Pause>"),
        ('<Leave now="yes"/>', 12200, "'now'"),
        ('<Dial timeout="25s">+13125550123</Dial>', 12200, "25s"),
        ('<Dial timeout="0">+13125550123</Dial>', 12200, "'0'"),
        ('<Dial callerId="">+13125550123</Dial>', 13214, "callerId"),
        ('<Dial hangupOnStar="yes">+13125550123</Dial>', 12200, "yes"),
        ('<Dial record="do-not-record" ring="5">+13125550123</Dial>', 12200, "'ring'"),
    ],
)
def test_what_twilio_warns_about_is_told(inside: str, code: int, part: str) -> None:
    (fault,) = parsed(inside).faults
    assert (fault.code, fault.at_ms) == (code, 7.0)
    assert part in fault.text


def test_more_numbers_than_ring_at_once_are_told() -> None:
    many = "".join(f"<Number>+1312555{n:04}</Number>" for n in range(11))
    document = parsed(f"<Dial>{many}</Dial>")
    assert [fault.code for fault in document.faults] == [12200]
