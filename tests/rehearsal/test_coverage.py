"""Which steps and outcomes calls touch; and that watching changes nothing."""

from __future__ import annotations

import pytest

from ivr.flow.messages import LegOutcome
from ivr.flow.problems import Severity
from ivr.flow.state import copied
from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.coverage import Coverage, summary
from ivr.rehearsal.read import SUFFIX, read
from tests.rehearsal.stage import SHIPPED, flows_of, line_to, script_of, shipped_flows, world_of

FLOW = """
anytime: {0: desk}
numbers: {desk: +13125550123}
steps:
  main:
    say: For the desk press 1, for a code press 2.
    menu: {1: desk, 2: code}
  code:
    say: Your code.
    ask: code
    digits: 2
    fail: {no_input: desk, no_match: bye}
    goto:
      - if: code == '42'
        goto: bye
      - else: desk
  desk:
    transfer: desk
    busy: bye
  bye:
    say: Goodbye.
    goto: hangup
"""


def names(coverage: Coverage) -> list[str]:
    return [way.name for way in coverage.untouched_ways]


def test_every_way_out_is_an_outcome_written_or_not() -> None:
    coverage = Coverage(flows_of(FLOW))
    assert list(coverage.steps) == ["main/main", "main/code", "main/desk", "main/bye"]
    assert names(coverage) == [
        "main/main: 1",
        "main/main: 2",
        "main/main: fail",
        "main/code: fail no_input",
        "main/code: fail no_match",
        "main/code: goto → bye",
        "main/code: goto → desk",
        "main/desk: busy",
        "main/desk: done",
        "main/desk: otherwise",
        "main/bye: goto",
        "main/anytime: 0",
    ]
    assert not coverage.whole


def test_a_call_touches_what_it_goes_through_and_nothing_else() -> None:
    flows = flows_of(FLOW)
    coverage = Coverage(flows)
    before = set(names(coverage))
    line = line_to(flows, handle=coverage.handle)
    for key in "242":
        line.press(key)
        line.run_until(line.now + 300)
    while line.over is None:
        line.step()
    assert before - set(names(coverage)) == {
        "main/main: 2",
        "main/code: goto → bye",
        "main/bye: goto",
    }
    assert coverage.untouched_steps == ["main/desk"]


def test_outcomes_nobody_wrote_are_touched_when_they_happen() -> None:
    flows = flows_of(FLOW)
    coverage = Coverage(flows)
    for outcome in (LegOutcome.DONE, LegOutcome.FAILED, LegOutcome.BUSY):
        line = line_to(flows, answers={"desk": outcome}, handle=coverage.handle)
        line.press("0")
        while line.over is None:
            line.step()
    silent = line_to(flows, handle=coverage.handle)
    while silent.over is None:
        silent.step()
    left = names(coverage)
    assert not {"main/desk: done", "main/desk: otherwise", "main/desk: busy"} & set(left)
    assert "main/main: fail" not in left
    assert "main/anytime: 0" not in left
    assert "main/main: 1" in left


def test_what_is_missing_is_told_at_its_place_a_step_before_its_outcomes() -> None:
    flows = flows_of(FLOW)
    coverage = Coverage(flows)
    assert {problem.message for problem in coverage.problems()} == {
        "no call comes to the step main/main",
        "no call comes to the step main/code",
        "no call comes to the step main/desk",
        "no call comes to the step main/bye",
        "no call has the outcome main/anytime: 0",
    }
    line_to(flows, handle=coverage.handle)
    found = coverage.problems()
    assert {(p.code, p.severity) for p in found} == {("C001", Severity.INFO)}
    places = [(p.span.line, p.message) for p in found]
    assert places == sorted(places, key=lambda place: place[0])
    assert (7, "no call has the outcome main/main: 2") in places


def test_one_flow_of_a_set_can_be_looked_at_alone() -> None:
    flows = flows_of(FLOW, other="steps: {only: {say: Hello., goto: hangup}}")
    assert list(Coverage(flows, "other").steps) == ["other/only"]
    assert summary([Coverage(flows, "other"), Coverage(flows, "other")]) == (
        "coverage: steps 0/2 outcomes 0/2"
    )


def test_the_tests_of_this_repository_touch_everything() -> None:
    flows = shipped_flows()
    coverage = Coverage(flows)
    for file in sorted((SHIPPED / "tests").rglob(f"*{SUFFIX}")):
        for call in read(f"tests/{file.name}", file.read_text("utf-8"), flows).calls:
            watched = rehearse(flows, call, handle=coverage.handle)
            assert watched == rehearse(flows, call), "watching changed the call"
    assert coverage.problems() == []
    assert coverage.whole
    steps, ways = len(coverage.steps), len(coverage.ways)
    assert summary([coverage]) == f"coverage: steps {steps}/{steps} outcomes {ways}/{ways}"


def test_programs_are_told_every_step_and_outcome() -> None:
    flows = flows_of("steps: {main: {say: Hello., goto: hangup}}")
    coverage = Coverage(flows)
    script = script_of("calls: {a: [ended]}", flows)
    rehearse(flows, script.calls[0], handle=coverage.handle)
    assert coverage.as_plain() == {
        "steps": [{"step": "main/main", "place": "main.yaml:1:9", "touched": True}],
        "outcomes": [
            {
                "step": "main/main",
                "outcome": "goto",
                "place": "main.yaml:1:35",
                "touched": True,
            }
        ],
    }


