"""Kinds of values, callers without a number, and values nobody should hear."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = """\
vars: {count: 0, name: Ana}
numbers: {desk: +13125550123}
steps:
  main:
    say: Four digits?
    ask: code
    digits: 4
    goto: next
  next:
    goto: [{if: IF, goto: hangup}, {else: main}]
"""


@pytest.mark.parametrize(
    ("condition", "column"),
    [
        ("code > 5", 22),
        ("number(code) > 5", None),
        ("code == '5'", None),
        ("count == '5'", 23),
        ("name == 5", 22),
        ("call.minutes > 'a'", 30),
        ("numbers.desk == 1", 30),
        ("settings.anything > 1", None),
    ],
)
def test_x005_what_never_goes_together_is_told_at_its_sign(
    condition: str, column: int | None
) -> None:
    assert told(FLOW.replace("IF", condition), "X005") == ([] if column is None else [(10, column)])


def test_x005_a_variable_of_two_kinds_is_anything() -> None:
    flow = FLOW.replace("IF", "count == '5'").replace(
        "  next:\n", "  next:\n    set: {count: five}\n"
    )
    assert told(flow, "X005") == []


def test_x005_a_text_is_told_at_its_sign_too() -> None:
    flow = "vars: {name: Ana}\nsteps:\n  main:\n    say: Hi, ${name - 1}.\n    goto: hangup\n"
    assert told(flow, "X005") == [(4, 21)]


CALLER = """\
steps:
  main:
    goto: [{if: IF, goto: told}, {else: other}]
  told:
    say: SAY
    goto: hangup
  other: {say: Bye., goto: hangup}
"""


@pytest.mark.parametrize(
    ("condition", "say", "unasked"),
    [
        ("call.minutes > 1", "'On ${call.from | phone}.'", True),
        ("has(call.from)", "'On ${call.from | phone}.'", False),
        ("call.from == '+13125550123'", "'On ${call.from | phone}.'", False),
        ("call.minutes > 1", "[{en: '${call.from | phone}.', if: has(call.from)}]", False),
        ("call.minutes > 1", "'${default(call.from, call.to)}.'", False),
        ("call.minutes > 1", "'${call.to | phone}.'", False),
    ],
)
def test_x006_the_number_of_a_caller_may_be_withheld(
    condition: str, say: str, unasked: bool
) -> None:
    flow = CALLER.replace("IF", condition).replace("SAY", say)
    assert bool(told(flow, "X006")) == unasked


def test_x006_a_condition_that_compares_it_is_no_use_of_it() -> None:
    assert told(CALLER.replace("IF", "call.from == '+1'").replace("SAY", "Hi."), "X006") == []


PIN = """\
vars: {copy: ''}
steps:
  main:
    say: Four digits?
    ask: pin
    digits: 4
    sensitive: yes
    goto: next
  next:
    - set: {copy: COPY}
    - say: SAY
      goto: hangup
"""


@pytest.mark.parametrize(
    ("copy", "say", "column"),
    [
        ("''", "'${pin | digits}'", 15),
        ("''", "'${pin | last 2}'", None),
        ("''", "'${pin | digits | reveal}'", None),
        ("'${pin}'", "'${copy | digits}'", 15),
        ("'${pin | last 2}'", "'${copy | digits}'", None),
        ("''", "'${copy | digits}'", None),
    ],
)
def test_r002_a_sensitive_value_is_not_read_out_unless_it_is_meant(
    copy: str, say: str, column: int | None
) -> None:
    flow = PIN.replace("COPY", copy).replace("SAY", say)
    assert told(flow, "R002") == ([] if column is None else [(11, column)])


def test_r002_the_lines_own_confirmation_does_not_read_it_out() -> None:
    flow = PIN.replace("COPY", "''").replace("SAY", "Hi.")
    assert (
        told(flow.replace("sensitive: yes\n", "sensitive: yes\n    confirm: yes\n"), "R002") == []
    )


LIMIT = """\
vars: {most: MOST}
steps:
  main:
    say: How many, then pound?
    ask: n
    as: AS
    max: '${most}'
    goto: hangup
"""


@pytest.mark.parametrize(
    ("most", "kind", "wrong"),
    [
        ("20", "number", False),
        ("20", "money", False),
        ("20", "date", True),
        ("2026-12-31", "date", False),
        ("true", "number", True),
        ("[1]", "money", True),
    ],
)
def test_x005_a_limit_is_of_the_kind_that_is_asked_for(most: str, kind: str, wrong: bool) -> None:
    found = told(LIMIT.replace("MOST", most).replace("AS", kind), "X005")
    assert found == ([(7, 10)] if wrong else [])


def test_x002_a_limit_reads_what_something_sets() -> None:
    assert told(LIMIT.replace("MOST", "1").replace("AS", "number"), "X002") == []
    flow = LIMIT.replace("vars: {most: MOST}\n", "").replace("AS", "number")
    assert told(flow, "X002") == [(6, 13)]


@pytest.mark.parametrize(
    ("kind", "condition", "wrong"),
    [
        ("digits", "n > 18", True),
        ("number", "n > 18", False),
        ("money", "n > 18.5", False),
        ("number", "n == '18'", True),
        ("date", "n > today()", False),
        ("date", "n > '2026-12-01'", True),
        ("yes_no", "n == true", False),
        ("yes_no", "n == '1'", True),
    ],
)
def test_x005_what_is_keyed_is_of_its_types_kind(kind: str, condition: str, wrong: bool) -> None:
    flow = (
        f"steps:\n  main:\n    say: Well?\n    ask: n\n    as: {kind}\n    goto:\n"
        f'      - if: "{condition}"\n        goto: main\n      - else: hangup\n'
    )
    assert bool(told(flow, "X005")) == wrong


SAID = """\
hours: {desk: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
vars: {map: {a: 1}, list: [1, 2], n: 3}
steps:
  main:
    - ACTION
    - goto: hangup
"""


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("say: 'It is ${map}.'", True),
        ("say: 'It is ${default(map, n)}.'", True),
        ("say: 'It is ${choose(n > 1, n, list)}.'", False),
        ("say: 'It is ${map.a}.'", False),
        ("say: 'It is ${list}.'", False),
        ("say: 'It is ${hours.desk}.'", True),
        ("say: 'It is ${hours.desk | hours}.'", False),
        ("say: Hi., http: 'GET https://a.example/${list}', error: main", True),
        ("say: Hi., http: 'GET https://a.example/${n}', error: main", False),
        ("say: Hi., http: 'GET https://a.example/', error: main, query: {a: '${list}'}", True),
        ("say: Hi., http: 'POST https://a.example/', error: main, body: {a: '${map}'}", False),
        ("say: Hi., http: 'POST https://a.example/', error: main, body: {a: 'a ${map}'}", True),
        ("set: {copy: '${map}'}", False),
        ("set: {copy: 'a ${map}'}", True),
        ("record: voice, empty: main, say: Speak., goto: told", True),
    ],
)
def test_x005_maps_and_lists_cannot_be_said(action: str, wrong: bool) -> None:
    flow = SAID.replace("ACTION", f"{{{action}}}") + "  told: {say: '${voice}', goto: hangup}\n"
    flow = flow if "voice" in action else flow.replace("${voice}", "Hi.")
    found = told(flow, "X005", settings="allowed_hosts: [a.example]")
    assert bool(found) == wrong
