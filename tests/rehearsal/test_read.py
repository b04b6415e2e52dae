"""Test files read: what a call's circumstances are, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.messages import LegOutcome
from ivr.flow.model import FlowSet
from ivr.rehearsal.read import read
from ivr.rehearsal.script import Setting
from ivr.rehearsal.stubs import Comes, Stub
from tests.rehearsal.stage import (
    SHIPPED,
    SHOP,
    flows_of,
    problems_of,
    script_of,
    shipped_flows,
)

NUMBERS = """
+13125550100: main
+13125550110: {flow: main, language: es-US}
+13125550120: other
"""
OTHER = "steps: {main: {say: Hello., goto: hangup}}"
CHICAGO = "timezone: America/Chicago\nsteps: {main: {say: Hello., goto: hangup}}"


def town() -> FlowSet:
    return flows_of(other=OTHER, numbers=NUMBERS)


def setting_of(test: str, flows: FlowSet | None = None, *, file: str = "main.test.yaml") -> Setting:
    script = script_of(f"{test}\ncalls: {{a call: [silent]}}", flows or flows_of(), file)
    assert script.problems == ()
    return script.calls[0].setting


def test_without_circumstances_every_day_is_the_same() -> None:
    assert setting_of("") == Setting(
        flow="main",
        started_at=datetime(2026, 1, 5, 10, 0, tzinfo=UTC),
        caller="+13125550177",
        called="+13125550100",
        language=None,
        answers=(),
    )


def test_a_call_has_the_circumstances_of_its_file_and_its_own_before_them() -> None:
    test = """
    flow: main
    at: 2026-11-23 10:15
    from: +13125550001
    answers:
      transfer sales_desk: busy
    calls:
      as the file says:
        - silent
      as it says itself:
        at: 2026-11-22 20:00:30
        from: withheld
        language: es
        answers: {transfer +13125550123: answered}
        steps: [silent]
    """
    script = script_of(test, flows_of())
    assert script.problems == ()
    first, second = (call.setting for call in script.calls)
    assert [call.name for call in script.calls] == ["as the file says", "as it says itself"]
    assert (first.started_at, first.caller) == (
        datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
        "+13125550001",
    )
    assert (second.started_at, second.caller) == (
        datetime(2026, 11, 22, 20, 0, 30, tzinfo=UTC),
        None,
    )
    assert (first.language, second.language) == (None, "es-US")
    busy = Stub("transfer", "sales_desk", (Comes(LegOutcome.BUSY),))
    answered = Stub("transfer", "+13125550123", (Comes(LegOutcome.DONE),))
    assert first.answers == (busy,)
    assert second.answers == (answered, busy)


def test_the_time_is_on_the_flows_own_clock() -> None:
    moment = setting_of("at: 2026-11-23 10:15", flows_of(CHICAGO)).started_at
    assert moment.astimezone(UTC) == datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
    assert moment.hour == 10


def test_the_number_that_is_called_decides_flow_and_language() -> None:
    assert (found := setting_of("to: +13125550110", town())).flow == "main"
    assert (found.called, found.language) == ("+13125550110", "es-US")
    assert setting_of("to: +13125550120", town()).flow == "other"


def test_without_a_number_the_flow_is_called_at_its_own() -> None:
    assert setting_of("flow: other", town()).called == "+13125550120"
    assert setting_of("flow: main", town()).called == "+13125550100"


def test_without_a_flow_the_files_name_says_it() -> None:
    assert setting_of("", town(), file="tests/more/other.test.yaml").flow == "other"


def test_the_only_flow_needs_no_name() -> None:
    assert setting_of("", file="tests/anything.test.yaml").flow == "main"


CALL = "\ncalls: {a call: [silent]}"


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("flow: mian" + CALL, ("F001", 1, 7, "there is no flow “mian”")),
        ("flwo: main" + CALL, ("S001", 1, 1, "“flwo” is not known at the top of a test file")),
        ("shared: []" + CALL, ("S007", 1, 9, "a list is not a map of lists")),
        ("shared: {menu: Welcome}" + CALL, ("S007", 1, 16, "“Welcome” is not a list of lines")),
        ("shared: {menu: [silent]}" + CALL, ("S004", 1, 16, "no call begins as in “menu”")),
        ("languages: es-US" + CALL, ("S007", 1, 12, "“es-US” is not a list of languages")),
        ("languages: [en-US, fr-FR]" + CALL, ("L002", 1, 20, "the language fr-FR is not declared")),
        (
            "language: en-US\nlanguages: [es-US]" + CALL,
            ("S005", 2, 12, "“language” and “languages” say different things"),
        ),
        (
            "calls: {a: {each: [], steps: [silent]}}",
            ("S007", 1, 19, "a list is not a list of rows"),
        ),
        ("calls: {a: {each: [1], steps: [silent]}}", ("S007", 1, 20, "“1” is not a row like")),
        (
            'calls: {a: {each: [{n: 1}], steps: [{presses: "${m}"}]}}',
            ("X002", 1, 47, "the row in line 1 has no “m”"),
        ),
        ("answers: {transfer x*: busy}" + CALL, ("T001", 1, 11, "no step transfers to “x*”")),
        ("at: Monday" + CALL, ("S007", 1, 5, "“Monday” is not a date and time like")),
        ("at: 2026-02-30 10:00" + CALL, ("S007", 1, 5, "there is no such day")),
        ("at: 2026-02-20 24:10" + CALL, ("S007", 1, 5, "there is no such day")),
        ("from: 5550177" + CALL, ("T001", 1, 7, "“5550177” is not a telephone number")),
        ("to: 5550177" + CALL, ("T001", 1, 5, "“5550177” is not a telephone number")),
        ("language: fr-FR" + CALL, ("L002", 1, 11, "the language fr-FR is not declared")),
        ("answers: {transfer sales: busy}" + CALL, ("T001", 1, 11, "no step transfers to “sales”")),
        (
            "answers: {transfer sales_desk: no answer}" + CALL,
            ("S007", 1, 32, "“no answer” is not how a transfer ends"),
        ),
        (
            "answers:\n  GET /patients/*: 404" + CALL,
            ("S007", 2, 3, "no step asks for “GET /patients/*”"),
        ),
        ("answers: {queue: full}" + CALL, ("S001", 1, 11, "“queue” is not an answer like")),
        ("flow: main", ("S004", 1, 1, "this file tests no call")),
        ("calls: {}", ("S004", 1, 1, "this file tests no call")),
        ("calls: {a call: }", ("Y005", 1, 9, "“a call” has no value")),
        ("calls:\n  a call: []", ("S004", 2, 11, "the call “a call” has no lines")),
        (
            "calls:\n  a call: {at: 2026-01-01 10:00}",
            ("S004", 2, 3, "the call “a call” has no lines"),
        ),
        ("calls:\n  a call: {step: [silent]}", ("S001", 2, 12, "“step” is not known in a call")),
        ("calls:\n  a call: {flow: main, steps: [silent]}", ("S001", 2, 12, "“flow” is not known")),
        ("", ("S004", 1, 1, "this test file is empty")),
        ("- calls", ("S007", 1, 1, "a list is not a map with flow: and calls:")),
        ("calls: *all", ("Y004", 1, 8, "*all is an alias")),
    ],
)
def test_what_is_wrong_has_its_place(test: str, problem: tuple[str, int, int, str]) -> None:
    code, line, column, message = problem
    assert any(
        found[:3] == (code, line, column) and found[3].startswith(message)
        for found in problems_of(test)
    ), problems_of(test)


def test_one_wrong_line_of_the_file_is_told_once_however_many_calls_it_is_for() -> None:
    assert len(problems_of("at: now\ncalls:\n  one: [silent]\n  two: [silent]")) == 1


def test_a_file_with_a_problem_has_no_calls() -> None:
    assert script_of("at: now" + CALL, flows_of()).calls == ()


def test_a_number_of_another_flow_contradicts_the_flow() -> None:
    [(code, *_, message)] = problems_of("flow: main\nto: +13125550120" + CALL, town())
    assert (code, message) == ("S007", "calls to +13125550120 are answered by other, not by main")


def test_a_number_nobody_answers_is_reported() -> None:
    [(code, *_, message)] = problems_of("to: +13125550199" + CALL, town())
    assert (code, message) == ("S007", "no flow answers calls to +13125550199")


def test_a_file_that_could_be_for_any_flow_is_reported() -> None:
    found = script_of("calls: {a call: [silent]}", town(), "tests/any.test.yaml")
    assert [p.message for p in found.problems] == ["it is not said which flow is called"]


def test_an_hour_the_clocks_skip_is_reported() -> None:
    test = "at: 2026-03-08 02:30" + CALL
    [(code, *_, message)] = problems_of(test, flows_of(CHICAGO))
    assert code == "S007"
    assert "the clocks go forward" in message


def test_slips_come_with_a_guess() -> None:
    found = script_of("flow: mian\nanswers: {transfer sales_dsk: busy}" + CALL, flows_of(SHOP))
    assert [problem.help for problem in found.problems] == ["did you mean “main”?"]
    found = script_of("answers: {transfer sales_dsk: busyy}" + CALL, flows_of(SHOP))
    assert [problem.help for problem in found.problems] == [
        "did you mean “sales_desk”?",
        "did you mean “busy”?",
    ]


CLINIC = (SHIPPED / "tests" / "clinic.test.yaml").read_text("utf-8")
SHIPPED_FLOWS = shipped_flows()


@given(
    first=st.integers(0, len(CLINIC)),
    length=st.integers(0, 40),
    instead=st.text(":-{}[],#*&!'\"\n\t \u2026+019aeiou", max_size=12),
)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_a_file_it_is_read_or_its_problems_have_their_places(
    first: int, length: int, instead: str
) -> None:
    text = CLINIC[:first] + instead + CLINIC[first + length :]
    found = read("tests/clinic.test.yaml", text, SHIPPED_FLOWS)
    assert bool(found.problems) != bool(found.calls)
    lines = text.splitlines()
    for problem in found.problems:
        assert 1 <= problem.span.line <= len(lines) + 1
        assert problem.message
