"""Decisions in Twilio's words."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from ivr.calls.kept import Apologise, Busy, Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.carriers.twiml_away import BadDocument
from ivr.flow.messages import JoinQueue, RunTwiml, Target, Transfer, Words, secret_marker
from ivr.server.addresses import Addresses, Wait, Whisper
from ivr.server.gate import Address
from ivr.server.wording import Wording
from ivr.settings import Settings

LINE = Address("https://ivr.example.com")
ADDRESSES = Addresses(Settings(twilio_tokens=("a-token",)))
DESK = Transfer("desk", "+15551230000", 25_400, "+15550001111", 61_000, "operator")
QUEUE = JoinQueue("agents", None, 90_000, "wait")
DOCUMENT = RunTwiml(f"<Response><Say>{secret_marker('room')}</Say></Response>", "script")


def said(decision: Decision) -> list[ET.Element]:
    wording = Wording(ADDRESSES, {"room": "12"}.get)
    return list(ET.fromstring(wording.twiml(decision, "CA1", LINE)))


@pytest.mark.parametrize(
    ("decision", "tags"),
    [
        (Connect("x"), ["Connect", "Redirect"]),
        (Dial(DESK), ["Dial"]),
        (Dial(replace(DESK, blind=True)), ["Refer"]),
        (Enqueue(QUEUE, 1, "en-US", "v"), ["Enqueue", "Redirect"]),
        (Perform(DOCUMENT), ["Say", "Redirect"]),
        (Apologise("es-US"), ["Say", "Hangup"]),
        (Apologise(None, "Sorry.", "+1555", heard=True), ["Dial", "Hangup"]),
        (Busy(), ["Reject"]),
        (Over(), ["Hangup"]),
    ],
)
def test_every_decision_has_its_verbs(decision: Decision, tags: list[str]) -> None:
    assert [verb.tag for verb in said(decision)] == tags


def test_a_transfer_has_all_it_was_asked_for() -> None:
    others = (Target("night", "sip:n@pbx.example"),)
    told = (Words("Hello.", "en-US", "v", True),)
    (dial,) = said(Dial(replace(DESK, together=others, whisper=told, accept="5"), 7))
    assert dial.attrib["action"] == "https://ivr.example.com/twilio/after/7"
    assert (dial.attrib["timeout"], dial.attrib["timeLimit"]) == ("26", "61")
    assert dial.attrib["callerId"] == "+15550001111"
    number, sip = dial
    assert number.attrib["url"] == sip.attrib["url"]
    path, _, token = number.attrib["url"].rpartition("/")
    assert path == "https://ivr.example.com/twilio/whisper"
    assert ADDRESSES.read(Whisper, token) == Whisper("CA1", 7, "5")


def test_who_is_not_told_anything_is_not_asked_either() -> None:
    assert "url" not in said(Dial(DESK))[0][0].attrib


def test_a_queue_knows_where_it_comes_back_and_how_long_anybody_waits() -> None:
    queue, behind = said(Enqueue(QUEUE, 3, "es-US", "v"))
    assert queue.attrib["action"] == behind.text == "https://ivr.example.com/twilio/after/3"
    token = queue.attrib["waitUrl"].rpartition("/")[2]
    assert ADDRESSES.read(Wait, token) == Wait(0, 90_000, None, "es-US", "v")


def test_a_document_gets_its_secrets_or_is_not_sent() -> None:
    say, back = said(Perform(DOCUMENT, 2))
    assert (say.text, back.text) == ("12", "https://ivr.example.com/twilio/after/2")
    with pytest.raises(BadDocument, match="no secret “lost”"):
        said(Perform(RunTwiml(f"<Response>{secret_marker('lost')}</Response>", "script")))
