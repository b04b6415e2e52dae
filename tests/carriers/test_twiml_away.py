"""The documents of leaving and of what is heard meanwhile, against what Twilio documents."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.carriers import twiml, twiml_away
from ivr.carriers.twiml_away import BadDocument, Play, Say

BACK = "https://ivr.example.com/twilio/after/1"
ASKED = "https://ivr.example.com/twilio/whisper/x"

# What there is, by reference/twilio.md 1.1, 4.2, 4.3 and 4.6: attributes, and what may be inside.
_CALLBACKS = {"statusCallback", "statusCallbackEvent", "statusCallbackMethod"}
ATTRIBUTES: Mapping[str, set[str]] = {
    "Response": set(),
    "Connect": {"action", "method"},
    "Stream": {"url", "name", "track", "statusCallback", "statusCallbackMethod"},
    "Parameter": {"name", "value"},
    "Dial": {
        *("action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record", "trim"),
        *("recordingStatusCallback", "answerOnBridge", "ringTone", "recordingTrack", "sequential"),
    },
    "Number": {"sendDigits", "url", "method", "byoc", "machineDetection", *_CALLBACKS},
    "Dial/Sip": {"username", "password", "url", "method", *_CALLBACKS},
    "Client": {"url", "method", *_CALLBACKS},
    "Conference": {"muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl"},
    "Refer": {"action", "method"},
    "Refer/Sip": set(),
    "Enqueue": {"action", "method", "maxQueueSize", "waitUrl", "waitUrlMethod", "workflowSid"},
    "Leave": set(),
    "Gather": {"input", "action", "method", "timeout", "finishOnKey", "numDigits", "language"},
    "Say": {"voice", "loop", "language"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
}
INSIDE: Mapping[str, set[str]] = {
    "Connect": {"Stream"},
    "Stream": {"Parameter"},
    "Dial": {"Number", "Sip", "Client", "Conference"},
    "Refer": {"Sip"},
    "Gather": {"Say", "Play", "Pause"},
    "Response": {
        *("Connect", "Dial", "Refer", "Enqueue", "Leave", "Gather", "Say", "Play", "Pause"),
        *("Redirect", "Hangup", "Reject"),
    },
}
HEARD = (Play("https://ivr.example.com/twilio/sound/x.wav"), Say("Call for <you> & me.", "en-US"))

EVERY = {
    "connect": twiml.connect("wss://h/media/x", after_url=BACK, status_url=BACK),
    "hang up": twiml.hang_up(),
    "last words": twiml.last_words("Sorry.", "en-US", "+13125550123"),
    "reject": twiml.reject("busy"),
    "number": twiml_away.dial(["+15551230000"], action_url=BACK, timeout_s=25),
    "all of it": twiml_away.dial(
        ["+15551230000", "sip:desk@pbx.example", "client:ana_1"],
        action_url=BACK,
        timeout_s=25,
        caller_id="+15550001111",
        time_limit_s=600,
        whisper_url=ASKED,
        record=True,
    ),
    "conference": twiml_away.dial(["conference:room"], action_url=BACK, timeout_s=25),
    "refer": twiml_away.refer("sip:desk@pbx.example", action_url=BACK),
    "queue": twiml_away.enqueue("agents", action_url=BACK, wait_url=ASKED),
    "waiting": twiml_away.waiting(HEARD, again_url=ASKED),
    "leave": twiml_away.leave_queue(),
    "whisper": twiml_away.whisper(HEARD),
    "screening": twiml_away.whisper(HEARD, accept_url=ASKED),
    "taken": twiml_away.go_ahead(),
}


def verbs(document: str) -> list[ET.Element]:
    root = ET.fromstring(document)
    assert root.tag == "Response"
    return list(root)


@pytest.mark.parametrize("name", EVERY)
def test_every_document_has_only_what_twilio_knows(name: str) -> None:
    def check(element: ET.Element, parent: str) -> None:
        kind = element.tag if element.tag != "Sip" else f"{parent}/Sip"
        assert set(element.attrib) <= ATTRIBUTES[kind], ET.tostring(element)
        for child in element:
            assert child.tag in INSIDE[element.tag], ET.tostring(element)
            check(child, element.tag)

    check(ET.fromstring(EVERY[name]), "")
    assert len(EVERY[name].encode()) < 64_000
    assert EVERY[name].startswith('<?xml version="1.0" encoding="UTF-8"?>')


def test_dialling_tells_us_how_it_ended() -> None:
    (dial,) = verbs(EVERY["all of it"])
    assert dial.attrib == {
        "action": BACK,
        "method": "POST",
        "timeout": "25",
        "hangupOnStar": "true",
        "callerId": "+15550001111",
        "timeLimit": "600",
        "record": "record-from-answer-dual",
        "answerOnBridge": "true",
    }
    asked = {"url": ASKED, "method": "POST"}
    assert [(noun.tag, noun.text, noun.attrib) for noun in dial] == [
        ("Number", "+15551230000", asked),
        ("Sip", "sip:desk@pbx.example", asked),
        ("Client", "ana_1", asked),
    ]


def test_a_plain_transfer_says_nothing_of_what_was_not_asked_for() -> None:
    (dial,) = verbs(EVERY["number"])
    assert set(dial.attrib) == {"action", "method", "timeout", "hangupOnStar", "answerOnBridge"}
    assert [(noun.tag, noun.attrib) for noun in dial] == [("Number", {})]


def test_ten_ring_at_once_and_eleven_are_a_fault_of_ours() -> None:
    ten = [f"+1555123000{n}" for n in range(10)]
    assert len(verbs(twiml_away.dial(ten, action_url=BACK, timeout_s=5))[0]) == 10
    with pytest.raises(AssertionError):
        twiml_away.dial([*ten, "+15551230010"], action_url=BACK, timeout_s=5)


def test_times_twilio_would_refuse_are_the_longest_it_takes() -> None:
    document = twiml_away.dial(["+1555"], action_url=BACK, timeout_s=9_999, time_limit_s=99_999)
    (dial,) = verbs(document)
    assert (dial.attrib["timeout"], dial.attrib["timeLimit"]) == ("600", "14400")


@pytest.mark.parametrize(
    ("address", "uri"),
    [("sip:desk@pbx.example", "sip:desk@pbx.example"), ("+15551230000", "tel:+15551230000")],
)
def test_handing_over_for_good_is_a_refer(address: str, uri: str) -> None:
    (verb,) = verbs(twiml_away.refer(address, action_url=BACK))
    assert (verb.tag, verb.attrib) == ("Refer", {"action": BACK, "method": "POST"})
    assert [(noun.tag, noun.text) for noun in verb] == [("Sip", uri)]


def test_a_queue_comes_back_by_its_action_or_by_the_verb_behind_it() -> None:
    queue, redirect = verbs(EVERY["queue"])
    assert (queue.text, queue.attrib["action"], queue.attrib["waitUrl"]) == ("agents", BACK, ASKED)
    assert (redirect.tag, redirect.text) == ("Redirect", BACK)


def test_who_waits_hears_something_and_is_asked_about_again() -> None:
    play, say, redirect = verbs(EVERY["waiting"])
    assert (play.tag, say.tag, say.text) == ("Play", "Say", "Call for <you> & me.")
    assert (redirect.tag, redirect.text) == ("Redirect", ASKED)


def test_who_presses_no_key_to_take_a_call_is_hung_up_on() -> None:
    gather, hang_up = verbs(EVERY["screening"])
    assert (gather.attrib["numDigits"], gather.attrib["action"]) == ("1", ASKED)
    assert [each.tag for each in gather] == ["Play", "Say"]
    assert hang_up.tag == "Hangup"
    assert verbs(EVERY["taken"]) == [], "an empty answer connects them"


def filled(text: str, **secrets: str) -> list[ET.Element]:
    return verbs(twiml_away.of_author(text, back_url=BACK, secret=secrets.get))


def test_an_authors_document_comes_back_when_it_is_done() -> None:
    say, redirect = filled("<Response><Say>Hello.</Say></Response>")
    assert (say.text, redirect.tag, redirect.text) == ("Hello.", "Redirect", BACK)


def test_verbs_that_would_ask_for_their_own_document_again_ask_us_what_is_next() -> None:
    document = '<Response><Record/><Gather action="/own"/><Dial>+1555</Dial><Say/></Response>'
    record, gather, dial, _, _ = filled(document)
    assert record.attrib == {"action": BACK}
    assert gather.attrib == {"action": "/own"}
    assert dial.attrib == {}, "behind this the next verb goes on"


def test_a_document_that_ends_with_a_call_to_somebody_tells_how_that_went() -> None:
    dial, redirect = filled("<Response><Dial>+1555</Dial></Response>")
    assert (dial.attrib, redirect.text) == ({"action": BACK}, BACK)
    dial, _ = filled('<Response><Dial action="/own">+1555</Dial></Response>')
    assert dial.attrib == {"action": "/own"}


def test_secrets_are_put_in_where_they_stand_and_can_be_nothing_but_text() -> None:
    secret = "<Hangup/>&\"'"
    document = '<Response><Sip password="\x01secret:key\x01">\x01secret:key\x01</Sip></Response>'
    sip, _ = filled(document, key=secret)
    assert (sip.attrib["password"], sip.text) == (secret, secret)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("<Response><Say>x</Response>", "it is no XML"),
        ("<Say>x</Say>", "its root is <Say>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>', "a document type"),
        ("<Response>\x01secret:lost\x01</Response>", "no secret “lost”"),
        ("<Response><Say>" + "é" * 40_000 + "</Say></Response>", "longer than"),
    ],
)
def test_a_document_twilio_could_not_read_is_not_sent(document: str, why: str) -> None:
    with pytest.raises(BadDocument, match=why) as caught:
        filled(document, key="hunter2")
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_and_any_text_can_be_written(name: str, text: str) -> None:
    for document in (
        twiml_away.enqueue(name, action_url=BACK, wait_url=ASKED),
        twiml_away.whisper([Say(text, "en-US")], accept_url=ASKED),
        twiml_away.dial([f"client:{name}"], action_url=BACK, timeout_s=5),
    ):
        document.encode("utf-8")
        verbs(document)
