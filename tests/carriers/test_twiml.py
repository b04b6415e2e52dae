"""The TwiML documents, read back with an XML parser."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.carriers import twiml

AFTER = "https://ivr.example.com/twilio/after"
STATUS = "https://ivr.example.com/twilio/stream-status"
STREAM = "wss://ivr.example.com/media/4f0c9d"


def verbs(document: str) -> list[ET.Element]:
    root = ET.fromstring(document)
    assert root.tag == "Response"
    return list(root)


def test_connecting_opens_the_stream_and_asks_us_afterwards() -> None:
    connect, redirect = verbs(
        twiml.connect(STREAM, after_url=AFTER, status_url=STATUS, parameters={"a": "b"})
    )
    assert (connect.tag, connect.attrib) == ("Connect", {"action": AFTER, "method": "POST"})
    (stream,) = connect
    assert stream.tag == "Stream"
    assert stream.attrib == {
        "url": STREAM,
        "statusCallback": STATUS,
        "statusCallbackMethod": "POST",
    }
    assert [(p.tag, p.attrib) for p in stream] == [("Parameter", {"name": "a", "value": "b"})]
    assert (redirect.tag, redirect.text, redirect.attrib) == ("Redirect", AFTER, {"method": "POST"})


def test_a_stream_that_never_came_about_is_caught_by_the_redirect_behind_it() -> None:
    assert verbs(twiml.connect(STREAM, after_url=AFTER))[-1].tag == "Redirect"


@pytest.mark.parametrize("url", [STREAM + "?call=CA1", STREAM + "?", STREAM + "#rc=2"])
def test_a_stream_url_never_has_a_query_because_twilio_drops_it(url: str) -> None:
    with pytest.raises(AssertionError):
        twiml.connect(url, after_url=AFTER)


def test_the_track_is_left_out_because_a_two_way_stream_takes_no_other() -> None:
    connect = verbs(twiml.connect(STREAM, after_url=AFTER))[0]
    assert connect[0].attrib == {"url": STREAM}


def test_a_parameter_that_twilio_would_refuse_is_never_written() -> None:
    twiml.connect(STREAM, after_url=AFTER, parameters={"n": "x" * 498})
    with pytest.raises(AssertionError):
        twiml.connect(STREAM, after_url=AFTER, parameters={"n": "x" * 499})


def test_hanging_up_is_one_verb() -> None:
    assert [v.tag for v in verbs(twiml.hang_up())] == ["Hangup"]


def test_an_apology_is_said_in_its_language_and_ends_the_call() -> None:
    say, hang_up = verbs(twiml.last_words("Lo sentimos.", "es-US"))
    assert (say.tag, say.text, say.attrib) == ("Say", "Lo sentimos.", {"language": "es-US"})
    assert hang_up.tag == "Hangup"
    assert verbs(twiml.last_words("Sorry."))[0].attrib == {}


def test_a_full_line_is_busy() -> None:
    (reject,) = verbs(twiml.reject("busy"))
    assert (reject.tag, reject.attrib) == ("Reject", {"reason": "busy"})


@given(st.text(max_size=200))
def test_any_text_can_be_said(text: str) -> None:
    document = twiml.last_words(text, "en-US")
    document.encode("utf-8")  # lone surrogates would be no XML
    said = verbs(document)[0].text or ""
    legal = "".join(c if c in "\t\n\r" or c >= " " else " " for c in text)
    expected = legal.replace("\r\n", "\n").replace("\r", "\n")  # as every XML parser reads it
    assert [a for a, b in zip(said, expected, strict=True) if a != b and a != " "] == []


def test_markup_in_a_text_stays_text() -> None:
    said = verbs(twiml.last_words('<Dial>+1900</Dial> & "more"'))
    assert [v.tag for v in said] == ["Say", "Hangup"]
    assert said[0].text == '<Dial>+1900</Dial> & "more"'


def test_a_text_too_long_for_twilio_is_cut() -> None:
    said = verbs(twiml.last_words("a" * 10_000))[0].text
    assert said is not None
    assert len(said) == twiml.SAY_CHARS_MAX


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=60), max_size=3))
def test_any_parameter_can_be_sent(parameters: dict[str, str]) -> None:
    stream = verbs(twiml.connect(STREAM, after_url=AFTER, parameters=parameters))[0][0]
    assert len(stream) == len(parameters)


def test_every_document_is_utf8_xml_far_below_twilios_64_kilobytes() -> None:
    document = twiml.last_words("é" * 4000)
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert len(document.encode()) < 64_000


def test_after_the_last_words_a_person_may_be_rung() -> None:
    say, dial, hang_up = verbs(twiml.last_words("Sorry.", "en-US", "+13125550123"))
    assert (say.tag, dial.tag, dial.text, hang_up.tag) == ("Say", "Dial", "+13125550123", "Hangup")
    assert "action" not in dial.attrib
    assert [verb.tag for verb in verbs(twiml.last_words(None, None, "+1312"))] == ["Dial", "Hangup"]
