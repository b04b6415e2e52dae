"""Twilio's Media Streams messages: every shape of its documentation, and everything else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.carriers import twilio
from ivr.errors import BadMessage
from tests.conformance.check_carrier import Sample, check_carrier, check_that_the_border_is_total

STREAM = "MZ00000000000000000000000000000002"
CALL = "CA00000000000000000000000000000003"
ACCOUNT = "AC00000000000000000000000000000001"

# Copied from Twilio's "Media Streams - WebSocket messages", read 2026-11.
START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": ACCOUNT,
        "streamSid": STREAM,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"flow": "main", "token": "one-time-value"},
    },
    "streamSid": STREAM,
}
STARTED = twilio.Started(
    stream_sid=STREAM,
    call_sid=CALL,
    account_sid=ACCOUNT,
    parameters={"flow": "main", "token": "one-time-value"},
    encoding="audio/x-mulaw",
    sample_rate=8000,
    channels=1,
)
SAMPLES = {
    "connected": Sample(
        {"event": "connected", "protocol": "Call", "version": "1.0.0"}, twilio.Connected()
    ),
    "start": Sample(START, STARTED),
    "media": Sample(
        {
            "event": "media",
            "sequenceNumber": "4",
            "media": {
                "track": "inbound",
                "chunk": "3",
                "timestamp": "45",
                "payload": base64.b64encode(b"\xff" * 160).decode(),
            },
            "streamSid": STREAM,
        },
        twilio.Media(b"\xff" * 160, 45),
    ),
    "dtmf": Sample(
        {
            "event": "dtmf",
            "streamSid": STREAM,
            "sequenceNumber": "512",
            "dtmf": {"track": "inbound_track", "digit": "1"},
        },
        twilio.Digit("1"),
    ),
    "mark": Sample(
        {
            "event": "mark",
            "sequenceNumber": "77",
            "streamSid": STREAM,
            "mark": {"name": "g3:prompt-welcome:end"},
        },
        twilio.MarkEchoed("g3:prompt-welcome:end"),
    ),
    "stop": Sample(
        {
            "event": "stop",
            "sequenceNumber": "903",
            "stop": {"accountSid": ACCOUNT, "callSid": CALL},
            "streamSid": STREAM,
        },
        twilio.Stopped(),
    ),
    "an event of tomorrow": Sample(
        {"event": "speech", "media": "no object", "start": 5, "streamSid": 7},
        twilio.Unknown("speech"),
    ),
}

sids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def test_twilio_is_a_carrier_like_every_other() -> None:
    check_carrier(twilio, SAMPLES, equal=lambda a, b: bool(a == b))


def test_a_mark_without_its_inner_object_is_a_mark_without_a_name() -> None:
    # Seen on real lines: twilio-agent-connect-python, pull request 82.
    assert twilio.parse('{"event":"mark","streamSid":"MZ1"}') == twilio.MarkEchoed("")
    assert twilio.parse('{"event":"mark","mark":{}}') == twilio.MarkEchoed("")


def test_a_start_without_a_media_format_is_the_one_format_there_is() -> None:
    started = twilio.parse('{"event":"start","start":{"streamSid":"MZ1","callSid":"CA1"}}')
    assert started == twilio.Started("MZ1", "CA1", "", {}, "audio/x-mulaw", 8000, 1)


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_the_stream_may_be_named_inside_or_outside_the_start_object(where: str) -> None:
    start = {"callSid": CALL} | ({"streamSid": STREAM} if where == "inside" else {})
    message = {"event": "start", "start": start}
    if where == "outside":
        message["streamSid"] = STREAM
    started = twilio.parse(json.dumps(message))
    assert isinstance(started, twilio.Started)
    assert started.stream_sid == STREAM


@pytest.mark.parametrize(
    "change",
    [
        {"streamSid": "MZanother"},
        {"streamSid": 5},
        {"start": {**START["start"], "streamSid": ""}, "streamSid": 'MZ","media":{"payload":"'},
        {"start": {**START["start"], "streamSid": ""}, "streamSid": "M" * 65},
        {"start": {**START["start"], "streamSid": ""}, "streamSid": ""},
        {"start": {**START["start"], "callSid": None}},
        {"start": {**START["start"], "customParameters": ["no", "map"]}},
        {"start": {**START["start"], "mediaFormat": {"sampleRate": "fast"}}},
        {"start": {}},
    ],
)
def test_a_start_that_names_no_one_stream_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        twilio.parse(json.dumps(START | change))


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_every_key_of_a_telephone_is_read(key: str) -> None:
    assert twilio.parse(json.dumps({"event": "dtmf", "dtmf": {"digit": key}})) == twilio.Digit(key)


def test_a_small_letter_is_the_same_key() -> None:
    assert twilio.parse('{"event":"dtmf","dtmf":{"digit":"d"}}') == twilio.Digit("D")


@pytest.mark.parametrize("digit", ['"E"', '""', '"11"', '"１"', "1", "null", '["1"]', '"+"'])
def test_what_is_no_key_is_malformed_and_the_error_does_not_repeat_it(digit: str) -> None:
    with pytest.raises(BadMessage) as caught:
        twilio.parse('{"event":"dtmf","dtmf":{"digit":' + digit + "}}")
    assert str(caught.value) in {"dtmf that is no telephone key", "dtmf that cannot be read"}


@pytest.mark.parametrize("payload", ['"//8"', '"@@@@"', '"/ /="', "5", "null", '"é==="'])
def test_audio_that_is_no_base64_is_malformed(payload: str) -> None:
    with pytest.raises(BadMessage):
        twilio.parse('{"event":"media","media":{"payload":' + payload + "}}")


@pytest.mark.parametrize("time", ['"45"', "45", "45.0"])
def test_times_come_as_texts_and_as_numbers(time: str) -> None:
    message = '{"event":"media","media":{"payload":"","timestamp":' + time + "}}"
    assert twilio.parse(message) == twilio.Media(b"", 45)


def test_an_unknown_event_is_shown_only_so_far() -> None:
    assert twilio.parse(json.dumps({"event": "x" * 9000})) == twilio.Unknown("x" * 40)


def test_other_events_are_not_taken_for_audio_by_their_first_letters() -> None:
    assert not twilio.is_media('{"event":"mediator","media":{"payload":""}}')
    assert not twilio.is_media('{"event":"mark","mark":{"name":"media"}}')


def test_audio_leaves_with_exactly_twilios_fields() -> None:
    # One field more, and Twilio drops the message with warning 31951.
    assert json.loads(twilio.media(STREAM, b"\xff\x00")) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": "/wA="},
    }


def test_a_mark_leaves_with_exactly_twilios_fields() -> None:
    assert json.loads(twilio.mark(STREAM, "g1:u2")) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": "g1:u2"},
    }


def test_a_clear_leaves_with_exactly_twilios_fields() -> None:
    assert json.loads(twilio.clear(STREAM)) == {"event": "clear", "streamSid": STREAM}


@given(sids, st.binary(max_size=2000))
def test_audio_comes_back_as_it_was_sent(sid: str, payload: bytes) -> None:
    sent = json.loads(twilio.media(sid, payload))
    assert sent["streamSid"] == sid
    assert base64.b64decode(sent["media"]["payload"], validate=True) == payload


@given(sids, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_mark_comes_back_under_its_name(sid: str, name: str) -> None:
    assert twilio.parse(twilio.mark(sid, name)) == twilio.MarkEchoed(name)


@given(st.text(max_size=400))
def test_any_text_is_a_message_or_a_bad_message(text: str) -> None:
    check_that_the_border_is_total(twilio, (text,))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(
    st.sampled_from([s.message for s in SAMPLES.values()]),
    st.sampled_from(["event", "start", "media", "dtmf", "mark", "stop", "streamSid"]),
    json_values,
)
def test_any_field_with_any_value_is_a_message_or_a_bad_message(
    message: dict[str, Any], field: str, value: object
) -> None:
    check_that_the_border_is_total(twilio, (json.dumps({**message, field: value}),))


@given(
    st.sampled_from([s.message for s in SAMPLES.values()]),
    st.sampled_from(["start", "media", "dtmf", "mark"]),
    st.text(max_size=12) | st.sampled_from([*START["start"], "payload", "digit", "name"]),
    json_values,
)
def test_any_inner_field_with_any_value_is_a_message_or_a_bad_message(
    message: dict[str, Any], outer: str, field: str, value: object
) -> None:
    inner = message.get(outer)
    changed = {**inner, field: value} if isinstance(inner, dict) else {field: value}
    check_that_the_border_is_total(twilio, (json.dumps({**message, outer: changed}),))
