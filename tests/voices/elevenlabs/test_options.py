"""The options of a voice: what is written becomes a frozen configuration, or one sentence."""

from __future__ import annotations

import pytest

from ivr.errors import SettingsError
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs.options import Config, read

NOBODY = Access()


def config(**options: Option) -> Config:
    return read(VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc", **options}), NOBODY)


def test_a_voice_id_is_enough_and_gives_the_fastest_way_to_a_telephone() -> None:
    found = config()
    assert (found.model, found.format, found.socket) == (
        "eleven_flash_v2_5",
        "ulaw_8000",
        "multi",
    )
    assert found.auto_mode
    assert found.inactivity_seconds == 180
    assert found.base_url == "https://api.elevenlabs.io"
    assert not found.remarks


def test_everything_that_can_be_written_is_read() -> None:
    found = config(
        model="eleven_flash_v2_5",
        format="pcm_24000",
        settings={
            "stability": "0.4",
            "similarity_boost": "1",
            "style": "0",
            "use_speaker_boost": "no",
            "speed": "1.2",
        },
        socket="single",
        chunk_length_schedule=["50", "500"],
        language_code="es",
        normalization="off",
        pronunciation_dictionaries=["d1:v1", "d2:v2"],
        seed="7",
        concurrency="30",
        ahead_per_hour="0",
        inactivity_timeout="60",
        ssml="yes",
        logging="yes",
        region="eu",
    )
    assert dict(found.settings) == {
        "stability": 0.4,
        "similarity_boost": 1.0,
        "style": 0.0,
        "use_speaker_boost": False,
        "speed": 1.2,
    }
    assert (found.auto_mode, found.schedule) == (False, (50, 500))
    assert found.dictionaries == (("d1", "v1"), ("d2", "v2"))
    assert (found.seed, found.inactivity_seconds, found.ssml) == (7, 60, True)
    assert (found.concurrency, found.ahead_per_hour) == (30, 0)
    assert found.base_url == "https://api.eu.residency.elevenlabs.io"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"voice_id": ""}, "voice_id is missing"),
        ({"voice_id": "../x"}, "takes the voice's ID"),
        ({"voice": "x"}, "no option 'voice'; did you mean 'voice_id'?"),
        ({"model": "eleven_v3"}, "eleven_v3 speaks over HTTP only; set socket: http"),
        ({"model": "eleven_v4", "socket": "single"}, "set socket: http"),
        ({"model": "eleven_v4_turbo", "socket": "http"}, "dialogue sockets.*eleven_flash_v2_5"),
        ({"model": "eleven_monolingual_v1"}, "withdrawn .* use eleven_flash_v2"),
        ({"model": "eleven_flash_2_5"}, "did you mean 'eleven_flash_v2_5'?"),
        ({"format": "opus_44100_64"}, "no format 'opus_44100_64'; the nearest is opus_48000_64"),
        ({"format": "mp3_44100_128"}, "cannot be put on a call; use ulaw_8000"),
        ({"format": "alaw_8000"}, "cannot be put on a call; use ulaw_8000"),
        ({"format": "wav_8000"}, "cannot be put on a call; use ulaw_8000"),
        ({"format": "opus_48000_64"}, "cannot be put on a call; use ulaw_8000"),
        ({"settings": "0.5"}, "settings takes a map"),
        ({"settings": {"speed": "1.25"}}, "settings.speed is '1.25'; .* from 0.7 to 1.2"),
        ({"settings": {"stability": "-0.1"}}, "settings.stability is '-0.1'; .* from 0 to 1"),
        ({"settings": {"stabilty": "1"}}, "did you mean 'stability'?"),
        ({"settings": {"use_speaker_boost": "2"}}, "takes yes or no"),
        ({"socket": "websocket"}, "socket is 'websocket'; it takes multi, single or http"),
        ({"auto_mode": "yes", "chunk_length_schedule": ["50"]}, "exclude each other"),
        ({"chunk_length_schedule": ["49"]}, "whole number from 50 to 500"),
        ({"chunk_length_schedule": []}, "takes a list of characters"),
        ({"chunk_length_schedule": "120"}, "takes a list of characters"),
        ({"latency": "3"}, "HTTP endpoint only; leave it out"),
        ({"latency": "5", "socket": "http"}, "whole number from 0 to 4"),
        ({"latency": "1", "socket": "http", "model": "eleven_v3"}, "takes no latency"),
        ({"language_code": "es-US"}, "without a region"),
        ({"language_code": "xx"}, "does not speak the language 'xx'"),
        ({"language_code": "de", "model": "eleven_multilingual_v2"}, "takes no language_code"),
        ({"normalization": "yes"}, "takes auto, on or off"),
        ({"pronunciation_dictionaries": ["a:b"] * 4}, "ElevenLabs takes 3"),
        ({"pronunciation_dictionaries": ["a"]}, "like id:version"),
        ({"pronunciation_dictionaries": {"a": "b"}}, "takes a list"),
        ({"seed": "4294967296"}, "from 0 to 4294967295"),
        ({"seed": "9" * 5_000}, "whole number"),
        ({"inactivity_timeout": "181"}, "from 20 to 180"),
        ({"ssml": "maybe"}, "ssml is 'maybe'; it takes yes or no"),
        ({"ssml": "yes", "model": "eleven_v4", "socket": "http"}, "reads no SSML"),
        (
            {"settings": {"speed": "1"}, "model": "eleven_v4", "socket": "http"},
            "takes no settings.speed",
        ),
        ({"region": "fr"}, "no region 'fr'"),
        ({"region": "eu", "base_url": "https://x.example"}, "exclude each other"),
        ({"base_url": "http://api.example.com"}, "takes an https address"),
        ({"base_url": "https://user:pw@x.example"}, "takes an https address"),
        ({"base_url": "https://x.example/path"}, "takes an https address"),
        ({"model": ["a"]}, "one plain value"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_use_instead(
    options: dict[str, Option], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        config(**options)
    text = str(caught.value)
    assert text.startswith("settings.yaml: voice 'sarah': ")
    assert text.endswith(".")
    assert "\n" not in text


def test_what_works_but_should_be_known_is_a_remark() -> None:
    (remark,) = config(model="eleven_turbo_v2_5").remarks
    assert "deprecated" in remark
    assert "eleven_flash_v2_5" in remark
    (remark,) = config(normalization="on").remarks
    assert "Enterprise" in remark
    (remark,) = config(logging="no").remarks
    assert "Enterprise" in remark
    assert not config(normalization="on", model="eleven_multilingual_v2").remarks


def test_the_environment_says_where_the_vendor_is_before_the_settings_do() -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc", "region": "eu"})
    found = read(spec, Access(None, "http://127.0.0.1:8080/v1/"))
    assert found.base_url == "http://127.0.0.1:8080"


def test_a_key_is_never_sent_in_the_clear_over_a_network() -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"})
    with pytest.raises(SettingsError, match="ELEVENLABS_BASE_URL takes an https address"):
        read(spec, Access("key", "http://api.elevenlabs.io"))


def test_the_language_of_a_text_is_said_only_to_models_that_take_it() -> None:
    assert config().language("es-US") == "es"
    assert config().language("nb-NO") == "no"
    assert config(language_code="none").language("es-US") is None
    assert config(language_code="es").language("en-US") == "es"
    assert config(model="eleven_multilingual_v2").language("es-US") is None


def test_it_speaks_what_its_model_speaks() -> None:
    assert config().speaks("vi-VN")
    assert not config(model="eleven_multilingual_v2").speaks("vi-VN")
    assert not config(model="eleven_flash_v2").speaks("es-US")
    assert config(model="eleven_v3", socket="http").speaks("is-IS")


@pytest.mark.parametrize(
    "other",
    [
        {"voice_id": "xyz"},
        {"model": "eleven_multilingual_v2"},
        {"format": "pcm_16000"},
        {"settings": {"speed": "1.1"}},
        {"seed": "1"},
        {"pronunciation_dictionaries": ["a:b"]},
        {"normalization": "on"},
        {"ssml": "yes"},
        {"language_code": "es"},
        {"auto_mode": "no"},
        {"chunk_length_schedule": ["50"]},
        {"socket": "http", "latency": "4"},
    ],
)
def test_everything_that_shapes_the_sound_is_in_its_key(other: dict[str, Option]) -> None:
    assert config(**other).key != config().key


@pytest.mark.parametrize(
    "other", [{"socket": "single"}, {"inactivity_timeout": "60"}, {"region": "us"}]
)
def test_how_it_is_asked_for_is_not_in_its_key(other: dict[str, Option]) -> None:
    assert config(**other).key == config().key


def test_the_takes_of_a_fake_vendor_are_nobody_elses() -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"})
    assert read(spec, Access(None, "http://127.0.0.1:1")).key != config().key


@pytest.mark.parametrize("key", ["sk_one\nsk_two", "sk_☎", "sk\x00"])
def test_a_key_that_no_request_can_carry_is_refused_and_not_repeated(key: str) -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"})
    with pytest.raises(SettingsError, match="ELEVENLABS_API_KEY has a line break") as caught:
        read(spec, Access(key))
    assert "sk" not in str(caught.value)
    assert read(spec, Access("sk_one")) == read(spec, NOBODY)
