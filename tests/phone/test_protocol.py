"""The wire, strictly: every deviation the telephone must not let pass, and its own messages."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.phone.protocol import (
    CONNECTED,
    MESSAGE_CHARS_MAX,
    Clear,
    Instruction,
    Mark,
    Media,
    Narrator,
    read,
)

SID = "MZ" + "0" * 32
FRAME = base64.b64encode(b"\xff" * 160).decode()


def said(**fields: object) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("message", "instruction"),
    [
        (said(event="media", streamSid=SID, media={"payload": FRAME}), Media(b"\xff" * 160)),
        (said(media={"payload": FRAME}, streamSid=SID, event="media"), Media(b"\xff" * 160)),
        (said(event="mark", streamSid=SID, mark={"name": "g3:u7"}), Mark("g3:u7")),
        (said(event="clear", streamSid=SID), Clear()),
    ],
)
def test_the_three_messages_there_are_have_no_fault(message: str, instruction: Instruction) -> None:
    reading = read(message, SID, 12.5)
    assert reading.instruction == instruction
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("message", "code", "part"),
    [
        (b'{"event":"clear"}', 31950, "binary frame"),
        ("", 31951, "no JSON"),
        ("clear", 31951, "no JSON"),
        ('{"event":"clear"', 31951, "no JSON"),
        ("[" * 20_000, 31951, "no JSON"),
        ("[]", 31951, "no JSON object"),
        ('"clear"', 31951, "no JSON object"),
        (f'{{"event":"clear","event":"clear","streamSid":"{SID}"}}', 31951, "twice"),
        (said(streamSid=SID), 31951, "without event"),
        (said(event="audio", streamSid=SID), 31951, "unknown event 'audio'"),
        (said(event="start", streamSid=SID), 31951, "unknown event"),
        (said(event="dtmf", streamSid=SID, dtmf={"digit": "1"}), 31951, "unknown event"),
        (said(event=7, streamSid=SID), 31951, "unknown event"),
        (said(event="clear"), 31951, "clear without streamSid"),
        (said(event="clear", streamSid="MZ1"), 31951, "streamSid 'MZ1'"),
        (said(event="clear", streamSid=None), 31951, "streamSid"),
        (said(event="clear", streamSid=SID, sequenceNumber="1"), 31951, "too many: sequenceNumber"),
        (said(event="mark", streamSid=SID), 31951, "mark without mark"),
        (said(event="mark", streamSid=SID, mark="a"), 31951, "not an object"),
        (said(event="mark", streamSid=SID, mark={}), 31951, "without name"),
        (said(event="mark", streamSid=SID, mark={"name": 3}), 31951, "not a text"),
        (said(event="mark", streamSid=SID, mark={"name": ""}), 31951, "not a text"),
        (said(event="mark", streamSid=SID, mark={"name": "a", "id": 1}), 31951, "too many: id"),
        (said(event="media", streamSid=SID), 31951, "media without media"),
        (said(event="media", streamSid=SID, media=[FRAME]), 31951, "not an object"),
        (said(event="media", streamSid=SID, media={}), 31951, "without payload"),
        (said(event="media", streamSid=SID, media={"payload": None}), 31951, "not a text"),
        (said(event="media", streamSid=SID, media={"payload": ""}), 31951, "empty"),
        (said(event="media", streamSid=SID, media={"payload": "//8"}), 31951, "no base64"),
        (said(event="media", streamSid=SID, media={"payload": "//8=\n"}), 31951, "no base64"),
        (said(event="media", streamSid=SID, media={"payload": "_-8="}), 31951, "no base64"),
        (
            said(event="media", streamSid=SID, media={"payload": FRAME, "track": "outbound"}),
            31951,
            "too many: track",
        ),
        ("x" * (MESSAGE_CHARS_MAX + 1), 31924, "characters"),
    ],
)
def test_what_twilio_would_drop_is_dropped_and_told(
    message: str | bytes, code: int, part: str
) -> None:
    reading = read(message, SID, 12.5)
    assert reading.instruction is None
    (fault,) = reading.faults
    assert (fault.code, fault.at_ms) == (code, 12.5)
    assert part in fault.text


@pytest.mark.parametrize(
    ("payload", "part"),
    [
        (b"RIFF" + b"\xff" * 156, "RIFF file header"),
        (b"ID3\x04" + b"\xff" * 156, "ID3"),
        (b"\xff" * 161, "no whole number of 20 ms frames"),
        (b"\xff" * 80, "no whole number of 20 ms frames"),
        (b"\xff" * 16_160, "wait behind it"),
    ],
)
def test_what_twilio_would_play_to_the_callers_cost_is_told_and_played(
    payload: bytes, part: str
) -> None:
    text = base64.b64encode(payload).decode()
    reading = read(said(event="media", streamSid=SID, media={"payload": text}), SID, 0)
    assert reading.instruction == Media(payload)
    (fault,) = reading.faults
    assert fault.code == 0
    assert part in fault.text


@pytest.mark.parametrize("name", ["m" * 65, "grüß"])
def test_a_mark_name_that_is_not_short_ascii_is_told(name: str) -> None:
    reading = read(said(event="mark", streamSid=SID, mark={"name": name}), SID, 0)
    assert reading.instruction == Mark(name)
    assert len(reading.faults) == 1


@given(st.one_of(st.text(), st.binary()))
def test_no_bytes_ever_raise(message: str | bytes) -> None:
    reading = read(message, SID, 0)
    assert (reading.instruction is None) == bool(reading.faults)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.dictionaries(
            st.sampled_from(["event", "streamSid", "media", "mark", "payload", "name"]), inner
        ),
        max_leaves=12,
    )
)
def test_no_json_ever_raises(value: object) -> None:
    reading = read(json.dumps(value), SID, 0)
    assert (reading.instruction is None) == bool(reading.faults)


# --------------------------------------------------------------------------- what Twilio says
# The shapes are those of Twilio's documentation, "Media Streams – WebSocket messages".


def test_connected_has_neither_stream_nor_number() -> None:
    assert json.loads(CONNECTED) == {"event": "connected", "protocol": "Call", "version": "1.0.0"}


def test_every_message_after_connected_is_numbered_with_strings() -> None:
    narrator = Narrator("AC1", "CA3", "MZ2")
    texts = [
        narrator.start({"flow": "main"}),
        narrator.media(b"\xff" * 160, 0),
        narrator.dtmf("#"),
        narrator.media(b"\x00" * 160, 20),
        narrator.mark("g0:u1"),
        narrator.stop(),
    ]
    assert [json.loads(text) for text in texts] == [
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC1",
                "streamSid": "MZ2",
                "callSid": "CA3",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"flow": "main"},
            },
            "streamSid": "MZ2",
        },
        {
            "event": "media",
            "sequenceNumber": "2",
            "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": FRAME},
            "streamSid": "MZ2",
        },
        {
            "event": "dtmf",
            "sequenceNumber": "3",
            "dtmf": {"track": "inbound_track", "digit": "#"},
            "streamSid": "MZ2",
        },
        {
            "event": "media",
            "sequenceNumber": "4",
            "media": {
                "track": "inbound",
                "chunk": "2",
                "timestamp": "20",
                "payload": base64.b64encode(b"\x00" * 160).decode(),
            },
            "streamSid": "MZ2",
        },
        {"event": "mark", "sequenceNumber": "5", "mark": {"name": "g0:u1"}, "streamSid": "MZ2"},
        {
            "event": "stop",
            "sequenceNumber": "6",
            "stop": {"accountSid": "AC1", "callSid": "CA3"},
            "streamSid": "MZ2",
        },
    ]
