"""What flows give to functions, and what these come to."""

from __future__ import annotations

import pytest

from ivr.flow.world import FunctionSpec, Parameter
from tests.flow.check.told import faults

BOOK = FunctionSpec(
    "book",
    (
        Parameter("number", "text", required=True),
        Parameter("day", "date", required=False, nullable=True),
        Parameter("seats", "whole number", required=False),
        Parameter("sure", "yes or no", required=False),
        Parameter("list", "list", required=False),
    ),
    ("full",),
)
FUNCTIONS = {"book": BOOK}
FLOW = """\
vars: {table: {day: 2026-12-01, seats: 4, name: Ana}, sure: yes}
steps:
  main:
    say: One moment.
    do: book
    with: {number: '12', GIVEN}
    save: booked
    full: bye
    failed: bye
    goto: bye
  bye: {say: Bye., goto: hangup}
"""


def found(old: str = "", new: str = "", given: str = "day: null") -> list[tuple[str, int, int]]:
    return faults(FLOW.replace("GIVEN", given).replace(old, new), FUNCTIONS)


def test_a_call_as_the_function_wants_it_is_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("do: book", "do: boko", ("F001", 5, 9)),
        ("number: '12', ", "", ("X002", 5, 9)),
        ("number:", "numer: 1, number:", ("S001", 6, 12)),
        ("    full: bye\n", "", ("F010", 5, 9)),
        ("    full: bye\n", "    fulll: bye\n    full: bye\n", ("F011", 8, 5)),
        ("save: booked", "svae: booked", ("F011", 7, 5)),
        ("goto: bye\n  bye", "done: bye\n    goto: bye\n  bye", ("F011", 10, 5)),
        ("    failed: bye\n", "", ("H001", 5, 9)),
    ],
)
def test_what_the_function_does_not_have_is_told_at_its_place(
    old: str, new: str, fault: tuple[str, int, int]
) -> None:
    assert found(old, new) == [fault]


def test_otherwise_leads_every_outcome_and_every_failure() -> None:
    assert found("    full: bye\n    failed: bye\n", "    otherwise: bye\n") == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("day: 2026-12-01", False),
        ("day: tomorrow", True),
        ("day: '${table.day}'", False),
        ("day: '${table.seats}'", True),
        ("day: '${today()}'", False),
        ("seats: 4", False),
        ("seats: many", True),
        ("seats: null", True),
        ("seats: '${table.seats + 1}'", False),
        ("seats: '${table}'", True),
        ("sure: true", False),
        ("sure: 'no'", True),
        ("list: [1, 2]", False),
        ("list: ['${table.name}']", False),
        ("list: '${table.name}'", True),
        ("list: '${call.id}'", True),
    ],
)
def test_x005_a_value_the_parameter_does_not_take(given: str, wrong: bool) -> None:
    assert [code for code, _, _ in found(given=given)] == (["X005"] if wrong else [])


def test_where_no_functions_are_known_nothing_is_said_of_them() -> None:
    flow = FLOW.replace("GIVEN", "strange: 1").replace("full: bye", "anything: bye")
    assert faults(flow, {}) == []
