"""Asking the vendor whether the voice and the model are there."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.base import Report
from ivr.voices.elevenlabs.account import look_up, problems
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.voice import build
from tests.voices.elevenlabs.vendor import Answer, ScriptedVendor, go

VOICE = {"voice_id": "abc", "category": "generated"}
UNKNOWN = {"detail": {"status": "voice_not_found"}}
MODELS = [{"model_id": "eleven_flash_v2_5"}, {"model_id": "eleven_v3"}]


def replies(
    voice: object = VOICE, models: object = MODELS, *, status: int = 200, models_status: int = 200
) -> Answer:
    async def give(request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/voices/abc":
            return web.json_response(voice, status=status)
        assert request.path == "/v1/models"
        return web.json_response(models, status=models_status)

    return give


def found(reply: Answer) -> list[str]:
    sentences: list[str] = []

    async def scenario() -> None:
        async with ScriptedVendor(http=reply) as vendor:
            sentences.extend(await problems(Config("abc", base_url=vendor.url), "key"))

    go(scenario)
    return sentences


def test_a_voice_and_a_model_that_are_there_are_no_problem() -> None:
    assert found(replies()) == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            replies({"detail": {"status": "voice_not_found"}}, status=404),
            "no voice with the ID abc",
        ),
        (
            replies({"detail": {"status": "voice_not_found"}}, status=400),
            "no voice with the ID abc",
        ),
        (
            replies(models=[{"model_id": "eleven_v3"}]),
            "the model eleven_flash_v2_5 is not offered to this ElevenLabs account; "
            "set model to one of: eleven_v3.",
        ),
        (
            replies(models=[MODELS[1], {**MODELS[0], "can_do_text_to_speech": False}]),
            "eleven_flash_v2_5 does not turn text into speech",
        ),
        (replies("Not Found", status=404), "could not be checked"),
        (replies({"detail": {"code": "invalid_api_key"}}, status=401), "ELEVENLABS_API_KEY"),
        (replies({}, status=500), "answered with 500"),
    ],
)
def test_what_is_missing_is_one_sentence(reply: Answer, words: str) -> None:
    (sentence,) = found(reply)
    assert words in sentence
    assert sentence.endswith(".")


def test_what_a_key_may_not_ask_is_no_problem() -> None:
    denied = {"detail": {"status": "missing_permissions"}}
    assert found(replies(denied, denied, status=401, models_status=401)) == []


@pytest.mark.parametrize("odd", [[], "text", {"models": []}, [1, None]])
def test_an_answer_of_another_shape_is_no_problem(odd: object) -> None:
    assert found(replies(odd, odd)) == []


def reported(reply: Answer, *languages: str, model: str = "eleven_flash_v2_5") -> Report:
    reports: list[Report] = []

    async def scenario() -> None:
        async with ScriptedVendor(http=reply) as vendor:
            config = Config("abc", model=model, base_url=vendor.url)
            reports.append(await look_up(config, "key", languages))

    go(scenario)
    return reports[0]


def test_languages_that_the_model_does_not_know_are_named_with_a_remedy() -> None:
    here = {"languages": [{"language_id": "en"}, {"language_id": "nb"}, {"id": "es"}, 1]}
    listed = [{**MODELS[0], **here}]
    assert reported(replies(models=listed), "en-US", "no-NO") == Report()
    assert reported(replies(models=listed), "en-US", "es-US", "is-IS").wrong == (
        "eleven_flash_v2_5 does not speak is-IS; take another voice for that language",
        "eleven_flash_v2_5 does not speak es-US; take another voice for that language",
    )
    (sentence,) = reported(
        replies(models=[{"model_id": "eleven_flash_v2"}]), "es-US", model="eleven_flash_v2"
    ).wrong
    assert "set model to eleven_flash_v2_5, or take another voice" in sentence


def test_what_must_be_changed_is_told_apart_from_trouble_that_passes() -> None:
    missing = reported(replies(UNKNOWN, status=404))
    assert [missing.shut_out, missing.unknown] == [None, None]
    assert len(missing.wrong) == 1
    shut = reported(replies({"detail": {"code": "invalid_api_key"}}, status=401))
    assert (shut.wrong, shut.unknown) == ((), None)
    assert shut.shut_out is not None
    for code, status in (("detected_unusual_activity", 401), ("system_busy", 429), ("", 503)):
        passing = reported(replies({"detail": {"code": code}}, status=status))
        assert (passing.wrong, passing.shut_out) == ((), None)
        assert passing.unknown is not None


def test_a_voice_that_is_missing_is_told_although_the_models_cannot_be_asked() -> None:
    report = reported(replies(UNKNOWN, status=404, models_status=503))
    assert "no voice with the ID abc" in report.wrong[0]
    assert report.unknown is not None


def test_a_default_voice_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert found(replies({"voice_id": "abc", "category": "premade"})) == []
    assert "2026-12-31" in caplog.text


def test_a_network_that_is_down_is_told_as_such() -> None:
    async def scenario() -> None:
        async with ScriptedVendor() as vendor:
            config = Config("abc", base_url=vendor.url)
        (sentence,) = await problems(config, "key")
        assert "cannot be reached" in sentence
        assert "could not be checked" in sentence

    go(scenario)


def test_without_a_key_it_can_be_built_and_told_but_not_opened() -> None:
    voice = build(VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"}), Access())

    async def scenario() -> None:
        (sentence,) = await voice.check()
        assert "ELEVENLABS_API_KEY is not set" in sentence
        with pytest.raises(SettingsError, match="ELEVENLABS_API_KEY is not set"):
            await voice.open()

    go(scenario)
