"""What a settings entry may choose of the embedded voice."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices.embedded import choices
from ivr.voices.embedded.choices import Choices


def test_an_entry_chooses_a_speaker_and_a_speed() -> None:
    options = {"speaker": "heart", "speed": "1.25"}
    assert choices.read(VoiceSpec("a", "embedded", options)) == Choices("heart", 1.25)
    assert choices.read(VoiceSpec("a", "embedded")) == Choices(choices.SPEAKERS[0], 1.0)


@pytest.mark.parametrize("options", [{"speaker": "hart"}, {"speed": "9"}, {"pitch": "1"}])
def test_what_there_is_not_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        choices.read(VoiceSpec("a", "embedded", options))


def test_checking_the_options_of_every_provider_loads_no_voice() -> None:
    code = """
import sys
from ivr.flow.world import VoiceSpec
from ivr.voices.table import PROVIDERS, problem_of
found = [problem_of(VoiceSpec(name, name, {"voice_id": "x"})) for name in PROVIDERS]
heavy = {"aiohttp", "numpy", "onnxruntime"} & sys.modules.keys()
assert not heavy, heavy
assert any(found), "options were read"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
