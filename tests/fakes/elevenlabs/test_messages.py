"""What clients send, read against the schema of each socket."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.fakes.elevenlabs import Code, messages
from ivr.fakes.elevenlabs.messages import ClientMessage, Malformed

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
_NAMES = "text context_id flush voice_settings generation_config close_context xi_api_key x"
FIELDS = st.sampled_from([*_NAMES.split(), "pronunciation_dictionary_locators"])


def read(fields: Mapping[str, object], *, multi: bool = True) -> tuple[ClientMessage, list[Code]]:
    """A message, and what was noted about it."""
    noted: list[Code] = []
    message = messages.read(fields, multi=multi, report=lambda code, detail: noted.append(code))
    return message, noted


def test_a_full_opening_is_understood() -> None:
    settings = {"stability": 0.5, "use_speaker_boost": True}
    message, noted = read(
        {
            "text": " ",
            "context_id": "a",
            "voice_settings": settings,
            "generation_config": {"chunk_length_schedule": [50, 120.5, 500]},
            "pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "d"}],
            "xi_api_key": "k",
        }
    )
    assert (message.text, message.context_id, message.key) == (" ", "a", "k")
    assert list(message.schedule) == [50, 120.5, 500]
    assert message.voice_settings == settings
    assert noted == []


def test_null_is_nothing() -> None:
    nothing = dict.fromkeys(("text", "flush", "voice_settings", "context_id"))
    assert read(nothing) == read({})


@pytest.mark.parametrize("name", ["context_id", "close_context", "close_socket"])
def test_contexts_exist_on_the_multi_socket_only(name: str) -> None:
    value: object = "a" if name == "context_id" else True
    assert read({name: value})[1] == []
    message, noted = read({name: value}, multi=False)
    assert noted == [Code.UNKNOWN_FIELD]
    assert (message.context_id, message.close_context, message.close_socket) == (None, False, False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"contextId": "a"}, Code.UNKNOWN_FIELD),
        ({"speed": 1}, Code.UNKNOWN_FIELD),
        ({"next_text": "a"}, Code.HTTP_FIELD),
        ({"previous_request_ids": []}, Code.HTTP_FIELD),
        ({"voice_settings": {"volume": 1}}, Code.UNKNOWN_FIELD),
    ],
)
def test_what_does_not_exist_is_noted(fields: dict[str, object], code: Code) -> None:
    assert read(fields)[1] == [code]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": 1}, Code.WRONG_TYPE),
        ({"flush": "true"}, Code.WRONG_TYPE),
        ({"flush": 1}, Code.WRONG_TYPE),
        ({"context_id": 1}, Code.WRONG_TYPE),
        ({"voice_settings": []}, Code.WRONG_TYPE),
        ({"pronunciation_dictionary_locators": ["d"]}, Code.WRONG_TYPE),
        ({"pronunciation_dictionary_locators": [{}] * 4}, Code.TOO_MANY_IDS),
        ({"voice_settings": {"speed": 0.5}}, Code.BAD_VALUE),
        ({"voice_settings": {"stability": "0.5"}}, Code.BAD_VALUE),
        ({"voice_settings": {"use_speaker_boost": 1}}, Code.BAD_VALUE),
        ({"generation_config": {"chunk_length_schedule": [49]}}, Code.BAD_VALUE),
        ({"generation_config": {"chunk_length_schedule": 120}}, Code.BAD_VALUE),
    ],
)
def test_what_cannot_be_is_noted_and_malformed(fields: dict[str, object], code: Code) -> None:
    noted: list[Code] = []
    with pytest.raises(Malformed):
        messages.read(fields, multi=True, report=lambda code, detail: noted.append(code))
    assert noted == [code]


@given(st.dictionaries(FIELDS, JSON), st.booleans())
def test_any_json_object_is_a_message_or_malformed(fields: dict[str, object], multi: bool) -> None:
    with contextlib.suppress(Malformed):
        messages.read(fields, multi=multi, report=lambda code, detail: None)


@pytest.mark.parametrize("raw", ["", "{", "[]", '"text"', "[" * 100_000])
def test_what_is_no_json_object_is_malformed(raw: str) -> None:
    with pytest.raises(Malformed):
        messages.decode(raw)
