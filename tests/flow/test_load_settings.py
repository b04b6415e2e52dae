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
        ("voices: {a: {like: b}}\n", ("S007", 1, 13)),
        ("voices: {a: embedded}\n", ("S007", 1, 13)),
        ("environments: {production: {}}\n", ("S007", 1, 15)),
        ("environments: {dev: 3}\n", ("S007", 1, 21)),
        ("[]\n", ("S007", 1, 1)),
    ],
)
def test_mistakes_in_settings_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, settings=text)


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
