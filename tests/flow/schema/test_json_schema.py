"""What editors are given takes and refuses the same as the loader, for every kind and every key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any as Anything

import jsonschema
import pytest

from ivr.flow.schema import json_schema
from ivr.flow.schema.kinds import ACTION, PAGES
from ivr.flow.schema.shapes import Field, Page
from tests.flow.schema.samples import as_editors_read, bad, taken
from tests.flow.schema.test_kinds import FIELDS, action

FLOWS = Path(__file__).parents[3] / "flows"
SCHEMAS = json_schema.files()
VALIDATORS = {name: jsonschema.Draft7Validator(schema) for name, schema in SCHEMAS.items()}


def told(schema: str, text: str) -> list[str]:
    """What an editor says of a file; where, and what."""
    errors = VALIDATORS[f"{schema}.schema.json"].iter_errors(as_editors_read(text))
    return [f"{error.json_path} {error.message}" for error in errors]


def told_of_steps(steps: str) -> list[str]:
    return told("flow", f"steps:\n{steps}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(("page", "field"), FIELDS)
def test_a_field_takes_and_refuses_what_the_loader_does(page: Page, field: Field) -> None:
    for value in taken(field):
        assert not told_of_steps(action(page, field, value)), value
    for value in bad(field.shape):
        # Names of files and numbers, and what an expression says, are beyond a schema.
        assert told_of_steps(action(page, field, value)), value


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_kind_takes_what_belongs_to_another(page: Page) -> None:
    own = {*_keys_of(page), *(each.name for each in ACTION)}
    if not page.goto:
        own.remove("goto")
    step = action(page, None, "")
    everything = {name for other in PAGES.values() for name in _keys_of(other)}
    assert not told_of_steps(step)
    known = PAGES.keys() if page.others else everything | {"goto", "trys"}
    for name in known - own:
        assert told_of_steps(f"{step}    {name}: main\n"), name


def _keys_of(page: Page) -> Iterator[str]:
    yield page.name
    yield from (option.name for option in page.options)
    yield from (outcome.name for outcome in page.outcomes)


def test_one_slip_is_told_once_and_at_its_place() -> None:
    step = "  main:\n    - say: Hi.\n    - menu: {1: main}\n      trys: 2\n"
    assert told_of_steps(step) == [
        "$.steps.main[1] Additional properties are not allowed ('trys' was unexpected)"
    ]
    assert told_of_steps("  main: {tries: 2, goto: main}\n")
    assert told_of_steps("  main: {menu: {1: main}, ask: x}\n")
    assert not told_of_steps("  main: {run: identify, verified: main}\n")


@pytest.mark.parametrize("file", sorted(FLOWS.glob("*.yaml")), ids=lambda file: str(file.name))
def test_the_shipped_files_are_as_the_schemas_say(file: Path) -> None:
    schema = {"settings": "settings", "numbers": "numbers"}.get(file.stem, "flow")
    assert not told(schema, file.read_text("utf-8"))


@pytest.mark.parametrize("file", sorted(FLOWS.glob("tests/*")), ids=lambda file: str(file.name))
def test_the_shipped_tests_are_as_the_schema_says(file: Path) -> None:
    assert not told("test", file.read_text("utf-8"))


def test_traps_of_yaml_are_none_here() -> None:
    flow = """\
numbers: {desk: +13125550123}
anytime: {0: no, star: repeat}
steps:
  no:
    say: {en: yes}
    menu: {1: off, 00: 'on', 12: [{if: 1 > 2, goto: no}, {else: yes}]}
  yes: {ask: code, digits: 0042, min: 9, fail: {no_input: no, no_match: yes}}
"""
    assert not told("flow", flow)


def test_files_that_are_included_hold_definitions_alone() -> None:
    assert not told("shared", "texts: {bye: {en: Bye., es: Adiós.}}\nanytime: {0: operator}\n")
    assert told("shared", "steps: {main: {goto: hangup}}\n")
    assert not told("texts", "main.say: Bienvenido.\n")
    assert told("texts", "main: [Bienvenido.]\n")


def test_every_key_is_explained() -> None:
    unexplained: list[str] = []

    def look(schema: Anything, path: str) -> None:
        if isinstance(schema, dict):
            for name, inner in schema.get("properties", {}).items():
                if inner is not False and not {"markdownDescription", "$ref"} & inner.keys():
                    unexplained.append(f"{path}.{name}")
            for name, inner in schema.items():
                look(inner, f"{path}.{name}")
        elif isinstance(schema, list):
            for inner in schema:
                look(inner, path)

    for name, schema in SCHEMAS.items():
        look(schema, name)
    assert not unexplained
