"""The table of providers: what settings.yaml may name, and what it is told otherwise."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from ivr.errors import SettingsError
from ivr.fakes.elevenlabs import FakeVendor
from ivr.flow.world import VoiceSpec
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.elevenlabs.voice import ElevenLabs
from ivr.voices.embedded.voice import Embedded
from ivr.voices.tone import Tone


def test_a_voice_is_built_by_its_provider() -> None:
    assert isinstance(table.build(VoiceSpec("a", "tone", {"delay_ms": "5"})), Tone)
    assert isinstance(table.build(VoiceSpec("a", "embedded")), Embedded)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            VoiceSpec("sarah", "embeded"),
            "settings.yaml: voice 'sarah': there is no provider 'embeded'; "
            "did you mean 'embedded'? there are: elevenlabs, embedded, tone.",
        ),
        (
            VoiceSpec("sarah", "embedded", {"speaker": "hart"}),
            "settings.yaml: voice 'sarah': the embedded voice has no speaker 'hart'; "
            "did you mean 'heart'? there is only 'heart'.",
        ),
        (
            VoiceSpec("sarah", "embedded", {"voice_id": "x"}),
            "settings.yaml: voice 'sarah': embedded has no option 'voice_id'; "
            "there are: speaker, speed.",
        ),
    ],
)
def test_what_cannot_be_built_is_one_sentence(spec: VoiceSpec, sentence: str) -> None:
    assert table.problem_of(spec) == sentence
    with pytest.raises(SettingsError) as caught:
        table.build(spec)
    assert str(caught.value) == sentence


def test_a_vendors_voice_is_checked_without_its_key() -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"})
    assert table.problem_of(spec) is None
    assert "model" in str(
        table.problem_of(VoiceSpec("s", "elevenlabs", {"voice_id": "abc", "model": "x"}))
    )
    assert isinstance(table.build(spec, Access("key", "http://127.0.0.1:1")), ElevenLabs)


def test_what_can_be_built_is_no_problem() -> None:
    spec = VoiceSpec("sarah", "embedded", {"speaker": "heart", "speed": "1.2"})
    assert table.problem_of(spec) is None


def test_the_checker_learns_the_languages_of_a_provider() -> None:
    assert table.languages_of("embedded") == frozenset({"de", "en", "es", "fr", "it"})
    assert table.languages_of("tone") is None
    assert table.languages_of("nobody") == frozenset()


def test_building_a_voice_loads_nothing_heavy() -> None:
    script = (
        "import sys; from ivr.flow.world import VoiceSpec; from ivr.voices import table; "
        "table.build(VoiceSpec('a', 'embedded')).key; "
        "heavy = {'onnxruntime', 'hibari', 'py_nanotts', 'aiohttp'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_a_vendor_is_asked_about_a_voice_only_where_there_is_one_and_a_key_for_it() -> None:
    async def scenario() -> None:
        async with FakeVendor() as vendor:
            access = Access(vendor.key, vendor.url)
            sarah = VoiceSpec("sarah", "elevenlabs", {"voice_id": "gone"})
            assert await table.look_up(VoiceSpec("beeps", "tone"), access) is None
            assert await table.look_up(sarah, Access(None, vendor.url)) is None
            assert not vendor.requests
            report = await table.look_up(sarah, access, ["en-US", "is-IS"])
            assert report is not None
            assert ["is-IS" in report.wrong[0], "gone" in report.wrong[1]] == [True, True]

    asyncio.run(scenario())
