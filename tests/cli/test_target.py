"""Which flow a simulated call leads to: named, or by its number, or the only one there is."""

from __future__ import annotations

import pytest

from ivr.cli.target import choose_flow
from ivr.errors import SettingsError
from ivr.flow.load import load

TWO = {
    "clinic.yaml": "languages: {en-US: {voice: embedded}, es-US: {voice: embedded}}\n"
    "steps: {main: {say: {en: Hello., es: Hola.}, goto: hangup}}\n",
    "desk.yaml": "steps:\n  main:\n    say: Hello.\n    goto: hangup\n",
}
NUMBERS = "+13125550100: clinic\n+13125550110: {flow: clinic, language: es-US}\ndefault: desk\n"


def chosen(
    wanted: str | None, number: str | None = None, language: str | None = None, numbers: str = ""
) -> tuple[str, str, str | None]:
    """Which flow answers, the number called, and the language it begins in."""
    files = TWO | ({"numbers.yaml": numbers} if numbers else {})
    loaded = load(files, environment="dev")
    assert loaded.flows is not None, loaded.problems
    flows, flow, called = choose_flow(loaded.flows, wanted, number, language)
    entry = flows.entry_for(called)
    assert entry is not None
    assert entry.flow == flow.id
    return flow.id, called, entry.language


@pytest.mark.parametrize(
    ("wanted", "number", "language", "expected"),
    [
        ("clinic", None, None, ("clinic", "+13125550100", None)),
        ("clinic", None, "es-US", ("clinic", "+13125550100", "es-US")),
        ("clinic", "+13125550110", None, ("clinic", "+13125550110", "es-US")),
        ("desk", "+13125550110", None, ("desk", "+13125550110", None)),
        (None, "+13125550110", None, ("clinic", "+13125550110", "es-US")),
        (None, "+15550001111", None, ("desk", "+15550001111", None)),
        (None, None, None, ("desk", "+13125550100", None)),
    ],
)
def test_the_number_picks_the_flow_unless_a_flow_is_named(
    wanted: str | None,
    number: str | None,
    language: str | None,
    expected: tuple[str, str, str | None],
) -> None:
    assert chosen(wanted, number, language, NUMBERS) == expected


def test_of_several_flows_without_numbers_one_must_be_named() -> None:
    assert chosen("desk")[0] == "desk"
    with pytest.raises(SettingsError, match="name the one to call: clinic, desk"):
        chosen(None)


def test_a_flow_that_others_run_is_no_choice_and_can_be_named() -> None:
    files = {
        "main.yaml": "steps: {main: {run: other, done: main, otherwise: main}}\n",
        "other.yaml": "returns: [done]\nsteps: {main: {return: done}}\n",
    }
    flows = load(files, checked=False).flows
    assert flows is not None
    assert choose_flow(flows, None, None, None)[1].id == "main"
    assert choose_flow(flows, "other", None, None)[1].id == "other"


def test_a_number_keeps_its_settings() -> None:
    numbers = "+13125550100: {flow: desk, settings: {desk: east}}\n"
    files = {**TWO, "numbers.yaml": numbers, "settings.yaml": "environments: {dev: {desk: west}}\n"}
    flows = load(files, checked=False).flows
    assert flows is not None
    chosen_set, _, called = choose_flow(flows, "desk", None, None)
    entry = chosen_set.entry_for(called)
    assert entry is not None
    assert entry.settings == {"desk": "east"}
