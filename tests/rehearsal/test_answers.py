"""Who picks up in a test: names, numbers, patterns, and which of them counts."""

from __future__ import annotations

import pytest

from ivr.flow.messages import LegOutcome, Transfer
from ivr.rehearsal.answers import TRANSFERS
from ivr.rehearsal.known import Known
from ivr.rehearsal.patterns import fits
from ivr.rehearsal.stubs import Outside
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
    """How every transfer of the two desks ends."""
    test = f"answers: {file}\ncalls: {{a call: {{answers: {call}, steps: [silent]}}}}"
    flows = flows_of(TWO_DESKS)
    script = script_of(test, flows)
    assert script.problems == (), script.problems
    found: dict[str, LegOutcome] = {}
    for name, number in Known.of(flows).targets.items():
        outside = Outside(flows, script.calls[0].setting.answers)
        leg = Transfer(name, number, 20_000, None, None, "main")
        found[name] = outside.leg(leg)
    return found


def test_targets_are_known_by_name_and_number() -> None:
    assert Known.of(flows_of(TWO_DESKS)).targets == {
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
    everybody = dict.fromkeys(("sales", "service", "+12125550111"), "answered") | expected
    assert answers_of(file, call) == {name: TRANSFERS[how] for name, how in everybody.items()}


def test_only_the_star_is_a_pattern() -> None:
    assert not fits("s.les", "sales")
    assert not fits("sale", "sales")
    assert fits("s*es", "sales")


def test_a_pattern_nobody_fits_is_reported() -> None:
    found = problems_of("answers: {transfer x*: busy}\ncalls: {a: [silent]}", flows_of(TWO_DESKS))
    assert found == [("T001", 1, 11, "no step transfers to “x*”")]
