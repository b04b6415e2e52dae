"""Random callers: they find what was planted, by the shortest path, and nothing else."""

from __future__ import annotations

import pytest

from ivr.rehearsal.draws import Presses, Silent
from ivr.rehearsal.explore import Explored, Explorer
from ivr.rehearsal.walk import What
from tests.rehearsal.stage import flows_of, shipped_flows

HOUSE = """
vars: {word: abc, lap: 0}
steps:
  main:
    say: For a person press 1, for the hall press 2, to finish press 3.
    menu: {1: person, 2: hall, 3: bye}
    fail: person
  hall:
    say: For the room press 1, to go back press 2.
    menu: {1: room, 2: main}
    fail: main
  room: PLANTED
  person: {transfer: +13125550123, otherwise: bye}
  bye: {say: Goodbye., goto: hangup}
"""
ROOM = "{say: A room., goto: main}"
TRAP = """
    say: To stay press 1, to look around press 2.
    menu: {1: room, 2: corner}
    fail: room
  corner:
    say: A corner.
    goto: [{if: call.minutes > 999, goto: main}, {else: room}]
"""
LOOP = """
    set: {lap: "${lap + 1}"}
    goto: [{if: lap > 900, goto: main}, {else: stairs}]
  stairs: {goto: room}
"""
CRASH = """
    say: Four digits.
    ask: code
    digits: 4
    check: code != '0000'
    goto: [{if: code == '4711', goto: crash}, {else: main}]
  crash: {say: "${word | money}", goto: main}
"""
DEAD_END = "{say: A room., goto: [{if: lap > 5, goto: main}]}"


def explored(planted: str, calls: int = 400, seed: int = 1) -> Explored:
    return Explorer(flows_of(HOUSE.replace("PLANTED", planted)), seed).explore(calls)


def test_nothing_is_found_where_nothing_is_and_everything_is_reached() -> None:
    found = explored(ROOM)
    assert found.findings == ()
    assert found.undecided == ()
    assert found.coverage.whole


@pytest.mark.parametrize(
    ("planted", "what", "place", "path"),
    [
        (TRAP, What.TRAPPED, "main/room", (Presses("2"), Presses("1"))),
        (LOOP, What.LOOP, "main/room", (Presses("2"), Presses("1"))),
        (CRASH, What.CRASH, "main/crash", (Presses("2"), Presses("1"), Presses("4711"))),
        (DEAD_END, What.DEAD_END, "main/room", (Presses("2"), Presses("1"))),
    ],
)
def test_what_was_planted_is_found_by_the_shortest_path(
    planted: str, what: What, place: str, path: tuple[Presses, ...]
) -> None:
    [finding] = explored(planted).findings
    assert (finding.what, finding.place, finding.path) == (what, place, path)


def test_a_menu_that_is_left_by_silence_only_is_no_trap() -> None:
    assert explored("{say: Stay., menu: {1: room}}").findings == ()


def test_a_menu_that_silence_does_not_leave_is_one() -> None:
    [finding] = explored("{say: Stay., menu: {1: room}, fail: room}").findings
    assert finding.what is What.TRAPPED


def test_a_caller_who_never_presses_a_key_is_found_too() -> None:
    flows = flows_of(
        "vars: {word: abc}\nsteps:\n"
        "  main: {say: Hi., menu: {1: bye}, tries: 1, fail: {no_input: sad}}\n"
        "  sad: {say: '${word | money}', goto: bye}\n  bye: {say: Bye., goto: hangup}\n"
    )
    [finding] = Explorer(flows, 1).explore(100).findings
    assert finding.path == (Silent(),)


def test_the_same_seed_makes_the_same_calls_and_another_one_others() -> None:
    first, again, other = explored(CRASH), explored(CRASH), explored(CRASH, seed=2)
    assert (first.events, first.findings) == (again.events, again.findings)
    assert first.events != other.events


def test_the_shipped_flows_have_nothing_to_find() -> None:
    found = Explorer(shipped_flows(), 1).explore(600)
    assert found.findings == ()
    assert found.undecided == ()


def test_one_flow_of_a_set_can_be_explored_alone() -> None:
    found = Explorer(shipped_flows(), 1, "frontdesk").explore(150)
    assert found.coverage.whole
    assert all(name.startswith("frontdesk/") for name in found.coverage.steps)
