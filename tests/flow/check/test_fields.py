"""What is known of the fields and kinds of values before any call."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told
from tests.flow.ring import loaded

FLOW = """\
hours: {desk: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
vars: {plain: hello, nothing: null}
steps:
  main:
    - say: One moment.
      http: GET https://api.example/a
      save: found
      example: {name: Ana, next: {at: 9:30, open: null}, slots: [{at: 9:30}], list: [], n: 2}
      error: bye
    - set: {copy: '${found.next}', made: {a: '${found.name}', b: 1}, rows: ['${found.n}', 2]}
    - say: SAY
      goto: bye
  bye: {say: Bye., goto: hangup}
"""
SETTINGS = "allowed_hosts: [api.example]\nenvironments: {dev: {api: {a: 1}}}\n"


def at(text: str) -> list[tuple[int, int]]:
    return told(FLOW.replace("SAY", f"It is ${{{text}}}."), "X004", settings=SETTINGS)


@pytest.mark.parametrize(
    "text",
    [
        "found.name",
        "found.next.at",
        "found.next.open.anything",
        "found.slots[0].at",
        "found['name']",
        "found.list[3].anything",
        "copy.at",
        "made.a",
        "rows[1]",
        "nothing.anything",
        "default(found.name, '')",
        "hours.desk.closes_at | time",
        "settings.api.a",
        "choose(found.n > 1, found.next, copy).at",
    ],
)
def test_x004_fields_that_are_there_and_those_nobody_knows_of(text: str) -> None:
    assert at(text) == []


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("found.nmae", 26),
        ("found.next.ta", 31),
        ("found.slots[0].ta", 20),
        ("found.slots.at", 32),
        ("found.name.first", 31),
        ("found['nmae']", 20),
        ("copy.ta", 25),
        ("made.c", 25),
        ("made.a.c", 27),
        ("plain.a", 26),
        ("default(found.nmae, '')", 34),
        ("hours.desk.opn", 31),
        ("settings.api.b", 33),
        ("size(found.slots[0].ta)", 25),
    ],
)
def test_x004_a_field_that_is_not_there_is_told_at_its_place(text: str, column: int) -> None:
    assert at(text) == [(11, column)]


def test_x004_without_an_example_nothing_is_known() -> None:
    flow = FLOW.replace("SAY", "It is ${found.nmae}.")
    flow = flow[: flow.index("      example")] + flow[flow.index("      error") :]
    assert told(flow, "X004", settings=SETTINGS) == []


def test_x004_a_field_one_of_several_ways_brings_is_there() -> None:
    flow = FLOW.replace("SAY", "It is ${found.extra}.")
    more = flow.replace("    - set: {copy:", "    - set: {found: {extra: 1}}\n    - set: {copy:")
    assert told(more, "X004", settings=SETTINGS) == []


def test_x004_a_list_has_items_and_no_fields() -> None:
    found = loaded(
        FLOW.replace("SAY", "It is ${found.slots.at}."), frozenset(), settings=SETTINGS
    ).problems
    (fault,) = [each for each in found if each.code == "X004"]
    assert fault.message == "“found.slots” is a list by its example, and has no fields"
    assert fault.help == "write found.slots[0]"


INTO = """\
steps:
  main:
    run: other
    with: {who: {name: Ana}}
    save: back
    done: told
  told: {say: 'It is ${back.SAY}.', goto: hangup}
"""
OTHER = """\
inputs: [who]
returns: [done]
steps:
  main:
    say: Hello, ${inputs.who.READ}.
    goto: end
  end: {return: done, value: {first: '${inputs.who.name}'}}
"""


@pytest.mark.parametrize(
    ("read", "say", "file"),
    [("name", "first", ""), ("nmae", "first", "other.yaml"), ("name", "last", "main.yaml")],
)
def test_x004_values_are_followed_into_other_flows_and_back(read: str, say: str, file: str) -> None:
    other = OTHER.replace("READ", read)
    found = loaded(INTO.replace("SAY", say), frozenset(), other=other).problems
    assert [each.span.file for each in found if each.code == "X004"] == ([file] if file else [])
