"""The other files of a folder, as the table says and as the loaders read them."""

from __future__ import annotations

import pytest

from ivr.flow import load_include, load_settings, load_top
from ivr.flow.load import load
from ivr.flow.problems import Severity
from ivr.flow.schema import folder, outside, rehearsals
from ivr.flow.schema.shapes import Field, MapOf, Record
from ivr.flow.steps import COMMON, KINDS
from ivr.rehearsal import directions, read
from ivr.voices.elevenlabs.options import OPTIONS
from tests.flow.schema.samples import FILE, bad, good, taken

_STEPS = "steps: {main: {goto: hangup}}\n"


def errors(files: dict[str, str]) -> list[str]:
    found = load(files, assets=frozenset({FILE}), checked=False)
    return [str(each) for each in found.problems if each.severity is Severity.ERROR]


def names(fields: tuple[Field, ...]) -> set[str]:
    return {each.name for each in fields}


def test_the_keys_are_those_of_the_loaders() -> None:
    assert names(folder.FLOW) == load_top.TOP_KEYS
    assert names(folder.DEFINITIONS) == {*load_include.DEFINITIONS, "include"}
    assert names(outside.SETTINGS) == load_settings.SETTINGS_KEYS
    assert names(rehearsals.TESTS) == read._TOP_KEYS
    assert names(rehearsals.LINES) == {*directions._VERBS, directions.AS_IN}
    (defaults,) = [each.shape for each in folder.DEFINITIONS if each.name == "defaults"]
    assert isinstance(defaults, Record)
    for field in defaults.fields:
        if field.name in KINDS:
            options = KINDS[field.name].options | KINDS[field.name].outcomes
            assert isinstance(field.shape, Record)
            assert names(field.shape.fields) == options - COMMON


def test_the_options_of_voices_that_are_offered_are_known() -> None:
    (voices,) = [each.shape for each in outside.SETTINGS if each.name == "voices"]
    assert isinstance(voices, MapOf)
    assert isinstance(voices.value, MapOf)
    offered = names(voices.value.likely)
    assert offered - {"provider", "like", "fallback", "speaker", "speed"} <= OPTIONS


@pytest.mark.parametrize("field", folder.FLOW, ids=lambda field: str(field.name))
def test_the_top_of_a_flow_is_read_as_the_table_says(field: Field) -> None:
    if field.name == folder.STEPS:
        return
    beside = {"shared/common.yaml": "texts: {bye: Goodbye.}\n", "settings.yaml": _VOICES}
    steps = _STEPS.replace("main:", "main: {goto: hangup}, operator: {goto: main}, tidy_up:")
    for value in taken(field):
        written = f"{field.name}: {value}\n{steps}".replace("/other", "hangup")
        assert not errors({"main.yaml": written, **beside}), value
    for value in bad(field.shape) if field.name != "ivr" else ("2",):
        written = f"{field.name}: {value}\n{steps}"
        if field.name != "description":  # which nothing reads
            assert errors({"main.yaml": written, **beside}), value


_VOICES = "voices: {sarah: {provider: embedded}, mateo: {provider: embedded}}\n"


@pytest.mark.parametrize("field", outside.SETTINGS, ids=lambda field: str(field.name))
def test_the_settings_are_read_as_the_table_says(field: Field) -> None:
    for value in (*taken(field), *good(field.shape)):
        assert not errors({"main.yaml": _STEPS, "settings.yaml": f"{field.name}: {value}\n"})
    for value in bad(field.shape):
        assert errors({"main.yaml": _STEPS, "settings.yaml": f"{field.name}: {value}\n"}), value
