"""Random callers: they find what was planted, by the shortest path, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.flow.messages import LegOutcome
from ivr.rehearsal.draws import Act, Answers, Finishes, Presses, Returns, Silent, Speaks
from ivr.rehearsal.explore import Explored, Explorer
from ivr.rehearsal.walk import What
from tests.rehearsal.stage import SHIPPED, flows_of, planted_flows, shipped_flows, world_of

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


OUTSIDE = """
vars: {tries: 0}
steps:
  main:
    say: To look something up press 1, to leave a message press 2.
    menu: {1: find, 2: message}
    fail: person
  find: PLANTED
  found: {say: "Here you are, ${found.name}.", goto: main}
  message: {voicemail: box, done: main, empty: main}
  person: {say: One moment., transfer: +13125550123, otherwise: bye}
  bye: {say: Goodbye., goto: hangup}
"""
GET = "http: GET https://a.example/x, save: found, example: {name: Ana}"
FIND, FOUND = Presses("1"), Answers(200, {"name": "Ana"})


def outside(planted: str, calls: int = 400) -> Explored:
    return Explorer(world_of(OUTSIDE.replace("PLANTED", planted)), 1).explore(calls)


@pytest.mark.parametrize(
    "planted",
    [
        f"{{{GET}, not_found: main, status: {{409: main}}, error: person, goto: found}}",
        f"{{say: Just a moment., {GET}, error: person, goto: found}}",
        "{do: book_table, with: {people: 2}, full: main, failed: person, goto: main}",
        "{queue: support, full: main, otherwise: person}",
        "{twiml: <Response/>, done: main, failed: person}",
        "{sms: '${call.from}', text: Hello., failed: person, goto: main}",
    ],
)
def test_of_every_kind_every_outcome_is_drawn(planted: str) -> None:
    found = outside(planted)
    assert found.findings == ()
    assert found.undecided == ()
    left = {problem.message for problem in found.coverage.problems()}
    assert left <= {"no call comes to the step main/found"}


@pytest.mark.parametrize(
    ("planted", "what", "path"),
    [
        (f"{{{GET}, error: person, goto: broken}}", What.CRASH, (FIND, FOUND)),
        (f"{{{GET}, error: find, goto: found}}", What.LOOP, None),
        (f"{{{GET}, goto: found}}", What.CRASH, None),
        (f"[{{{GET}, error: person}}]", What.DEAD_END, (FIND, FOUND)),
        (
            "{do: book_table, with: {people: 2}, failed: person, goto: main}",
            What.CRASH,
            (FIND, Finishes("full")),
        ),
        (
            "{queue: support, full: broken, otherwise: person}",
            What.CRASH,
            (FIND, Returns(LegOutcome.FULL)),
        ),
        ("{voicemail: box, done: main, empty: broken}", What.CRASH, (FIND, Speaks(0))),
    ],
)
def test_what_is_planted_behind_an_outcome_is_found_by_the_shortest_path(
    planted: str, what: What, path: tuple[Act, ...] | None
) -> None:
    broken = '  broken: {say: "${call.to | money}", goto: main}\n'
    flow = OUTSIDE.replace("PLANTED", planted) + broken
    [finding] = Explorer(world_of(flow), 1).explore(400).findings
    assert finding.what is what
    assert path is None or finding.path == path
    assert finding.path[0] == FIND
    assert len(finding.path) <= 12


def test_what_a_flow_does_after_a_hang_up_traps_nobody_and_is_reached() -> None:
    flow = OUTSIDE.replace("PLANTED", f"{{{GET}, error: person, goto: found}}") + (
        "  after: {http: POST https://a.example/calls, example: {}, error: hangup, goto: told}\n"
        "  told: {event: over, goto: hangup}\n"
    )
    found = Explorer(world_of("on_hangup: after\n" + flow), 1).explore(300)
    assert found.findings == ()
    assert found.coverage.whole, found.coverage.problems()


def test_a_trap_planted_in_a_copy_of_the_shipped_flows_is_found_by_the_shortest_path(
    tmp_path: Path,
) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(SHIPPED, flows)
    clinic = (flows / "clinic.yaml").read_text("utf-8")
    planted = clinic.replace("error: operator\n    goto: offer_slot", "error: find_patient")
    planted = planted.replace(
        "      1: book_it\n      2: operator\n    fail: operator",
        "      1: offer_slot\n      2: offer_slot\n    fail: offer_slot",
    ).replace("    save: found\n", "    save: found\n    goto: offer_slot\n")
    anytime = "  0: operator\n"
    assert planted.count(anytime) == 1
    (flows / "clinic.yaml").write_text(planted.replace(anytime, ""), "utf-8")
    found = Explorer(planted_flows(flows), 1, "clinic").explore(1_500)
    traps = [each for each in found.findings if each.what is What.TRAPPED]
    assert [each.place for each in traps] == ["clinic/offer_slot"]
    keys = traps[0].path
    assert [type(act) for act in keys] == [Presses, Presses, Presses, Answers]
    assert (keys[0], keys[2]) == (Presses("2"), Presses("1"))
