"""Every name a flow reads, at its place."""

from __future__ import annotations

from ivr.flow.check.reads import sources
from tests.flow.check.told import subject_of

FLOW = """\
vars: {a: 1, b: 2}
anytime: {0: [{if: a > 1, goto: main}, {else: main}]}
steps:
  main:
    - set: {b: "${a + 1}"}
      if: a > 2
    - say:
        - en: It is
            ${b}.
          if: b > 3
      ask: c
      check: c != '1'
      confirm: ${c | digits}
      fail: [{if: b > 4, goto: main}, {else: main}]
      goto: hangup
"""


def found() -> list[tuple[str, str, bool]]:
    return [
        (".".join(name.path), str(each.span(name)).partition(":")[2], each.is_condition)
        for each in sources(subject_of(FLOW))
        for name in each.expression.names
    ]


def test_texts_values_and_conditions_are_read_each_at_its_exact_place() -> None:
    assert found() == [
        ("a", "6:11", True),
        ("a", "5:19", False),
        ("b", "10:15", True),
        ("b", "9:15", False),
        ("c", "13:18", False),
        ("c", "12:14", True),
        ("b", "14:19", True),
        ("a", "2:20", True),
    ]


def test_they_are_gathered_once_for_all_rules() -> None:
    subject = subject_of(FLOW)
    assert sources(subject) is sources(subject)