def test_a_copied_state_is_equal_and_its_own() -> None:
    state = line_to(flows_of(FLOW)).state
    other = copied(state)
    assert other == state
    other.now += 1
    assert other != state


def ways_of(main: str) -> set[str]:
    """The outcomes of the step ``main`` of a flow in the world outside."""
    found = Coverage(world_of(main)).ways.values()
    return {way.label for way in found if way.step == "main"}


@pytest.mark.parametrize(
    ("step", "ways"),
    [
        ("{http: GET https://a.example/x, error: bye, goto: bye}", {"error", "goto"}),
        (
            "{http: GET https://a.example/x, status: {409: bye}, not_found: bye, error: bye, "
            "goto: bye}",
            {"409", "not_found", "error", "goto"},
        ),
        ("[{http: GET https://a.example/x, error: bye}, {goto: bye}]", {"error", "goto"}),
        ("[{http: GET https://a.example/x}, {goto: bye}]", {"error", "goto"}),
        ("{do: book_table, with: {people: 1}, full: bye, goto: bye}", {"full", "failed", "goto"}),
        ("{do: book_table, with: {people: 1}, otherwise: bye, goto: bye}", {"otherwise", "goto"}),
        ("{voicemail: box}", {"done", "empty"}),
        ("{voicemail: box, done: bye, empty: main}", {"done", "empty"}),
        ("[{record: said}, {goto: bye}]", {"goto", "empty"}),
        ("{queue: support, full: bye}", {"full", "done", "otherwise"}),
        ("{queue: support, otherwise: bye}", {"otherwise", "done"}),
        ("{transfer: +13125550123, busy: bye}", {"busy", "done", "otherwise"}),
        ("{twiml: <Response/>}", {"done", "otherwise"}),
        ("[{sms: +13125550123, text: Hi.}, {goto: bye}]", {"goto", "failed"}),
        ("{event: over, goto: bye}", {"goto"}),
        ("[{ask: code, digits: 4}, {goto: bye}]", {"fail", "goto"}),
    ],
)
def test_every_way_a_kind_can_end_is_an_outcome(step: str, ways: set[str]) -> None:
    assert ways_of(f"steps: {{main: {step}, bye: {{say: Bye., goto: hangup}}}}") == ways


@pytest.mark.parametrize(
    ("step", "answers", "way"),
    [
        ("[{http: GET https://a.example/x}, {goto: bye}]", "{GET /x: 200}", "goto"),
        ("[{http: GET https://a.example/x}, {goto: bye}]", "{GET /x: 500}", "error"),
        ("{do: book_table, with: {people: 1}, full: bye, goto: bye}", "{}", "goto"),
        (
            "{do: book_table, with: {people: 1}, full: bye, goto: bye}",
            "{do book_table: failed}",
            "failed",
        ),
        ("{queue: support, full: bye}", "{}", "done"),
        ("{queue: support, full: bye}", "{queue support: closed}", "otherwise"),
        ("{twiml: <Response/>}", "{twiml: failed}", "otherwise"),
        ("[{sms: +13125550123, text: Hi.}, {goto: bye}]", "{sms: failed}", "failed"),
        ("[{sms: +13125550123, text: Hi.}, {goto: bye}]", "{}", "goto"),
        ("{voicemail: box}", "{}", "empty"),
    ],
)
def test_an_outcome_nobody_wrote_is_touched_by_the_call_that_has_it(
    step: str, answers: str, way: str
) -> None:
    flows = world_of(f"steps: {{main: {step}, bye: {{say: Bye., goto: hangup}}}}")
    coverage = Coverage(flows)
    first = "silent, " if "voicemail" in step else ""
    script = script_of(f"answers: {answers}\ncalls: {{a call: [{first}ended]}}", flows)
    assert script.problems == ()
    assert rehearse(flows, script.calls[0], handle=coverage.handle).failure is None
    touched = [each for key, each in coverage.ways.items() if key in coverage.ways_seen]
    labels = [each.label for each in touched if each.step == "main"]
    # Where the step goes on, that its next action goes somewhere is an outcome too.
    assert labels == [way] or labels == [way, "goto"]


def test_what_a_sub_flow_returns_is_an_outcome_of_who_runs_it() -> None:
    main = """
    steps:
      main:
        - run: inner
          found: bye
      bye: {say: Bye., goto: hangup}
    """
    inner = """
    returns: [found, lost]
    steps:
      ask: {say: Well., menu: {1: yes_it_is, 2: no_it_is_not}, fail: no_it_is_not}
      yes_it_is: {return: found}
      no_it_is_not: {return: lost}
    """
    flows = flows_of(main, inner=inner)
    coverage = Coverage(flows, "main")
    assert {way.label for way in coverage.ways.values() if way.step == "main"} == {"found", "goto"}
    line = line_to(flows, handle=coverage.handle)
    line.press("1")
    assert "main/main: found" not in names(coverage)
    line = line_to(flows, handle=coverage.handle)
    line.press("2")
    assert "main/main: goto" not in names(coverage)
