"""The vendor's messages: exactly these go out, and anything may come in."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.options import Config

PLAIN = Config("abc")
FULL = Config(
    "abc",
    settings=(("speed", 1.1), ("stability", 0.5)),
    auto_mode=False,
    schedule=(50, 120),
    dictionaries=(("d", "v"),),
    seed=7,
    ssml=True,
    logging=False,
    inactivity_seconds=60,
    base_url="http://127.0.0.1:81",
)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def read(message: str) -> dict[str, Any]:
    assert isinstance(message, str), "bytes would be sent as a binary frame"
    found: dict[str, Any] = json.loads(message)
    return found


def test_the_socket_is_asked_for_with_exactly_these_parameters() -> None:
    url = wire.multi_url(PLAIN, "en")
    assert url.startswith("wss://api.elevenlabs.io/v1/text-to-speech/abc/multi-stream-input?")
    assert query(url) == {
        "model_id": "eleven_flash_v2_5",
        "output_format": "ulaw_8000",
        "auto_mode": "true",
        "inactivity_timeout": "180",
        "sync_alignment": "true",
        "apply_text_normalization": "auto",
        "language_code": "en",
    }


def test_booleans_are_lower_case_and_what_was_not_asked_for_is_not_sent() -> None:
    url = wire.single_url(FULL, None)
    assert url.startswith("ws://127.0.0.1:81/v1/text-to-speech/abc/stream-input?")
    assert query(url) == {
        "model_id": "eleven_flash_v2_5",
        "output_format": "ulaw_8000",
        "auto_mode": "false",
        "inactivity_timeout": "60",
        "sync_alignment": "true",
        "apply_text_normalization": "auto",
        "enable_ssml_parsing": "true",
        "enable_logging": "false",
        "seed": "7",
    }


def test_the_key_is_in_a_header_and_nowhere_else() -> None:
    assert wire.headers("SECRET") == {"xi-api-key": "SECRET"}


def test_settings_are_in_the_first_message_of_a_context_and_in_no_other() -> None:
    first = read(wire.open_context(FULL, "c1"))
    assert first == {
        "text": " ",
        "context_id": "c1",
        "voice_settings": {"speed": 1.1, "stability": 0.5},
        "generation_config": {"chunk_length_schedule": [50, 120]},
        "pronunciation_dictionary_locators": [
            {"pronunciation_dictionary_id": "d", "version_id": "v"}
        ],
    }
    assert read(wire.open_context(PLAIN, "c1")) == {"text": " ", "context_id": "c1"}
    assert read(wire.text("c1", "Hi.")) == {"text": "Hi. ", "context_id": "c1", "flush": True}
    assert read(wire.text("c1", "Hi. ", flush=False)) == {"text": "Hi. ", "context_id": "c1"}
    assert read(wire.close_context("c1")) == {"context_id": "c1", "close_context": True}
    assert read(wire.close_socket()) == {"close_socket": True}


def test_an_empty_text_keeps_one_socket_alive_and_ends_the_other() -> None:
    assert read(wire.keepalive()) == {"text": ""}
    assert read(wire.keepalive("c1")) == {"text": "", "context_id": "c1"}
    assert read(wire.single_end()) == {"text": ""}
    assert read(wire.single_open(PLAIN)) == {"text": " "}
    assert read(wire.single_text("Hi.")) == {"text": "Hi. ", "flush": True}


def test_http_is_asked_with_the_words_around() -> None:
    config = Config("abc", socket="http", latency=3)
    url = wire.http_url(config)
    assert url.startswith("https://api.elevenlabs.io/v1/text-to-speech/abc/stream?")
    assert query(url) == {"output_format": "ulaw_8000", "optimize_streaming_latency": "3"}
    body = json.loads(
        wire.http_body(config, "Hi.", language_code="en", before="Yes.", after="Bye.")
    )
    assert body == {
        "text": "Hi.",
        "model_id": "eleven_flash_v2_5",
        "apply_text_normalization": "auto",
        "language_code": "en",
        "previous_text": "Yes.",
        "next_text": "Bye.",
    }


def test_request_ids_replace_the_text_before_and_are_three_at_most() -> None:
    body = json.loads(
        wire.http_body(
            PLAIN, "Hi.", language_code=None, before="Yes.", earlier=["r1", "r2", "r3", "r4"]
        )
    )
    assert body["previous_request_ids"] == ["r2", "r3", "r4"]
    assert "previous_text" not in body
    unlogged = json.loads(
        wire.http_body(FULL, "Hi.", language_code=None, before="Yes.", earlier=["r1"])
    )
    assert "previous_request_ids" not in unlogged
    assert unlogged["previous_text"] == "Yes."


def test_the_newest_models_get_no_words_around() -> None:
    config = Config("abc", model="eleven_v3", socket="http")
    body = json.loads(
        wire.http_body(config, "Hi.", language_code=None, before="a", after="b", earlier=["r"])
    )
    assert body.keys() == {"text", "model_id", "apply_text_normalization"}


@pytest.mark.parametrize("name", ["contextId", "context_id"])
def test_a_context_is_read_in_both_spellings(name: str) -> None:
    frame = wire.parse(json.dumps({"audio": None, name: "c1"}).encode())
    assert frame.context == "c1"


@pytest.mark.parametrize(
    ("fields", "final"),
    [
        ({"isFinal": True}, True),
        ({"is_final": True}, True),
        ({"isFinal": None}, False),
        ({"isFinal": False}, False),
        ({"isFinal": "true"}, False),
        ({}, False),
    ],
)
def test_only_true_is_final(fields: dict[str, object], final: bool) -> None:
    assert wire.parse(json.dumps(fields).encode()).final is final


@pytest.mark.parametrize("fields", [{}, {"audio": None}, {"audio": ""}])
def test_a_message_may_have_no_audio(fields: dict[str, object]) -> None:
    assert wire.parse(json.dumps(fields).encode()).audio == b""


def test_audio_is_decoded() -> None:
    message = {"audio": base64.b64encode(b"\x00\xff\x7f").decode(), "contextId": "c1"}
    assert wire.parse(json.dumps(message).encode()).audio == b"\x00\xff\x7f"


@pytest.mark.parametrize("written", ["+/8BAg", "-_8BAg", "-_8BAg==", "+/8B\nAg==\r\n"])
def test_audio_is_decoded_however_its_base64_is_written(written: str) -> None:
    frame = wire.parse(json.dumps({"audio": written, "contextId": "c1", "isFinal": True}))
    assert frame == wire.Frame("c1", b"\xfb\xff\x01\x02", True, None, b"")
    line = json.dumps({"audio_base64": written}).encode()
    assert wire.parse_piece(line) == wire.Piece(b"\xfb\xff\x01\x02", b"")


@pytest.mark.parametrize("written", ["SECRET words", "A", "AAA*", "AA=A", "ä"])
def test_audio_that_cannot_be_read_is_told_from_a_message_of_no_kind(written: str) -> None:
    with pytest.raises(wire.BadAudio) as caught:
        wire.parse(json.dumps({"audio": written}))
    assert not str(caught.value)
    assert caught.value.__suppress_context__
    with pytest.raises(wire.BadFrame) as other:
        wire.parse(b'{"audio": 5}')
    assert not isinstance(other.value, wire.BadAudio)


def test_an_error_is_read_with_a_context_and_without() -> None:
    tagged = {"message": "m", "error": "quota_exceeded", "code": 1008, "contextId": "c1"}
    frame = wire.parse(json.dumps(tagged).encode())
    assert frame.context == "c1"
    assert frame.failure is not None
    assert frame.failure.alarm
    frame = wire.parse(b'{"message":"We are sorry, something went wrong","code":1008}')
    assert frame.context is None
    assert frame.failure is not None
    assert frame.failure.retryable


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"flush_done","done":true,"message":"ok"}',
        b'{"contextId":7,"alignment":3,"normalizedAlignment":"x","code":"?"}',
        b"{}",
    ],
)
def test_messages_of_unknown_kinds_mean_nothing(data: bytes) -> None:
    frame = wire.parse(data)
    assert (frame.context, frame.audio, frame.final, frame.failure) == (None, b"", False, None)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["audio", "contextId", "isFinal", "alignment", "error", "code"]),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_frame_or_a_bad_frame(data: bytes) -> None:
    try:
        frame = wire.parse(data)
    except wire.BadFrame:
        return
    wire.characters_spoken([(0, frame.alignment)], 100)


def test_a_bad_frame_quotes_nothing_of_what_it_held() -> None:
    with pytest.raises(wire.BadFrame) as caught:
        wire.parse(b'{"audio":"SECRET words"}')
    assert not str(caught.value)
    assert caught.value.__suppress_context__


def aligned(text: str, *, ms: int = 100, durations: str = "charDurationsMs") -> bytes:
    return json.dumps(
        {
            "chars": list(text),
            "charStartTimesMs": [ms * index for index in range(len(text))],
            durations: [ms] * len(text),
        }
    ).encode()


@pytest.mark.parametrize("durations", ["charDurationsMs", "charsDurationsMs"])
def test_characters_are_counted_over_chunks_whose_times_begin_anew(durations: str) -> None:
    told = [(0, aligned("Hello", durations=durations)), (500, aligned(" you", durations=durations))]
    assert wire.characters_spoken(told, 900) == 9
    assert wire.characters_spoken(told[:1], 500) == 5


def test_timing_that_comes_ahead_of_its_audio_counts_only_as_far_as_the_audio() -> None:
    told = [(0, aligned("Hello you")), (300, b"null")]
    assert wire.characters_spoken(told, 300) == 3


def test_the_least_audio_that_was_told_of_is_from_wherever_its_times_count() -> None:
    assert wire.announced_ms([(0, aligned("Hello")), (500, aligned(" you"))]) == 500
    assert wire.announced_ms([(0, b"null"), (0, b'{"chars": ["H"]}')]) == 0
    assert wire.announced_ms([(0, aligned("Hello")), (500, b"{")]) == 0
    times = b'{"characters": ["H", "i"], "character_end_times_seconds": [0.5, 2.25]}'
    assert wire.answer_announced_ms([b"null", times]) == 2250
    assert wire.answer_announced_ms([times, b"{"]) == 0
    assert [wire.breaks_off(2250, heard_ms) for heard_ms in (0, 999, 1000, 2250)] == [
        *(True, True, False, False)
    ]


def test_the_space_we_begin_with_is_no_character_of_the_text() -> None:
    assert wire.characters_spoken([(0, aligned(" Hi"))], 300) == 2


@pytest.mark.parametrize("told", [[], [(0, b"3")], [(0, b"null")], [(0, b'{"chars":[1]}')]])
def test_without_timing_nobody_knows(told: list[tuple[int, bytes]]) -> None:
    assert wire.characters_spoken(told, 900) is None


def test_over_http_times_count_from_the_beginning_of_the_answer() -> None:
    told = [
        b'{"characters": ["H", "i"], "character_end_times_seconds": [0.1, 0.2]}',
        b'{"characters": [" ", "y", "o"], "character_end_times_seconds": [0.2, 0.3, 0.4]}',
    ]
    assert [wire.characters_answered(told, ms) for ms in (0, 80, 100, 200, 300, 400)] == [
        *(0, 1, 1, 3, 4, 5)
    ]
    assert wire.characters_answered([b"null"], 400) is None
    assert wire.characters_answered([b"{"], 400) is None
    assert wire.characters_answered([b'{"characters": ["H"]}'], 0) == 1


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"audio_base64": "?"}', b"\xff"])
def test_a_line_that_is_no_message_is_told_from_one_without_audio(line: bytes) -> None:
    with pytest.raises(wire.BadFrame):
        wire.parse_piece(line)
    assert wire.parse_piece(b'{"detail": "no"}') is None
    piece = wire.parse_piece(b'{"audio_base64": "eA==", "alignment": null}')
    assert piece == wire.Piece(b"x", b"")
