"""Values as an author writes them."""

from __future__ import annotations

import pytest

from ivr.flow.model import FlowSet
from ivr.flow.steps.assign import Assign
from ivr.flow.values import EvaluationError, Value
from ivr.flow.written import ListOf, MapOf, Plain, Written, compute, tainted, templates
from tests.flow.ring import flows_of, problems_of

SCOPE: dict[str, Value] = {"n": 2, "who": {"name": "Ana"}, "inputs": {"card": "42"}}


def written(value: str) -> Written:
    """What is read of a value that stands under ``set``."""
    flows: FlowSet = flows_of(f"steps: {{main: {{set: {{x: {value}}}, goto: hangup}}}}")
    kind = flows.flows["main"].steps["main"].actions[0].kind
    assert isinstance(kind, Assign)
    return kind.values["x"]


@pytest.mark.parametrize(
    ("value", "computed"),
    [
        ("1", 1),
        ("0042", "0042"),
        ("'1'", "1"),
        ("yes", "yes"),
        ("null", None),
        ('"${n}"', 2),
        ('"${n + 1}"', 3),
        ('"no ${n}"', "no 2"),
        ('"${who}"', {"name": "Ana"}),
        ('"${nothing}"', None),
        ('"x${nothing}"', "x"),
        ("[1, a, null]", [1, "a", None]),
        ('[1, "${n}", [deep, "${who.name}"]]', [1, 2, ["deep", "Ana"]]),
        ('{a: {b: "${n}"}, c: 1.5}', {"a": {"b": 2}, "c": 1.5}),
        ("{}", {}),
        ("[]", []),
    ],
)
def test_a_value_is_what_it_says_and_one_placeholder_keeps_its_type(
    value: str, computed: Value
) -> None:
    found = compute(written(value), SCOPE)
    assert found == computed
    assert type(found) is type(computed)


def test_what_has_nothing_to_compute_in_it_is_plain() -> None:
    assert written("{a: [1, {b: c}]}") == Plain({"a": [1, {"b": "c"}]})
    assert isinstance(written('[1, "${n}"]'), ListOf)
    assert isinstance(written('{a: 1, b: "${n}"}'), MapOf)


def test_its_texts_come_in_the_order_of_the_file() -> None:
    found = written('{a: "${n}", b: [1, "x${who}"], c: y}')
    assert [template.source for template in templates(found)] == ["${n}", "x${who}"]


def test_a_list_cannot_stand_in_the_middle_of_a_text() -> None:
    with pytest.raises(EvaluationError):
        compute(written('"x${who}"'), SCOPE)


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ('"${card}"', True),
        ('"x${card.number}"', True),
        ('{a: [1, "${upper(card)}"]}', True),
        ('"${inputs.pin}"', True),
        ('"${inputs.pin.first}"', True),
        ("\"${inputs['pin']}\"", True),
        ('"${inputs}"', True),
        ('"${inputs[n]}"', True),
        ('"${inputs.other}"', False),
        ('"${pin}"', False),
        ('"${cards}"', False),
        ("card", False),
    ],
)
def test_whatever_reads_something_sensitive_is_sensitive(value: str, reads: bool) -> None:
    assert tainted(written(value), frozenset({"card", "inputs.pin"})) == reads


def test_where_nothing_is_sensitive_nothing_becomes_so() -> None:
    assert not tainted(written('"${inputs}"'), frozenset())
    assert not tainted(written('"${inputs}"'), frozenset({"card"}))


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    flow = 'steps:\n  main:\n    set: {x: [1, "${n +}"]}\n    goto: hangup\n'
    assert [(code, line) for code, line, _ in problems_of(flow)] == [("X001", 3)]
