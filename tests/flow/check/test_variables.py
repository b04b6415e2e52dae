"""What expressions and texts read."""

from __future__ import annotations

import pytest

from tests.flow.ring import loaded, problems_of

FLOW = """\
hours: {desk: {mon-fri: 8:00-17:30, closed: us-holidays}}
numbers: {desk: +13125550123}
vars: {first: 1}
steps:
  main:
    - set: {second: "${first + 1}"}
    - say: Number?
      ask: third
      goto: told
  told:
    say: TEXT
    goto: hangup
"""


@pytest.mark.parametrize(
    "text",
    [
        "${first}, ${second}, ${third | digits}",
        "${call.minutes} and ${call.language}",
        "${hours.desk | hours}",
        "${numbers.desk | phone}",
        "${settings.anything}",
    ],
)
def test_x002_what_is_set_somewhere_is_known(text: str) -> None:
    settings = "environments: {dev: {anything: 1}}"
    assert problems_of(FLOW.replace("TEXT", text), settings=settings) == []


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("${frist}", "did you mean “first”?"),
        ("${call.form}", "did you mean “from”?"),
        ("${hours.dask.open}", "did you mean “desk”?"),
        ("${numbers.dask}", "did you mean “desk”?"),
    ],
)
def test_x002_what_nothing_sets_is_told_with_what_was_meant(text: str, remedy: str) -> None:
    (problem,) = (p for p in loaded(FLOW.replace("TEXT", text)).problems if p.code == "X002")
    assert (problem.code, problem.span.line) == ("X002", 11)
    assert problem.help == remedy


@pytest.mark.parametrize(
    "place",
    [
        "    if: frist > 1\n",
        "    voice: embedded\n    goto: [{if: frist > 1, goto: main}, {else: main}]\n",
    ],
)
def test_x002_conditions_are_read_too(place: str) -> None:
    flow = "vars: {first: 1}\nsteps:\n  main:\n    say: A.\n" + place
    if "goto" not in place:
        flow += "    goto: hangup\n  other: {goto: main}\n"
    assert "X002" in [code for code, _, _ in problems_of(flow)]
