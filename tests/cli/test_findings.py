"""What a check has found: told in one line, never in the way of the others, never a secret."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

from rich.console import Console

from ivr.cli.findings import HIDDEN, Finding, State, hush, look, note, ok, problem, show
from ivr.errors import SettingsError
from tests.virtual import pass_time, run


def shown(*findings: Finding, width: int = 40, terminal: bool = False) -> list[str]:
    page = io.StringIO()
    show(
        findings,
        Console(
            file=page, width=width, force_terminal=terminal, color_system=None, legacy_windows=False
        ),
    )
    return [each.rstrip() for each in page.getvalue().splitlines()]


def test_on_a_terminal_a_finding_is_a_paragraph_with_its_remedy_below() -> None:
    found = [ok("Python", "3.13"), problem("clock", "it is " + "very " * 12 + "wrong", "set it")]
    assert shown(*found, width=80, terminal=True) == [
        f"{'ok':<8} {'Python':<20} 3.13",
        f"{'problem':<8} {'clock':<20} it is very very very very very very very very very",
        f"{'':<29} very very very wrong",
        f"{'':<29} → set it",
    ]
    assert shown(*found, width=40, terminal=True) == [
        "ok Python",
        "  3.13",
        "problem clock",
        "  it is very very very very very very",
        "  very very very very very very wrong",
        "  → set it",
    ]


def test_for_a_program_a_finding_is_one_line_however_narrow_the_window() -> None:
    assert shown(ok("Python", "3.13"), problem("clock", "a " * 60 + "end", "set it")) == [
        f"ok       {'Python':<20} 3.13",
        f"problem  {'clock':<20} {'a ' * 60}end → set it",
    ]


def test_square_brackets_are_text() -> None:
    assert shown(note("url", "[::1] [bold]x[/bold]"))[0].endswith("[::1] [bold]x[/bold]")


def test_a_check_in_time_says_what_it_found() -> None:
    async def fine() -> Sequence[Finding]:
        return [ok("a", "b")]

    assert run(look("a", fine)) == [ok("a", "b")]


def test_a_check_that_takes_too_long_is_a_problem_and_ends() -> None:
    async def hangs() -> Sequence[Finding]:
        await pass_time(1_000)
        return []

    async def work() -> tuple[Sequence[Finding], float]:
        return await look("service", hangs, seconds=3), asyncio.get_running_loop().time()

    (found,), at = run(work())
    assert (found.about, found.state, at) == ("service", State.PROBLEM, 3)
    assert "no answer within 3 s" in found.said


def test_an_operators_mistake_within_a_check_is_its_sentence() -> None:
    async def wrong() -> Sequence[Finding]:
        raise SettingsError("settings.yaml: voice 'x':\n there is no provider.")

    (found,) = run(look("voice x", wrong))
    assert found.state is State.PROBLEM
    assert found.said == "settings.yaml: voice 'x': there is no provider."


def test_a_check_that_breaks_is_told_without_its_message_which_may_hold_anything() -> None:
    async def breaks() -> Sequence[Finding]:
        raise KeyError("sk_secret")

    (found,) = run(look("voice x", breaks))
    assert found.state is State.PROBLEM
    assert "KeyError" in found.said
    assert "sk_secret" not in repr(found)


def test_secrets_are_taken_out_of_every_part_in_every_spelling() -> None:
    secret = "to/ken+1 2"
    said = f"{secret} to%2Fken%2B1%202 to%2Fken%2B1+2"
    (clean,) = hush([Finding(secret, State.NOTE, said, f"use {secret}")], [secret, "", "abc"])
    assert clean == Finding(HIDDEN, State.NOTE, f"{HIDDEN} {HIDDEN} {HIDDEN}", f"use {HIDDEN}")


def test_a_secret_within_a_longer_one_leaves_nothing_of_the_longer_one() -> None:
    (clean,) = hush([ok("x", "token-and-more")], ["token", "token-and-more"])
    assert clean.said == HIDDEN


def test_short_values_garble_nothing() -> None:
    assert hush([ok("Python", "3.11 x")], ["x", "3.1"]) == [ok("Python", "3.11 x")]


def test_json_has_the_same_four_things() -> None:
    assert problem("a", "b", "c").as_json() == {
        "about": "a",
        "state": "problem",
        "said": "b",
        "remedy": "c",
    }
