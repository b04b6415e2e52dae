"""The table of kinds says what the loader does: the same keys, values, defaults and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ivr.flow.load import load
from ivr.flow.model import Kind
from ivr.flow.problems import Problem, Severity
from ivr.flow.schema import questions
from ivr.flow.schema.kinds import ACTION, PAGES
from ivr.flow.schema.shapes import Any, Field, Page
from ivr.flow.steps import COMMON, KINDS
from ivr.flow.steps.entries import ENTRIES
from ivr.flow.steps.entries import OPTIONS as ENTRY_OPTIONS
from tests.flow.schema.samples import FILE, bad, beyond, good, taken

_HEAD = """\
languages: {en-US: {}, es-US: {}}
numbers: {front_desk: +13125550123}
returns: [verified]
steps:
"""
_SETTINGS = """\
voices: {sarah: {provider: embedded}}
environments: {dev: {api: http://127.0.0.1:9000}}
"""
FIELDS = [
    pytest.param(page, field, id=f"{page.name}-{field.name}")
    for page in PAGES.values()
    for field in (page.value, *page.options)
]


def loaded(steps: str) -> tuple[Kind | None, list[Problem]]:
    """The first step's kind, and the errors."""
    files = {"main.yaml": _HEAD + steps, "settings.yaml": _SETTINGS}
    found = load(files, assets=frozenset({FILE}), checked=False)
    errors = [each for each in found.problems if each.severity is Severity.ERROR]
    if found.flows is None:
        return None, errors
    (flow,) = found.flows.flows.values()
    return flow.steps[flow.start].actions[0].kind, errors


def action(page: Page, field: Field | None, value: str) -> str:
    """A step of this kind with one field, which stands last."""
    lines = {page.name: page.value.example}
    lines |= {each.name: each.example for each in page.options if each.needed}
    lines |= {"otherwise": "main"} if page.name == "transfer" else {}
    if field is not None:
        if field.types and "as" not in lines:
            lines["as"] = next(_type_for(field, value))
        if field.name in page.beside:
            lines[page.name] = page.beside[field.name]
        lines.pop(field.name, None)
        lines[field.name] = value
    written = "\n".join(f"    {name}: {text}" for name, text in lines.items())
    return f"  here:\n{written}\n"


def _type_for(field: Field, value: str) -> Iterator[str]:
    """A type of entry that has the field, and this value where values are its own."""
    if field.name == "format":
        if value in ("12", "24"):
            yield "time"
        if value in ("star", "cents"):
            yield "money"
    if field.name in ("min", "max"):
        yield "date" if "today" in value or "2026" in value else "number"
    yield field.types[0]


def test_kinds_options_and_outcomes_are_those_of_the_loader() -> None:
    assert list(PAGES) == list(KINDS)
    for name, spec in KINDS.items():
        page = PAGES[name]
        assert {each.name for each in page.options} == spec.options - COMMON, name
        assert {each.name for each in page.outcomes} == spec.outcomes, name
        assert (bool(page.goto), bool(page.others)) == (spec.goto, spec.open), name
    assert {each.name for each in ACTION} == COMMON


def test_each_option_of_an_entry_goes_with_the_types_it_names() -> None:
    named = {each.name: each.types or questions.TYPES for each in questions.ASK.options}
    assert tuple(ENTRIES) == questions.TYPES
    for name, spec in ENTRIES.items():
        assert {each for each in ENTRY_OPTIONS if name in named[each]} == spec.options, name


@pytest.mark.parametrize(("page", "field"), FIELDS)
def test_the_loader_takes_what_the_table_offers(page: Page, field: Field) -> None:
    for value in taken(field):
        _, errors = loaded(action(page, field, value))
        assert not errors, (value, errors)


@pytest.mark.parametrize(("page", "field"), FIELDS)
def test_the_loader_refuses_what_the_table_does_not_know(page: Page, field: Field) -> None:
    for value in (*bad(field.shape), *beyond(field.shape)):
        _, errors = loaded(action(page, field, value))
        assert errors, value


@pytest.mark.parametrize(("page", "field"), FIELDS)
def test_a_default_written_out_changes_nothing(page: Page, field: Field) -> None:
    if field.default and not field.default.startswith("("):
        without, _ = loaded(action(page, field, field.default).rpartition(f"    {field.name}:")[0])
        written, _ = loaded(action(page, field, field.default))
        assert without == written
        others = [loaded(action(page, field, each))[0] for each in good(field.shape)]
        assert any(each != without for each in others) or field.name == "end_key"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_outcomes_are_destinations_and_the_example_loads(page: Page) -> None:
    for outcome in page.outcomes:
        field = Field(outcome.name, Any.DESTINATION, outcome.about)
        for value in good(field.shape):
            assert not loaded(action(page, field, value))[1]
        refused = [each for each in bad(field.shape) if outcome.name != "fail" or "[" in each]
        assert all(loaded(action(page, field, each))[1] for each in refused)
    example = re.sub("^", "  ", page.example, flags=re.MULTILINE)
    kind, errors = loaded(example.rstrip() + "\n")
    assert kind is not None, errors
    assert kind.kind == page.name
    assert not errors


@pytest.mark.parametrize("field", ACTION, ids=lambda field: str(field.name))
def test_the_keys_of_every_action_are_read_as_the_table_says(field: Field) -> None:
    beside = "say: Hi." if field.name == "goto" else "goto: main"
    for value in taken(field):
        assert not loaded(f"  here:\n    {beside}\n    {field.name}: {value}\n")[1], value
    if field.name != "was":  # which is read by the tools that compare flows, and by no call
        for value in (*bad(field.shape), *beyond(field.shape)):
            assert loaded(f"  here:\n    {beside}\n    {field.name}: {value}\n")[1], value
