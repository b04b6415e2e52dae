"""The lines of a call, read."""

from __future__ import annotations

import pytest

from ivr.rehearsal.script import (
    AtStep,
    CallIs,
    Direction,
    Ended,
    Expected,
    HangsUp,
    Hears,
    HearsExactly,
    NeverHears,
    Presses,
    Silent,
    Took,
    Transferred,
    VarsAre,
    Verb,
)
from ivr.rehearsal.words import Wanted
from tests.rehearsal.stage import flows_of, problems_of, script_of


def direction(line: str) -> Direction:
    script = script_of(f"calls:\n  a call:\n    - {line}\n", flows_of(other=OTHER))
    assert script.problems == ()
    return script.calls[0].directions[0]


OTHER = "steps: {first: {say: Hello., goto: hangup}}"


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("hears: Welcome to … press 1", Hears(Wanted(("welcometo", "press1")))),
        ("never_hears: emergency", NeverHears(Wanted(("emergency",)))),
        ("hears_exactly: Thank  you. Goodbye.", HearsExactly("Thank you. Goodbye.")),
        ("presses: 4111 1111", Presses("41111111", 0)),
        ("presses: 0042", Presses("0042", 0)),
        ("presses: star", Presses("*", 0)),
        ("presses: 12 pound", Presses("12#", 0)),
        ("presses: 12#", Presses("12#", 0)),
        ("presses: {keys: 2, after: 1.5s}", Presses("2", 1_500)),
        ("silent", Silent()),
        ("silent:", Silent()),
        ("transferred: sales_desk", Transferred("sales_desk")),
        ("transferred: +13125550123", Transferred("+13125550123")),
        ("transferred", Transferred(None)),
        ("hangs_up", HangsUp()),
        ("ended: hangup", Ended("hangup")),
        ("ended", Ended(None)),
        ("took: less than 90s", Took(True, 90_000)),
        ("took: more than 1.5m", Took(False, 90_000)),
        ("call: {language: es-US}", CallIs((Expected("language", "es-US", "es-US"),))),
        ("vars: {number: 0042, tries: 2}", VarsAre((
            Expected("number", "0042", "0042"), Expected("tries", 2, "2"),
        ))),
        ("vars: {found: {count: 1}}", VarsAre((Expected("found", {"count": 1}, None),))),
        ("at_step: main", AtStep("main/main")),
        ("at_step: other/first", AtStep("other/first")),
    ],
)  # fmt: skip
def test_a_line_is_one_thing_the_caller_does(line: str, verb: Verb) -> None:
    assert direction(line).verb == verb


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("hears:   Please   hold   # a comment", "hears: Please   hold"),
        ("silent", "silent"),
        ("presses: {keys: 2, after: 1s}  # slowly", "presses: {keys: 2, after: 1s}"),
    ],
)
def test_a_line_is_quoted_as_it_stands_in_the_file(line: str, written: str) -> None:
    assert " ".join(direction(line).written.split()) == " ".join(written.split())


def test_a_line_keeps_its_place() -> None:
    span = direction("hears: Welcome").span
    assert (span.line, span.column) == (3, 7)


@pytest.mark.parametrize(
    ("line", "column", "code", "message"),
    [
        ("heers: Welcome", 7, "S001", "“heers” is not something a caller does here"),
        ("requested: POST /x", 18, "S007", "no step asks for “POST /x”"),
        ("requested: /x", 18, "S007", "“/x” is not what is asked"),
        ("records: 12s", 7, "S007", "no step records what the caller says"),
        ("queued: support", 15, "S007", "no step puts callers into the queue “support”"),
        ("told: gave_up", 13, "S007", "no step tells “gave_up”"),
        ("says: hello", 7, "S001", "“says” needs spoken input"),
        ("texted: {has: x}", 7, "S007", "no step sends a text message"),
        ("hears_exactly", 7, "S007", "“hears_exactly” needs the words to hear"),
        ("hears_exactly: …", 7, "S007", "“hears_exactly” needs the words to hear"),
        ("as in: reaches main", 14, "F001", "there is no beginning “reaches main” in shared:"),
        ("each: [{n: 1}]", 7, "S006", "“each” is set for the whole call"),
        ("at: 2026-01-01 10:00", 7, "S006", "“at” is set for the whole call"),
        ("hears", 7, "S007", "“hears” needs the words to hear"),
        ("hears: …", 7, "S007", "“hears” needs the words to hear"),
        ("hears: {en: Hello}", 14, "S007", "a map is not the words to hear"),
        ("hears: press 1 #2", 22, "Y010", "the rest of this text was lost"),
        ("presses: 12 #", 19, "Y010", "the rest of this text was lost"),
        ("presses: one", 16, "M004", "“one” are no telephone keys"),
        ("presses", 7, "S007", "“presses” needs keys"),
        ("presses: {after: 1s}", 7, "S007", "“presses” needs keys"),
        ("presses: {keys: 1, afer: 1s}", 26, "S001", "“afer” is not known here"),
        ("presses: {keys: 1, after: soon}", 33, "S007", "“soon” is not a duration"),
        ("silent: 5s", 15, "S007", "“silent” stands alone"),
        ("hangs_up: now", 17, "S007", "“hangs_up” stands alone"),
        ("transferred: sales_dsk", 20, "T001", "no step transfers to “sales_dsk”"),
        ("took: 90s", 13, "S007", "“90s” is not a time like  less than 90s"),
        ("took: less than long", 13, "S007", "“long” is not a duration"),
        ("call: {langage: es-US}", 14, "X002", "a call has no “langage”"),
        ("call", 7, "S007", "“call” needs a map"),
        ("vars: {}", 7, "S007", "“vars” needs a map"),
        ("vars: tries", 13, "S007", "“tries” is not a map"),
        ("at_step: mian", 16, "F001", "there is no step “mian” in main"),
        ("at_step: oter/first", 16, "F001", "there is no flow “oter”"),
        ("[hears, Welcome]", 7, "S007", "a list is not a line like"),
        ("{}", 7, "S007", "a map is not a line like"),
    ],
)
def test_what_is_wrong_with_a_line_has_its_place(
    line: str, column: int, code: str, message: str
) -> None:
    found = problems_of(f"calls:\n  a call:\n    - {line}\n", flows_of(other=OTHER))
    assert [problem[:3] for problem in found] == [(code, 3, column)], found
    assert found[0][3].startswith(message)


def test_two_things_in_one_line_are_reported_at_the_second() -> None:
    found = problems_of("calls:\n  a call:\n    - hears: Welcome\n      presses: 1\n")
    assert found == [("S005", 4, 7, "this line does two things: hears and presses")]


@pytest.mark.parametrize("last", ["hangs_up", "ended: hangup"])
def test_nothing_can_be_heard_or_done_after_the_end(last: str) -> None:
    found = problems_of(
        f"calls:\n  a call:\n    - {last}\n    - took: less than 9s\n    - silent\n"
    )
    assert found == [("F002", 5, 7, f"the call is over: line 3 says “{last}”")]


def test_slips_come_with_a_guess() -> None:
    test = "calls:\n  a call:\n    - heers: a\n    - at_step: mian\n    - transferred: sales_dsk\n"
    helps = [problem.help for problem in script_of(test, flows_of()).problems]
    assert helps == [f"did you mean “{word}”?" for word in ("hears", "main", "sales_desk")]
