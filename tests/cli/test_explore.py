"""``ivr explore``: what it prints, and how it exits."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from ivr.cli import main
from tests.cli.test_test import FLOW, folder

TRAPPED = FLOW.replace("{1: bye}", "{1: bye, 2: room}") + (
    "  room:\n    say: To stay, press 1.\n    menu: {1: room, 2: door}\n    fail: room\n"
    "  door:\n    goto: [{if: call.minutes > 999, goto: bye}, {else: room}]\n"
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["explore", *map(str, arguments)])


def test_flows_without_a_fault_are_counted_and_covered(tmp_path: Path) -> None:
    result = run(folder(tmp_path), "--calls", "60")
    assert result.exit_code == 0
    counted, coverage = result.output.splitlines()
    assert counted.startswith("60 calls, ")
    assert counted.endswith(" events, seed 1: nothing found")
    assert coverage == "coverage: steps 2/2 outcomes 3/3"


def test_a_trap_is_shown_with_the_shortest_call_into_it(tmp_path: Path) -> None:
    result = run(folder(tmp_path, main=TRAPPED), "--calls", "200", "--seed", "3")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[:6] == [
        f"{tmp_path}/main.yaml:10:3 trapped caller in main/room: "
        "nothing the caller or the world can do leads out",
        "  shortest path, 1 act: presses 2",
        "    flow main   called at Mon 2026-01-05 10:00, from +13125550177 to +13125550100",
        "      0.0  ivr     Hello. To finish, press 1.",
        "      2.5  caller  presses 2",
        "      2.5  ivr     To stay, press 1.",
    ]
    assert lines[-2].endswith("seed 3: 1 finding")


def test_the_same_seed_prints_the_same(tmp_path: Path) -> None:
    root = folder(tmp_path, main=TRAPPED)
    arguments = (root, "--calls", "100", "--seed", "9")
    assert run(*arguments).output == run(*arguments).output


def test_one_flow_may_be_named(tmp_path: Path) -> None:
    root = folder(tmp_path, other=FLOW, numbers="default: main\n")
    result = run(root / "other.yaml", "--calls", "60")
    assert result.output.endswith("coverage: steps 2/2 outcomes 3/3\n")


def test_a_path_that_is_no_flow_is_one_sentence(tmp_path: Path) -> None:
    root = folder(tmp_path, numbers="default: main\n")
    result = run(root / "numbers.yaml")
    assert result.exit_code == 2
    assert result.output == (
        f"ivr: {root}/numbers.yaml is no flows folder and no flow: name one of those\n"
    )


def test_flows_with_errors_are_not_explored(tmp_path: Path) -> None:
    result = run(folder(tmp_path, main=FLOW.replace("1: bye", "1: by")))
    assert result.exit_code == 2
    assert result.output.endswith("have errors, so no call could be made\n")


CAUGHT = """
steps:
  main:
    say: To go round, press 1. To finish, press 2.
    menu: {1: round, 2: bye}
    fail: bye
  round:
    say: To go on, press 1.
    menu: {1: round}
    fail: round
  bye: {say: Goodbye., goto: hangup}
"""


def test_a_trap_that_the_checker_refuses_is_shown_with_the_way_into_it(tmp_path: Path) -> None:
    result = run(folder(tmp_path, main=CAUGHT), "--calls", "300")
    assert result.exit_code == 1
    assert "error F014 from “round” the caller can never reach" in result.output
    assert "  shortest path, 1 act: presses 1" in result.output
    assert "seed 1: 1 finding" in result.output


ASKING = """
steps:
  main:
    say: To look it up, press 1.
    menu: {1: find}
    fail: bye
  find:
    say: One moment.
    http: GET https://a.example/x
    save: found
    example: {name: Ana}
    status: {409: sad}
    error: bye
    goto: bye
  sad: {say: "${call.to | money}", goto: bye}
  bye: {say: Goodbye., goto: hangup}
"""


def test_what_the_world_answers_is_told_on_the_way_to_a_finding(tmp_path: Path) -> None:
    settings = "allowed_hosts: [a.example]\n"
    result = run(folder(tmp_path, main=ASKING, settings=settings), "--calls", "200")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith(f"{tmp_path}/main.yaml:15:3 crash in main/sad: ")
    assert lines[1] == "  shortest path, 2 acts: presses 1, the service answers 409"
    assert lines[3:9] == [
        "      0.0  ivr     To look it up, press 1.",
        "      2.9  caller  presses 1",
        "      2.9  ivr     One moment.",
        "      2.9  ivr     (asks GET https://a.example/x)",
        "      4.2  ivr     (is answered: 409)",
        lines[8],
    ]
    assert lines[-1].startswith("coverage: steps 4/4 outcomes ")


def test_a_flow_that_others_run_is_explored_through_them(tmp_path: Path) -> None:
    outer = """
steps:
  main:
    - run: inner
      found: bye
      lost: bye
  bye: {say: Goodbye., goto: hangup}
"""
    inner = """
returns: [found, lost]
steps:
  ask: {say: "For yes, press 1.", menu: {1: yes_it_is}, fail: no_it_is_not}
  yes_it_is: {return: found}
  no_it_is_not: {return: lost}
"""
    root = folder(tmp_path, main=outer, inner=inner, numbers="default: main\n")
    result = run(root / "inner.yaml", "--calls", "60")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("coverage: steps 3/3 outcomes 2/2\n")
