"""Which voice speaks, from settings.yaml and switches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.cli.voices import MADE, VENDOR, Switches, build, choose, described, read_voices
from ivr.errors import SettingsError
from ivr.flow.world import EMBEDDED, Option, VoiceSpec
from ivr.voices.access import Access

NONE = Switches({}, {})
SARAH = VoiceSpec("sarah", VENDOR, {"voice_id": "abc", "auto_mode": "yes"}, fallback=(EMBEDDED,))
HOME = VoiceSpec(EMBEDDED, EMBEDDED)
BEEPS = VoiceSpec("beeps", "tone")
ALL = {spec.name: spec for spec in (HOME, BEEPS, SARAH)}


def switched(
    name: str | None = None, *, settings: Mapping[str, str] | None = None, **options: Option
) -> VoiceSpec:
    return choose(ALL, name, Switches(options, settings or {}))


def written(folder: Path, text: str) -> Mapping[str, VoiceSpec]:
    (folder / "settings.yaml").write_text(text)
    return read_voices(folder, "dev")


def test_without_a_folder_or_a_file_the_embedded_voice_is_there(tmp_path: Path) -> None:
    assert list(read_voices(tmp_path / "nowhere", "dev")) == [EMBEDDED]
    assert list(read_voices(tmp_path, "dev")) == [EMBEDDED]


def test_voices_are_read_beside_flows_that_are_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICE_EN", "from-the-environment")
    (tmp_path / "main.yaml").write_text("steps: [")
    voices = written(
        tmp_path, "voices:\n  sarah: {provider: elevenlabs, voice_id: '${env.VOICE_EN}'}\n"
    )
    assert voices["sarah"].options["voice_id"] == "from-the-environment"


def test_a_broken_settings_file_is_shown_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        written(tmp_path, "voices:\n  sarah: {speed: 1}\n")
    assert "settings.yaml:2:3 error" in str(caught.value)
    assert "^^^^^" in str(caught.value)


def test_the_first_voice_of_the_settings_speaks_or_else_the_embedded_one() -> None:
    assert choose(ALL, None, NONE) is BEEPS
    assert choose({EMBEDDED: HOME}, None, NONE) is HOME


def test_a_name_chooses_and_a_wrong_one_is_answered_with_those_there_are() -> None:
    assert choose(ALL, "sarah", NONE) is SARAH
    with pytest.raises(SettingsError, match="there are: embedded, beeps, sarah"):
        choose(ALL, "sara", NONE)


def test_a_voice_id_makes_a_voice_of_its_own_or_changes_the_named_one() -> None:
    assert switched(voice_id="xyz") == VoiceSpec(MADE, VENDOR, {"voice_id": "xyz"})
    assert switched("sarah", voice_id="xyz").options == {"voice_id": "xyz", "auto_mode": "yes"}


def test_the_vendors_switches_go_to_the_first_voice_of_the_vendor() -> None:
    assert switched(model="m").options == {**SARAH.options, "model": "m"}


def test_voice_settings_are_laid_over_those_that_are_written() -> None:
    spec = choose(
        {"a": VoiceSpec("a", VENDOR, {"settings": {"stability": "0.5", "style": "0"}})},
        None,
        Switches({}, {"stability": "0.9", "speed": "1.1"}),
    )
    assert spec.options["settings"] == {"stability": "0.9", "style": "0", "speed": "1.1"}


def test_a_schedule_replaces_auto_mode_and_the_other_way_round() -> None:
    spec = switched("sarah", chunk_length_schedule=["120"])
    assert spec.options == {"voice_id": "abc", "chunk_length_schedule": ["120"]}
    other = VoiceSpec("s", VENDOR, {"chunk_length_schedule": ["120"]})
    assert choose({"s": other}, "s", Switches({"auto_mode": "yes"}, {})).options == {
        "auto_mode": "yes"
    }


def test_a_socket_drops_the_latency_of_http_unless_both_are_asked_for() -> None:
    http = {"s": VoiceSpec("s", VENDOR, {"socket": "http", "latency": "3"})}
    assert choose(http, "s", Switches({"socket": "multi"}, {})).options == {"socket": "multi"}
    both = {"socket": "multi", "latency": "2"}
    assert choose(http, "s", Switches(both, {})).options == both


def test_speed_is_the_embedded_voices_too_and_anything_else_is_not() -> None:
    assert switched(EMBEDDED, settings={"speed": "1.2"}).options == {"speed": "1.2"}
    for name, switches in (
        (EMBEDDED, Switches({"model": "m"}, {})),
        (EMBEDDED, Switches({}, {"style": "0.1"})),
        ("beeps", Switches({}, {"speed": "1.2"})),
    ):
        with pytest.raises(SettingsError, match="--voice-id"):
            choose(ALL, name, switches)


def test_a_fault_in_a_switch_is_not_blamed_on_the_file() -> None:
    wrong = VoiceSpec("sarah", VENDOR, {"voice_id": "abc", "model": "no"})
    with pytest.raises(SettingsError, match=r"^settings\.yaml: voice 'sarah'"):
        build(wrong, Access())
    with pytest.raises(SettingsError, match=r"^the voice 'sarah': ElevenLabs has no model"):
        build(wrong, Access(), switched=True)


def test_a_voice_is_described_in_a_few_words() -> None:
    assert described(SARAH) == "sarah (elevenlabs, abc)"
    assert described(HOME) == "embedded (embedded)"
