"""Which takes a flow set needs, and why."""

from __future__ import annotations

import pytest

from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.prompts.wanted import Role, Wanted, heard, wanted
from ivr.voices.access import Access
from tests.flow.ring import flows_of

KEY = Access("a-key")
SETTINGS = """
voices:
  sarah:
    provider: elevenlabs
    voice_id: EXAVITQu4vr4xnSDxMaL
    settings: {speed: 1.2}
    fallback: [sarah_http, embedded]
  sarah_http: {like: sarah, socket: http}
  mateo: {like: sarah, voice_id: cjVigY5qzO86Huf0OWal, fallback: [sarah_http]}
  beeps: {provider: tone}
"""
FLOW = """
language: en-US
voice: sarah
vars: {name: Ann}
steps:
  main:
    say: ["Welcome.", "Hello ${name}.", "One moment."]
    goto: end
  end: {say: "One moment.", goto: hangup}
"""


def flows(flow: str = FLOW, settings: str = SETTINGS) -> FlowSet:
    return flows_of(flow, settings=settings)


def of(takes: list[Wanted], text: str) -> list[Wanted]:
    return [each for each in takes if each.words.text == text]


def test_every_text_is_wanted_in_its_voice_and_in_the_local_one_that_steps_in() -> None:
    own, fallback = of(list(wanted(flows(), KEY)), "Welcome.")
    assert (own.role, own.spec.name, own.local) == (Role.OWN, "sarah", False)
    assert (fallback.role, fallback.spec.name, fallback.local) == (Role.FALLBACK, "embedded", True)
    assert own.key.text == fallback.key.text == "Welcome."
    assert own.key.voice.startswith("elevenlabs ")
    assert fallback.key.voice.startswith("embedded ")
    assert fallback.words.voice == "embedded"
    assert own.places == ("main/main",)
    assert own.characters == 8


def test_all_own_takes_come_before_those_that_step_in() -> None:
    roles = [each.role for each in wanted(flows(), KEY)]
    assert roles == sorted(roles, key=list(Role).index)


def test_a_text_said_twice_is_one_take_with_both_places() -> None:
    own, fallback = of(list(wanted(flows(), KEY)), "One moment.")
    assert own.places == fallback.places == ("main/main", "main/end")


def test_no_text_with_a_value_is_wanted() -> None:
    assert not [each for each in wanted(flows(), KEY) if "Ann" in each.key.text]


def test_a_voice_without_a_local_one_at_its_end_has_nobody_to_step_in() -> None:
    for voice in ("mateo", "beeps"):
        takes = list(wanted(flows(FLOW.replace("voice: sarah", f"voice: {voice}")), KEY))
        assert {each.role for each in takes} == {Role.OWN}


def test_nobody_steps_in_for_a_language_it_does_not_speak() -> None:
    takes = list(wanted(flows(FLOW.replace("en-US", "pl-PL")), KEY))
    assert {each.role for each in takes} == {Role.OWN}
    assert all(each.spoken for each in takes)


def test_a_voice_that_does_not_speak_its_own_language_is_told() -> None:
    texts = FLOW.replace("en-US", "pl-PL").replace("voice: sarah", "voice: embedded")
    assert not any(each.spoken for each in wanted(flows(texts), KEY))


def test_without_a_key_the_embedded_voice_stands_in() -> None:
    texts = flows(FLOW.replace("voice: sarah", "voice: mateo"))
    roles = [each.role for each in of(list(wanted(texts, Access())), "Welcome.")]
    assert roles == [Role.OWN, Role.STAND_IN]
    (said,) = of(list(heard(texts, Access())), "Welcome.")
    assert (said.spec.provider, said.spec.name) == ("embedded", "mateo")
    (said,) = of(list(heard(texts, KEY)), "Welcome.")
    assert said.spec.provider == "elevenlabs"


def test_how_it_is_asked_for_does_not_shape_a_take_and_its_settings_do() -> None:
    (one, *_), (other, *_) = (
        of(list(wanted(flows(settings=settings), KEY)), "Welcome.")
        for settings in (
            SETTINGS,
            SETTINGS.replace("    settings", "    socket: single\n    settings"),
        )
    )
    assert one.key == other.key
    changed = flows(settings=SETTINGS.replace("1.2", "1.1"))
    assert of(list(wanted(changed, KEY)), "Welcome.")[0].key != one.key


@pytest.mark.parametrize(
    ("voice", "pace"), [("sarah", 1.2), ("beeps", None), ("embedded", 1.0), ("slow", 0.5)]
)
def test_the_gate_is_told_how_fast_a_voice_speaks(voice: str, pace: float | None) -> None:
    settings = SETTINGS + "  slow: {provider: embedded, speed: 0.5}\n"
    takes = wanted(flows(FLOW.replace("voice: sarah", f"voice: {voice}"), settings), KEY)
    assert takes[0].pace == pace


def test_a_voice_that_cannot_be_built_is_the_operators_fault() -> None:
    with pytest.raises(SettingsError, match="no provider"):
        wanted(flows(settings=SETTINGS.replace("elevenlabs", "cloud")), KEY)
