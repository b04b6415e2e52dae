"""settings.yaml and numbers.yaml."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from ivr.flow.model import Entry
from ivr.flow.world import VoiceSpec
from tests.flow.ring import Ring, flows_of, problems_of

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


def test_voices_have_a_provider_and_options_and_may_be_like_another() -> None:
    flows = flows_of(
        FLOW,
        settings="""
            voices:
              sarah: {provider: embedded, speaker: a}
              quick: {like: sarah, speed: 1.2}
        """,
    )
    assert flows.voices["sarah"] == VoiceSpec("sarah", "embedded", {"speaker": "a"})
    assert flows.voices["quick"].options == {"speaker": "a", "speed": "1.2"}


def test_options_may_be_lists_and_maps_and_voices_may_fall_back() -> None:
    flows = flows_of(
        FLOW,
        settings="""
            voices:
              sarah:
                provider: elevenlabs
                settings: {stability: 0.5, use_speaker_boost: yes}
                chunk_length_schedule: [120, 160]
                fallback: [sarah_http, embedded]
              sarah_http: {like: sarah, socket: http}
        """,
    )
    sarah = flows.voices["sarah"]
    assert sarah.options["settings"] == {"stability": "0.5", "use_speaker_boost": "yes"}
    assert sarah.options["chunk_length_schedule"] == ["120", "160"]
    assert sarah.fallback == ("sarah_http", "embedded")
    assert flows.voices["sarah_http"].options["socket"] == "http"
    assert flows.voices["sarah_http"].fallback == ()


def test_a_voice_may_read_the_environment_but_no_secrets() -> None:
    text = "voices: {a: {provider: elevenlabs, voice_id: '${env.VOICE_EN}', x: '${env.UNSET}'}}\n"
    found = load({"a.yaml": FLOW, "settings.yaml": text}, environ={"VOICE_EN": "abc"})
    assert found.flows is not None
    assert found.flows.voices["a"].options == {"voice_id": "abc", "x": ""}
    secret = text.replace("VOICE_EN", "ELEVENLABS_API_KEY")
    assert problems_of(FLOW, settings=secret) == [("S007", 1, 46)]


def test_a_fallback_must_be_a_voice() -> None:
    text = "voices: {a: {provider: embedded, fallback: [b]}}\n"
    assert problems_of(FLOW, settings=text) == [("S007", 1, 45)]


def test_the_embedded_voice_is_always_there() -> None:
    assert flows_of(FLOW).voices["embedded"].provider == "embedded"


def test_settings_are_those_of_the_environment() -> None:
    text = "environments:\n  dev: {town: Springfield}\n  production: {town: Shelbyville}\n"
    flow = "steps:\n  main:\n    say: From ${settings.town}.\n    goto: hangup\n"
    assert Ring(flow, settings=text).said == ["From Springfield."]
    found = load({"a.yaml": flow, "settings.yaml": text}, environment="production")
    assert found.flows is not None
    assert found.flows.settings == {"town": "Shelbyville"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("voises: {}\n", ("S001", 1, 1)),
        ("voices: {a: {}}\n", ("S007", 1, 10)),
        ("voices: {a: {like: b}}\n", ("S007", 1, 20)),
        ("voices: {a: embedded}\n", ("S007", 1, 13)),
        ("environments: {production: {}}\n", ("S007", 1, 15)),
        ("environments: {dev: 3}\n", ("S007", 1, 21)),
        ("[]\n", ("S007", 1, 1)),
    ],
)
def test_mistakes_in_settings_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, settings=text)


EMERGENCY = """
    emergency:
      say: {en: We are sorry., es-US: Lo sentimos.}
      operator: +13125550123
"""


def test_an_emergency_has_its_words_and_may_have_a_person() -> None:
    found = flows_of(FLOW, settings=EMERGENCY).emergency
    assert found.text("en-GB") == "We are sorry."
    assert found.text("es-US") == "Lo sentimos."
    assert found.text("fr-FR") is None
    assert found.text(None) is None
    assert found.operator == "+13125550123"
    assert flows_of(FLOW).emergency.operator is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("emergency: {say: Sorry.}", "S007"),
        ("emergency: {operator: 911}", "T001"),
        ("emergency: {operatr: +13125550123}", "S001"),
        ("emergency: {say: {english: Sorry.}}", "S007"),
        (f"emergency: {{say: {{en: {'a' * 501}}}}}", "S007"),
    ],
)
def test_mistakes_in_an_emergency_are_told(wrong: str, code: str) -> None:
    assert [found for found, _, _ in problems_of(FLOW, settings=wrong)] == [code]


def test_the_apology_of_a_call_in_trouble_is_the_one_written() -> None:
    call = Ring(
        """
        vars: {a: 1}
        steps:
          main:
            set: {a: "${a / 0}"}
            goto: main
    """,
        settings=EMERGENCY,
    )
    assert call.said == ["We are sorry."]


def test_numbers_lead_to_flows_and_default_takes_the_rest() -> None:
    flows = flows_of(
        FLOW,
        other=FLOW.replace("steps:", "languages: {en-US: {}, es-US: {}}\nsteps:").replace(
            "say: Hello.", "say: {en: Hello., es: Hola.}"
        ),
        numbers="""
            +13125550100: main
            +13125550110: {flow: other, language: es-US}
            default: other
        """,
    )
    assert flows.entry_for("+13125550100") == Entry("main", None)
    assert flows.entry_for("+13125550110") == Entry("other", "es-US")
    assert flows.entry_for("+49301234567") == Entry("other", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("+13125550100: mian\n", ("F001", 1, 15)),
        ("3125550100: main\n", ("T001", 1, 1)),
        ("+13125550100: {flwo: main}\n", ("S001", 1, 16)),
        ("+13125550100: {flow: main, language: fr-FR}\n", ("L002", 1, 38)),
        ("+13125550100: [main]\n", ("S007", 1, 15)),
    ],
)
def test_mistakes_in_numbers_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, numbers=text)
