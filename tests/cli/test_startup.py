"""What a line asks the vendors before it answers: what stops it, what it only warns of."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.cli import startup
from ivr.cli.startup import (
    look_at_account,
    look_at_kinds,
    look_at_mail,
    look_at_secrets,
    look_at_voices,
)
from ivr.errors import SettingsError
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from ivr.fakes.elevenlabs.catalogue import MODELS
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.settings import Settings
from ivr.voices.access import Access

FLOW = """
title: Two languages
languages:
  en-US: {voice: sarah}
  es-US: {voice: mateo}
steps:
  main:
    say: {en: Hello., es: Hola.}
    goto: hangup
"""


def flows(*, sarah: str = VOICE, mateo: str = VOICE, model: str = "eleven_flash_v2_5") -> FlowSet:
    settings = f"""
voices:
  sarah: {{provider: elevenlabs, voice_id: {sarah}, fallback: [spare]}}
  mateo: {{provider: elevenlabs, voice_id: {mateo}, model: {model}}}
  spare: {{provider: elevenlabs, voice_id: {VOICE}, model: eleven_flash_v2}}
  unused: {{provider: elevenlabs, voice_id: nobody}}
"""
    loaded = load({"main.yaml": FLOW, "settings.yaml": settings})
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def looked_at(
    wanted: FlowSet, *faults: str, key: str | None = None, access: Access | None = None
) -> list[str]:
    async def work() -> list[str]:
        async with FakeVendor(faults=faults) as vendor:
            there = access or Access(key or vendor.key, vendor.url)
            found = await look_at_voices(wanted, there)
            assert all(asked.method == "GET" for asked in vendor.requests), "nothing is spoken"
            return found

    return asyncio.run(work())


def refused(wanted: FlowSet, *, key: str | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        looked_at(wanted, key=key)
    return str(caught.value)


def test_voices_and_models_that_are_there_are_no_warning() -> None:
    assert looked_at(flows()) == []


def test_a_voice_that_the_account_has_not_is_named_with_place_and_remedy() -> None:
    assert refused(flows(sarah="gone")) == (
        "settings.yaml: voice 'sarah': the ElevenLabs account has no voice with the ID gone; "
        "set voice_id to one of its voices."
    )


def test_every_voice_that_is_wrong_has_its_line() -> None:
    sentences = refused(flows(sarah="gone", mateo="away")).splitlines()
    assert ["'sarah'" in sentences[0], "'mateo'" in sentences[1]] == [True, True]


def test_a_model_that_the_account_has_not_is_named_with_those_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = {name: model for name, model in MODELS.items() if name != "eleven_multilingual_v2"}
    monkeypatch.setattr("ivr.fakes.elevenlabs.http.MODELS", few)
    sentence = refused(flows(model="eleven_multilingual_v2"))
    assert sentence.startswith(
        "settings.yaml: voice 'mateo': the model eleven_multilingual_v2 is not offered"
    )
    assert "set model to one of: eleven_flash_v2, eleven_flash_v2_5" in sentence


def test_a_voice_must_know_the_languages_it_is_named_for_and_one_that_stands_in_need_not() -> None:
    sentence = refused(flows(model="eleven_flash_v2"))
    assert sentence.startswith("settings.yaml: voice 'mateo': eleven_flash_v2 does not speak es-US")
    assert "'spare'" not in sentence


def test_a_key_that_is_refused_is_told_once_and_is_not_shown() -> None:
    sentence = refused(flows(), key="a-wrong-key")
    assert "ELEVENLABS_API_KEY" in sentence
    assert "a-wrong-key" not in sentence
    assert "\n" not in sentence


def test_a_vendor_that_cannot_be_reached_is_one_warning_for_all_voices() -> None:
    nobody = Access("key", "http://127.0.0.1:9")
    (warning,) = looked_at(flows(), access=nobody)
    assert "ElevenLabs cannot be reached" in warning
    assert "these voices could not be checked: sarah, mateo, spare; ivr doctor" in warning


def test_a_vendor_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "ANSWER_SECONDS_MAX", 0.2)

    async def work() -> list[str]:
        async def listen_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(listen_only, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await look_at_voices(flows(), Access("key", f"http://127.0.0.1:{port}"))

    (warning,) = asyncio.run(work())
    assert warning.startswith("the vendor did not answer in time, so these voices")


def test_without_a_key_nobody_is_asked() -> None:
    assert looked_at(flows(sarah="gone"), access=Access()) == []


ASKING = """
steps:
  main:
    http: GET http://127.0.0.1:9000/x
    headers: {Authorization: "Bearer ${secrets.clinic_api}"}
    timeout: 2s
    error: message
    goto: message
  message:
    voicemail: desk
    transcribe: yes
    done: song
  song:
    record_call: start
    goto: wait
  wait:
    queue: sales
    otherwise: script
  script:
    twiml: <Response/>
    otherwise: person
  person:
    transfer: +13125550123
    hold: music.wav
    otherwise: hangup
"""


TEXTING = """
steps:
  main:
    sms: ${call.from}
    text: See you tomorrow.
    goto: hangup
"""


def asking() -> FlowSet:
    loaded = load({"main.yaml": ASKING}, checked=False, assets=frozenset({"music.wav"}))
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def test_a_secret_nobody_has_set_is_named_with_its_step_and_stops_a_real_line() -> None:
    missing = (
        "the secret clinic_api, which the step main/main needs, is not set: put it into "
        "IVR_SECRET_CLINIC_API, or take the step out"
    )
    assert look_at_secrets(asking(), Settings()) == [missing]
    with pytest.raises(SettingsError) as caught:
        look_at_secrets(asking(), Settings(environment="production"))
    assert str(caught.value) == missing
    known = Settings(environment="production", secrets={"clinic_api": "x"})
    assert look_at_secrets(asking(), known) == []


def test_messages_that_should_be_mailed_and_cannot_be_are_told() -> None:
    mailing = load({"main.yaml": "steps: {main: {voicemail: desk@acme.example}}"}, checked=False)
    assert mailing.flows is not None
    (warning,) = look_at_mail(mailing.flows, Settings())
    assert warning.startswith("messages for desk@acme.example are to be mailed, and IVR_SMTP_URL")
    assert look_at_mail(mailing.flows, Settings(smtp_url="smtp://127.0.0.1")) == []
    assert look_at_mail(asking(), Settings()) == []


def test_what_a_real_line_does_not_do_is_said_before_it_answers() -> None:
    unwritten, ringing = look_at_kinds(asking())
    assert "transcribe: yes" in unwritten
    assert "(hold:)" in ringing
    assert look_at_kinds(flows()) == []


def test_what_needs_a_twilio_account_is_said_where_there_is_none() -> None:
    account = Settings(twilio_tokens=("a-token",), twilio_account="AC" + "0" * 32)
    (warning,) = look_at_account(asking(), Settings())
    assert "record calls and send text messages" not in warning
    assert "record calls" in warning
    assert "TWILIO_ACCOUNT_SID" in warning
    assert look_at_account(asking(), account) == []
    assert look_at_account(flows(), Settings()) == []
    texting = load({"main.yaml": TEXTING}, checked=False).flows
    assert texting is not None
    (warning,) = look_at_account(texting, account)
    assert "send text messages" in warning
    assert "IVR_SMS_FROM" in warning
    assert look_at_account(texting, replace(account, sms_from="+13125550100")) == []
