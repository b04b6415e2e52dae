"""numbers.yaml: where calls start."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from ivr.flow.model import Entry
from tests.flow.folders import compiled, problem
from tests.flow.ring import Ring, flows_of, problems_of

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"
SUB = "returns: [known, unknown]\n" + FLOW
SETTINGS = "environments: {dev: {town: Springfield, rings: 3}}\n"


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
        ("+13125550100: {language: en-US}\n", ("S007", 1, 15)),
        ("+13125550100: {flow: main, settings: 3}\n", ("S007", 1, 38)),
        ("+13125550100: {flow: main, settings: {twon: x}}\n", ("X002", 1, 39)),
        ("+13125550100: {flow: main, settings: {town: '${env.MY_TOKEN}'}}\n", ("S007", 1, 45)),
        ("default: mian\n", ("F001", 1, 10)),
    ],
)
def test_mistakes_in_numbers_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, numbers=text, settings=SETTINGS)


def test_a_number_may_have_settings_of_its_own() -> None:
    numbers = "+13125550100: {flow: main, settings: {town: '${env.TOWN}', rings: 5}}\n"
    files = {"main": FLOW, "settings": SETTINGS, "numbers": numbers}
    entry = compiled(files, environ={"TOWN": "Shelbyville"}).entry_for("+13125550100")
    assert entry == Entry("main", None, {"town": "Shelbyville", "rings": 5})


def test_a_caller_hears_the_settings_of_the_number_they_called() -> None:
    flow = FLOW.replace("Hello.", "From ${settings.town}, ${settings.rings}.")
    entry = "{flow: main, settings: {town: Shelbyville}}"
    own, other = f"+13125550100: {entry}\n", f"+13125550199: {entry}\ndefault: main\n"
    assert Ring(flow, settings=SETTINGS, numbers=own).said == ["From Shelbyville, 3."]
    assert Ring(flow, settings=SETTINGS, numbers=other).said == ["From Springfield, 3."]


def test_a_misspelt_setting_is_told_with_what_was_meant() -> None:
    numbers = "+13125550100: {flow: main, settings: {twon: x}}\n"
    found = problem({"main": FLOW, "settings": SETTINGS, "numbers": numbers}, "X002")
    assert found.help == "did you mean “town”?"


@pytest.mark.parametrize("entry", ["sub", "{flow: sub}"])
def test_a_flow_that_others_run_answers_no_calls(entry: str) -> None:
    files = {"main": FLOW, "sub": SUB, "numbers": f"+13125550100: {entry}\n"}
    found = problem(files, "S007")
    assert found.span.file == "numbers.yaml"
    assert "returns:" in found.message
    assert "main" in found.help


def test_one_flow_that_is_not_run_by_others_needs_no_numbers() -> None:
    flows = load({"a.yaml": FLOW, "sub.yaml": SUB}, checked=False).flows
    assert flows is not None
    assert flows.entry_for("+13125550100") == Entry("a", None)
    alone = load({"sub.yaml": SUB}, checked=False).flows
    assert alone is not None
    assert alone.entry_for("+13125550100") is None
