"""The query of a request: every parameter, right and wrong."""

from __future__ import annotations

import pytest

from ivr.fakes.elevenlabs import FLASH, Code, query
from ivr.fakes.elevenlabs.wire import Refusal

GOOD = {"model_id": FLASH, "output_format": "ulaw_8000"}


def read(**more: str) -> tuple[query.SocketQuery, list[Code]]:
    """The query of a socket, and what was noted about it."""
    noted: list[Code] = []
    return query.socket_query({**GOOD, **more}, lambda code, detail: noted.append(code)), noted


def test_a_socket_is_pinned_to_what_is_asked_for() -> None:
    pinned, noted = read(
        language_code="de",
        auto_mode="true",
        sync_alignment="true",
        inactivity_timeout="180",
        apply_text_normalization="auto",
        enable_logging="true",
        enable_ssml_parsing="false",
        seed="4294967295",
    )
    assert (pinned.model.id, pinned.form.name, pinned.language) == (FLASH, "ulaw_8000", "de")
    assert (pinned.auto_mode, pinned.sync_alignment, pinned.inactivity_s) == (True, True, 180)
    assert noted == []


def test_what_is_not_said_has_the_vendors_defaults() -> None:
    pinned, _ = read()
    assert (pinned.auto_mode, pinned.sync_alignment, pinned.inactivity_s) == (False, False, 20)
    assert pinned.language is None


@pytest.mark.parametrize("text", ["True", "False", "1", ""])
def test_a_boolean_in_pythons_spelling_is_noted_and_false(text: str) -> None:
    pinned, noted = read(auto_mode=text)
    assert (pinned.auto_mode, noted) == (False, [Code.BAD_BOOLEAN])


@pytest.mark.parametrize("name", ["optimize_streaming_latency", "voice_id", "context_id"])
def test_a_parameter_the_sockets_do_not_have_is_noted(name: str) -> None:
    assert read(**{name: "1"})[1] == [Code.UNKNOWN_QUERY]


def test_no_model_is_noted() -> None:
    noted: list[Code] = []
    query.socket_query({"output_format": "ulaw_8000"}, lambda code, detail: noted.append(code))
    assert noted == [Code.NO_MODEL]


def test_a_language_that_is_ignored_is_noted() -> None:
    pinned, noted = read(model_id="eleven_multilingual_v2", language_code="de")
    assert (pinned.language, noted) == (None, [Code.LANGUAGE])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("inactivity_timeout", "0", Code.INACTIVITY),
        ("inactivity_timeout", "300", Code.INACTIVITY),
        ("seed", "-1", Code.BAD_VALUE),
        ("seed", "4294967296", Code.BAD_VALUE),
        ("output_format", "opus_44100_64", Code.UNKNOWN_FORMAT),
        ("language_code", "en-US", Code.LANGUAGE),
    ],
)
def test_a_wrong_value_is_noted_and_refused(name: str, value: str, code: Code) -> None:
    noted: list[Code] = []
    with pytest.raises(Refusal):
        query.socket_query({**GOOD, name: value}, lambda code, detail: noted.append(code))
    assert noted == [code]


def test_over_http_there_are_three_parameters() -> None:
    noted: list[Code] = []
    asked = {"output_format": "pcm_16000", "enable_logging": "true"}
    form = query.http_query(
        asked | {"optimize_streaming_latency": "0"},
        lambda code, detail: noted.append(code),
        headers=False,
    )
    assert (form.rate, noted) == (16_000, [])
    query.http_query(
        asked | {"model_id": FLASH}, lambda code, detail: noted.append(code), headers=False
    )
    assert noted == [Code.UNKNOWN_QUERY]
