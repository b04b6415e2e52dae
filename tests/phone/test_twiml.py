"""TwiML as Twilio takes it: what it obeys, what it warns about, what it cannot use at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.phone import twiml
from ivr.phone.verbs import Connect, Hangup, Leave, Pause, Redirect, Reject, Say, Untold, Verb
from tests.phone.documents import BASE, parsed, verb


def test_connect_has_its_stream_with_parameters_and_absolute_addresses() -> None:
    assert verb(
        '<Connect action="/twilio/after" method="GET">'
        '<Stream url="wss://line.test/media/x" name="main" statusCallback="/status">'
        '<Parameter name="flow" value="clinic"/><Parameter name="empty" value=""/>'
        "</Stream></Connect>"
    ) == Connect(
        url="wss://line.test/media/x",
        parameters={"flow": "clinic", "empty": ""},
        action="https://line.test/twilio/after",
        method="GET",
        name="main",
        status_callback="https://line.test/status",
        status_method="POST",
    )


@pytest.mark.parametrize(
    ("written", "base", "absolute"),
    [
        ("/media/x", BASE, "wss://line.test/media/x"),
        ("media/x", BASE, "wss://line.test/twilio/media/x"),
        ("//other.test/x", BASE, "wss://other.test/x"),
        ("/media/x", "http://127.0.0.1:8000/voice", "ws://127.0.0.1:8000/media/x"),
        ("ws://line.test/x", BASE, "ws://line.test/x"),
        ("https://line.test/x", BASE, "https://line.test/x"),
    ],
)
def test_a_stream_address_becomes_absolute_and_keeps_the_scheme_it_was_given(
    written: str, base: str, absolute: str
) -> None:
    stream = verb(f'<Connect><Stream url="{written}"/></Connect>', base)
    assert isinstance(stream, Connect)
    assert stream.url == absolute


def test_the_query_of_a_stream_address_is_dropped_and_told() -> None:
    document = parsed('<Connect><Stream url="wss://line.test/x?token=1"/></Connect>')
    assert document.verbs is not None
    assert isinstance(document.verbs[0], Connect)
    assert document.verbs[0].url == "wss://line.test/x"
    (fault,) = document.faults
    assert "drops the query" in fault.text


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<Redirect method="POST">/after</Redirect>', Redirect("https://line.test/after", "POST")),
        ("<Hangup/>", Hangup()),
        ("<Reject/>", Reject("rejected")),
        ('<Reject reason="busy"/>', Reject("busy")),
        ("<Leave/>", Leave()),
        ('<Record maxLength="9" nonsense="x"/>', Untold("Record")),
    ],
)
def test_the_other_verbs(inside: str, expected: Verb) -> None:
    assert verb(inside) == expected


def test_verbs_come_in_order_and_an_empty_response_has_none() -> None:
    document = parsed("<Say>a</Say><Pause/><Hangup/>")
    assert document.verbs is not None
    assert [type(each) for each in document.verbs] == [Say, Pause, Hangup]
    assert parsed("").verbs == ()


@pytest.mark.parametrize(
    ("inside", "code", "part"),
    [
        ("<Speak>a</Speak>", 12200, "no verb <Speak>"),
        ("<hangup/>", 12200, "no verb <hangup>"),
        ('<Hangup now="yes"/>', 12200, "no attribute 'now'"),
        ('<Connect action="/a" timeout="3"><Stream url="/m"/></Connect>', 12200, "'timeout'"),
        ('<Connect><Stream url="/m" audioFormat="x"/></Connect>', 12200, "'audioFormat'"),
        ('<Connect><Stream url="/m" track="both_tracks"/></Connect>', 31941, "both_tracks"),
        ('<Connect method="PUT"><Stream url="/m"/></Connect>', 12200, "PUT"),
        ("<Connect><Stream/></Connect>", 12200, "without url"),
        ("<Connect/>", 12200, "holds nothing"),
        ("<Connect><Room>a</Room></Connect>", 12200, "holds Room"),
        ('<Connect><Stream url="/m"/><Stream url="/n"/></Connect>', 12200, "Stream, Stream"),
        ('<Connect><Stream url="/m"><P/></Stream></Connect>', 12200, "<P>"),
        ('<Connect><Stream url="/m"><Parameter value="a"/></Stream></Connect>', 12200, "name"),
        (
            f'<Connect><Stream url="/m"><Parameter name="a" value="{"x" * 499}"/></Stream>'
            "</Connect>",
            12200,
            "longer than Twilio carries",
        ),
        ("<Redirect/>", 12200, "without text"),
        ('<Reject reason="tired"/>', 12200, "tired"),
        ('<Pause length="-1"/>', 12200, "-1"),
        ("<Say></Say>", 12200, "without text"),
    ],
)
def test_what_twilio_warns_about_is_told(inside: str, code: int, part: str) -> None:
    document = parsed(inside)
    assert document.verbs is not None
    assert [fault.code for fault in document.faults] == [code]
    assert part in document.faults[0].text
    assert document.faults[0].at_ms == 7.0


def test_more_parameters_than_twilio_carries_are_told() -> None:
    many = "".join(f'<Parameter name="p{n}" value=""/>' for n in range(100))
    document = parsed(f'<Connect><Stream url="/m">{many}</Stream></Connect>')
    assert [fault.code for fault in document.faults] == [12200]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "text/xml", 11770),
        (b"  \n", "text/xml", 11770),
        (b"<Response>" + b" " * 64_000 + b"</Response>", "text/xml", 11750),
        (b"<Response/>", "text/html", 12300),
        (b"<Response/>", "", 12300),
        (b'{"a":1}', "application/json", 12300),
        (b"hello", "text/xml", 12100),
        (b"<Response>", "text/xml", 12100),
        (b"<Response/><Response/>", "text/xml", 12100),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "text/xml", 12100),
        (b'<?xml version="1.0" encoding="klingon"?><Response/>', "text/xml", 12100),
        (b"<response/>", "text/xml", 12102),
        (b"<html/>", "application/xml", 12102),
        (b"<Response>" + b"<Pause/>" * 101 + b"</Response>", "text/xml", 12200),
        (b"<Response><Redirect>http://[</Redirect></Response>", "text/xml", 12200),
    ],
)
def test_what_twilio_cannot_use_has_no_verbs_and_one_fault(
    body: bytes, content_type: str, code: int
) -> None:
    document = twiml.parse(body, content_type, BASE, 0)
    assert document.verbs is None
    assert [fault.code for fault in document.faults] == [code]


@given(st.binary(max_size=200))
def test_no_bytes_ever_raise(body: bytes) -> None:
    document = twiml.parse(body, "text/xml", BASE, 0)
    assert document.verbs is not None or document.faults


@given(st.text(max_size=30).filter(lambda t: not set(t) & set('<>&"')))
def test_no_address_ever_raises(url: str) -> None:
    parsed(
        f'<Connect action="{url}"><Stream url="{url}"/></Connect><Play>{url}</Play>'
        f'<Dial action="{url}"><Number url="{url}">{url}</Number></Dial><Redirect>{url}</Redirect>'
    )
