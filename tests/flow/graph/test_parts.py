"""What a picture shows: the right cards, lines, names and words."""

from __future__ import annotations

import pytest

from ivr.flow.graph.drawing import LineKind
from ivr.flow.graph.parts import LINES_IN_MAX, Parts, parts_of
from tests.flow.graph.flows import flow, forty, shipped


def ways(parts: Parts) -> set[tuple[str, str, str, str]]:
    return {(way.source, way.target, way.kind.value, way.label) for way in parts.ways}


def test_lines_tell_keys_outcomes_conditions_and_failures() -> None:
    found = ways(parts_of(shipped("bank")))
    assert {
        ("welcome", "balance", "outcome", "verified"),
        ("balance", "agent", "failure", "error"),
        ("balance", "more", "next", ""),
        ("more", "agent", "key", "2"),
        ("more", "goodbye", "failure", "fail"),
        ("agent", "call_back", "failure", "otherwise if has(call.from)"),
        ("agent", "message", "failure", "otherwise else"),
        ("goodbye", "goodbye/hangup", "next", ""),
    } <= found


def test_lines_of_a_kind_between_the_same_steps_are_one() -> None:
    parts = parts_of(
        flow("steps:\n  a: {menu: {1: b, 2: b, star: repeat}, fail: b}\n  b: {goto: /other}\n")
    )
    assert ways(parts) == {
        ("a", "b", "key", "1, 2"),
        ("a", "b", "failure", "fail"),
        ("a", "a", "key", "star"),
        ("b", "b/other", "next", ""),
    }
    (both,) = [way for way in parts.ways if way.label == "1, 2"]
    assert both.names == ("1", "2")


def test_cards_say_what_is_done_and_heard_there() -> None:
    cards = {card.step: card for card in parts_of(shipped("clinic"), "es-US").cards}
    assert cards["patient"].kind == "ask"
    assert cards["patient"].about == "ask patient_number"
    assert cards["find_patient"].about == "GET /patients/‹patient_number›"
    assert cards["patient"].text == "Marque su número de paciente de ocho dígitos."
    assert cards["opening_hours"].text == "Nuestro horario es ‹hours.clinic›."
    assert [card.step for card in cards.values() if card.start] == ["welcome"]
    assert cards["book_it/hangup"].title == "hang up"
    assert cards["/anytime"].title == "anytime: 0, star"


def test_a_step_is_about_its_weightiest_action() -> None:
    assert {card.step: card.kind for card in parts_of(shipped("bank")).cards}["welcome"] == "run"
    parts = parts_of(flow("steps:\n  a: {goto: b}\n  b:\n    - set: {x: 1}\n    - goto: a\n"))
    assert [card.kind for card in parts.cards] == ["goto", "set"]


def test_ways_in_beside_the_start_have_cards() -> None:
    parts = parts_of(
        flow("on_error: b\non_hangup: b\nsteps:\n  a: {say: Hi., goto: b}\n  b: {goto: hangup}\n")
    )
    assert {("/on_error", "b", "next", ""), ("/on_hangup", "b", "next", "")} <= ways(parts)


def test_a_step_that_very_many_fail_to_is_named_at_each_of_them() -> None:
    parts = parts_of(forty())
    short = [way for way in parts.ways if way.leads_to == "operator" and "/to " in way.target]
    assert len(short) > LINES_IN_MAX
    assert {way.kind for way in short} == {LineKind.FAILURE}
    assert all(way.target == f"{way.source}/to operator" for way in short)
    few = parts_of(shipped("clinic"))
    assert all(way.leads_to == way.target for way in few.ways)


@pytest.mark.parametrize("name", ["bank", "clinic"])
def test_every_way_of_the_flow_is_in_the_picture(name: str) -> None:
    drawn = {(way.source, way.leads_to) for way in parts_of(shipped(name)).ways}
    steps = shipped(name).steps
    for step in steps.values():
        for edge in step.edges():
            for branch in edge.destination:
                if branch.target in steps:
                    assert (step.name, branch.target) in drawn
