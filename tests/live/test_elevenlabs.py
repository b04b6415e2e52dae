"""The real ElevenLabs, or whatever ELEVENLABS_BASE_URL names: what the fake vendor claims of it.

``pytest --live tests/live`` with ELEVENLABS_API_KEY; ELEVENLABS_VOICE_ID where the voice of
``flows/settings.yaml`` is not in the account. Everything together says under 500 characters, which
``purse`` sees to.
"""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import first_audible
from ivr.cli import raw
from ivr.cli.findings import State
from ivr.cli.speech import Take
from ivr.errors import VoiceError
from ivr.flow.world import Option
from ivr.voices.base import Voice
from tests.conformance import check_voice as rules
from tests.conformance.check_voice import check_voice, spoken
from tests.live.conftest import Account

TEXT: Final = "A is 1. B is 2. C is 3."
"""As short as eight words can be; every character is paid for."""
WORD: Final = "Yes."
LANGUAGE: Final = "en-US"
SAME_WITHIN: Final = 0.4
"""A real model never says a text twice in the same time, least of all a short one."""

ALWAYS: Final = (
    rules.says_what_it_is,
    rules.speaks_the_whole_text,
    rules.says_nothing_of_a_blank_text,
    rules.narrates_nothing_of_nothing,
    rules.is_whole_again_after_a_closed_one,
)
RULES: Final = {
    "multi": (
        *ALWAYS,
        rules.does_not_mix_what_is_said_side_by_side,
        rules.begins_to_narrate_before_the_text_has_ended,
    ),
    "single": (*ALWAYS, rules.stops_when_it_is_cancelled),
    "http": ALWAYS,
}
"""Where the ways differ most; all rules on all ways would cost thousands of characters."""


def test_the_account_tells_its_plan_its_voice_and_its_model(account: Account) -> None:
    found = {each.about: each for each in account.findings}
    assert found["ElevenLabs account"].said.startswith("the key works"), found
    assert found[f"voice {account.spec.name}"].state is State.OK, found


@pytest.mark.parametrize("socket", RULES)
def test_it_keeps_the_contract_of_a_voice(account: Account, socket: str) -> None:
    asyncio.run(
        check_voice(
            lambda: account.voice(socket=socket),
            language=LANGUAGE,
            text=TEXT,
            checks=RULES[socket],
            same_within=SAME_WITHIN,
        )
    )


async def word_of(voice: Voice) -> bytes:
    """One word of a voice that is opened for it."""
    await voice.open()
    try:
        return await spoken(voice.lease("call"), WORD, LANGUAGE)
    finally:
        await voice.aclose()


@pytest.mark.parametrize(
    "options", [{"format": "pcm_16000"}, {"chunk_length_schedule": ["50", "90"]}]
)
def test_other_formats_and_a_schedule_of_chunks_make_the_same_sound(
    account: Account, options: dict[str, Option]
) -> None:
    audio = asyncio.run(word_of(account.voice(**options)))
    assert rules.WORD_MS_MIN <= len(audio) / BYTES_PER_MS <= rules.WORD_MS_MAX
    assert first_audible(audio) is not None


@pytest.mark.parametrize("socket", RULES)
def test_a_voice_that_is_not_there_is_refused_in_a_sentence(account: Account, socket: str) -> None:
    voice = account.voice(socket=socket, voice_id="nosuchvoice000000000")
    with pytest.raises(VoiceError) as caught:
        asyncio.run(word_of(voice))
    assert not caught.value.retryable, caught.value
    assert "\n" not in str(caught.value)


def test_beside_the_sound_the_limits_of_the_account_are_told(account: Account) -> None:
    config = raw.config_of(account.asked(), account.access)
    take = Take()
    text = account.purse.pay(WORD)
    told = asyncio.run(raw.fetch(config, account.access, text, LANGUAGE, take))
    assert first_audible(bytes(take.audio)) is not None
    names = ", ".join(sorted(told))
    for name in ("request-id", "current-concurrent-requests", "maximum-concurrent-requests"):
        assert name in told, f"no {name}; there are: {names}"
    assert "character-cost" in told or "x-character-count" in told, f"no cost; there are: {names}"
