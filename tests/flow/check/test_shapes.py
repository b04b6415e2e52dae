"""What values look like before any call."""

from __future__ import annotations

import pytest

from ivr.flow.check.shapes import kind_at
from ivr.flow.expression import Kind
from tests.flow.check.told import subject_of

FLOW = """\
hours: {desk: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
vars: {plain: hello, nothing: null}
steps:
  main:
    - http: GET https://api.example/a
      save: found
      example: {name: Ana, next: {at: 9:30, open: null}, slots: [{at: 9:30}], n: 2}
      error: main
    - set: {copy: '${found.next}', total: '${found.n + 1}', said: '${found.n} times'}
    - {ask: many, as: number, goto: main, fail: main}
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("found", Kind.MAP),
        ("found.n", Kind.NUMBER),
        ("found.name", Kind.TEXT),
        ("found.slots", Kind.LIST),
        ("found.next.open", Kind.ANY),
        ("copy.at", Kind.TEXT),
        ("plain", Kind.TEXT),
        ("total", Kind.NUMBER),
        ("said", Kind.TEXT),
        ("many", Kind.NUMBER),
        ("nothing", Kind.ANY),
        ("call.from", Kind.TEXT),
        ("call.minutes", Kind.NUMBER),
        ("hours.desk.open", Kind.FLAG),
        ("unknown.field", Kind.ANY),
    ],
)
def test_the_kind_of_a_name_is_that_of_its_example(path: str, kind: Kind) -> None:
    subject = subject_of(FLOW)
    assert kind_at(subject, tuple(path.split("."))) is kind


def test_variables_that_are_made_of_each_other_are_unknown() -> None:
    flow = "vars: {a: 1, b: 1}\nsteps: {main: [{set: {a: '${b + 1}', b: '${a}'}}, {goto: hangup}]}"
    assert kind_at(subject_of(flow), ("a",)) in (Kind.NUMBER, Kind.ANY)
    assert kind_at(subject_of(flow), ("b",)) in (Kind.NUMBER, Kind.ANY)
