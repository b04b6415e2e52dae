"""The JSON body of a request for speech: what is refused, what is noted, what is ignored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.fakes.elevenlabs import FLASH, Code, body
from ivr.fakes.elevenlabs.wire import Invalid, Refusal

GOOD: dict[str, object] = {"text": "Hi.", "model_id": FLASH}


def read(**fields: object) -> tuple[body.SpeechBody, list[Code]]:
    """A body, and what was noted about it."""
    noted: list[Code] = []
    return body.read({**GOOD, **fields}, lambda code, detail: noted.append(code)), noted


def test_everything_the_vendor_takes_is_taken() -> None:
    speech, noted = read(
        language_code="de",
        voice_settings={"stability": 0, "speed": 1.2, "use_speaker_boost": True, "style": None},
        pronunciation_dictionary_locators=[],
        seed=0,
        previous_text="Before.",
        next_text=None,
        previous_request_ids=["a", "b", "c"],
        apply_text_normalization="off",
    )
    assert (speech.text, speech.model.id, speech.language) == ("Hi.", FLASH, "de")
    assert noted == []


def test_without_a_model_it_is_multilingual_v2() -> None:
    assert read(model_id=None)[0].model.id == "eleven_multilingual_v2"


@pytest.mark.parametrize(
    ("model", "language"), [(FLASH, "xx"), ("eleven_multilingual_v2", "de"), (FLASH, "de-DE")]
)
def test_a_language_the_model_does_not_take_is_ignored_and_noted(model: str, language: str) -> None:
    speech, noted = read(model_id=model, language_code=language)
    assert (speech.language, noted) == (None, [Code.LANGUAGE])


@pytest.mark.parametrize("name", ["speed", "colour", "output_format"])
def test_a_field_that_does_not_exist_is_noted(name: str) -> None:
    assert read(**{name: 1})[1] == [Code.UNKNOWN_FIELD]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"text": " \n"}, 400, "empty_text"),
        ({"text": "x" * 40_001}, 400, "text_too_long"),
        ({"model_id": "eleven_nothing"}, 404, "model_not_found"),
        ({"voice_settings": {"speed": 1.25}}, 400, "invalid_voice_settings"),
        ({"voice_settings": {"stability": True}}, 400, "invalid_voice_settings"),
        ({"previous_request_ids": ["a"] * 4}, 400, "invalid_parameters"),
        ({"pronunciation_dictionary_locators": [{}] * 4}, 400, "invalid_parameters"),
        ({"seed": 2**32}, 400, "invalid_parameters"),
        ({"apply_text_normalization": "yes"}, 400, "invalid_parameters"),
        ({"model_id": "eleven_v3", "previous_text": "Hi."}, 400, "invalid_parameters"),
    ],
)
def test_a_wrong_value_is_refused(fields: dict[str, object], status: int, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(**fields)
    assert (refusal.value.status, refusal.value.code) == (status, code)


@pytest.mark.parametrize(
    "fields", [{"text": None}, {"text": 1}, {"voice_settings": []}, {"seed": "1"}]
)
def test_a_wrong_shape_names_its_field(fields: dict[str, object]) -> None:
    with pytest.raises(Invalid) as invalid:
        read(**fields)
    assert invalid.value.field == next(iter(fields))


def is_object(raw: bytes) -> bool:
    """Chance writes ``{}`` now and then."""
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


NO_OBJECT = st.binary(max_size=20).filter(lambda raw: not is_object(raw))
OTHER_JSON = st.recursive(st.none(), st.lists).map(json.dumps).map(str.encode)


@given(NO_OBJECT | OTHER_JSON)
def test_bytes_that_are_no_object_are_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        body.decode(raw)
