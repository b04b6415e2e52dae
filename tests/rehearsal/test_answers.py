"""Who picks up in a test: names, numbers, patterns, and which of them counts."""

from __future__ import annotations

import pytest

from ivr.flow.messages import LegOutcome
from ivr.rehearsal.answers import OUTCOMES, Answer, targets_of
from tests.rehearsal.stage import flows_of, problems_of, script_of

TWO_DESKS = """
numbers: {sales: +13125550123, service: +13125550199}
steps:
  main: {transfer: sales, otherwise: next}
  next: {transfer: service, otherwise: last}
  last: {transfer: +12125550111, otherwise: bye}
  bye: {say: Goodbye., goto: hangup}
"""


def answers_of(file: str, call: str = "{}") -> dict[str, LegOutcome]:
    test = f"answers: {file}\ncalls: {{a call: {{answers: {call}, steps: [silent]}}}}"
    script = script_of(test, flows_of(TWO_DESKS))
    assert script.problems == (), script.problems
    return dict(script.calls[0].setting.answers)


def test_targets_are_known_by_name_and_number() -> None:
    assert targets_of(flows_of(TWO_DESKS)) == {
        "sales": "+13125550123",
        "service": "+13125550199",
        "+12125550111": "+12125550111",
    }


@pytest.mark.parametrize(
    ("file", "call", "expected"),
    [
        ("{transfer sales: busy}", "{}", {"sales": "busy"}),
        ("{transfer +13125550123: busy}", "{}", {"sales": "busy"}),
        (
            "{transfer *: busy}",
            "{}",
            {"sales": "busy", "service": "busy", "+12125550111": "busy"},
        ),
        ("{transfer +1312*: failed}", "{}", {"sales": "failed", "service": "failed"}),
        (
            "{transfer s*: busy, transfer service: answered}",
            "{}",
            {"sales": "busy", "service": "done"},
        ),
        ("{transfer s*: busy, transfer sa*: failed}", "{}", {"sales": "busy", "service": "busy"}),
        ("{transfer sales: busy}", "{transfer +13125550123: answered}", {"sales": "done"}),
        (
            "{transfer sales: busy, transfer service: busy}",
            "{transfer *es: no_answer}",
            {"sales": "no_answer", "service": "busy"},
        ),
    ],
)
def test_the_nearest_answer_counts_and_a_name_before_a_pattern(
    file: str, call: str, expected: dict[str, str]
) -> None:
    assert answers_of(file, call) == {name: OUTCOMES[how] for name, how in expected.items()}


def test_only_the_star_is_a_pattern() -> None:
    assert not Answer("s.les", LegOutcome.BUSY).means("sales")
    assert not Answer("sale", LegOutcome.BUSY).means("sales")


def test_a_pattern_nobody_fits_is_reported() -> None:
    found = problems_of("answers: {transfer x*: busy}\ncalls: {a: [silent]}", flows_of(TWO_DESKS))
    assert found == [("T001", 1, 11, "no step transfers to “x*”")]
