"""Asking the vendor whether the voice and the model are there."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs import build
from ivr.voices.elevenlabs.account import problems
from ivr.voices.elevenlabs.options import Config
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
        (replies(models=[{"model_id": "eleven_v3"}]), "no model eleven_flash_v2_5; set model to"),
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
