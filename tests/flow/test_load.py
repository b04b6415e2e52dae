"""A folder as one set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.load import load
from ivr.flow.model import Entry
from ivr.flow.problems import Severity
from ivr.flow.world import FunctionSpec

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


def test_a_folder_with_an_error_is_not_given_out_but_all_its_files_were_read() -> None:
    found = load({"a.yaml": FLOW, "b.yaml": "steps: 3\n", "c.yaml": "steps: 4\n"})
    assert found.flows is None
    assert [problem.span.file for problem in found.problems] == ["b.yaml", "c.yaml"]


def test_warnings_come_along_with_a_usable_set() -> None:
    found = load({"a.yaml": FLOW + "  lost: {goto: main}\n"})
    assert found.flows is not None
    assert [problem.severity for problem in found.problems] == [Severity.WARNING]


def test_a_folder_without_a_flow_says_so() -> None:
    (problem,) = load({}).problems
    assert problem.message == "there is no flow in this folder"


def test_the_only_flow_answers_every_number() -> None:
    flows = load({"a.yaml": FLOW}).flows
    assert flows is not None
    assert flows.entry_for("+13125550100") == Entry("a", None)


def test_several_flows_need_numbers() -> None:
    flows = load({"a.yaml": FLOW, "b.yaml": FLOW}).flows
    assert flows is not None
    assert flows.entry_for("+13125550100") is None


def test_the_hash_changes_with_any_file_and_with_nothing_else() -> None:
    def digest(files: dict[str, str]) -> str:
        flows = load(files).flows
        assert flows is not None
        return flows.hash

    first = digest({"a.yaml": FLOW})
    assert digest({"a.yaml": FLOW}) == first
    assert digest({"a.yaml": FLOW + "# more\n"}) != first
    assert digest({"a.yaml": FLOW, "settings.yaml": "voices: {}\n"}) != first


def test_a_flow_may_lead_to_another_even_to_a_broken_one() -> None:
    files = {"a.yaml": FLOW.replace("hangup", "/b"), "b.yaml": "steps: 3\n"}
    assert [p.span.file for p in load(files).problems] == ["b.yaml"]


_WORDS = (
    "steps: main: say: goto: menu: ask: { } [ ] 1: hangup ' \" ${ } if: &a *a !t > # hours: | é "
    "mon-fri: 8:00-17:30 languages: en-US confirm: include: defaults: fail: returns: inputs: for: "
    "${options} texts: numbers: anytime: mailboxes: keep: 9d allowed_hosts: environments: dev: "
    "main.say: voices: like: settings: flow:"
)
_PIECES = st.sampled_from([*_WORDS.split(), "  ", "\n", "- ", ": ", "x | money", "\t", "\x00"])


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_whatever_a_file_holds_loading_gives_problems_or_a_flow(text: str) -> None:
    for name in ("a.yaml", "settings.yaml", "numbers.yaml"):
        found = load({name: text})
        assert found.flows is not None or found.problems


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_whatever_an_included_file_and_a_translation_hold(text: str) -> None:
    files = {
        "a.yaml": "include: [shared/x.yaml]\n" + FLOW,
        "shared/x.yaml": text,
        "texts/a.en.yaml": text,
        "settings.yaml": text,
    }
    found = load(files, voice_problem=lambda spec: "; ".join(spec.options) or None)
    assert found.flows is not None or found.problems
    assert all(problem.span.file in files for problem in found.problems)


@pytest.mark.parametrize("cut", range(0, 300, 7))
def test_a_file_cut_anywhere_gives_problems_or_a_flow(cut: int) -> None:
    text = FLOW + "hours: {a: {mon-fri: 8:00-17:30}}\nlanguages: {en-US: {voice: embedded}}\n"
    found = load({"a.yaml": text[: cut % len(text)]})
    assert found.flows is not None or found.problems


def test_what_the_set_knows_of_the_world_comes_from_settings_and_the_caller() -> None:
    spec = FunctionSpec("schedule_callback")
    texts = {
        "a.yaml": FLOW,
        "settings.yaml": "allowed_hosts: [api.example]\nmailboxes: {desk: {}}\n",
    }
    flows = load(texts, environment="staging", functions={spec.name: spec}).flows
    assert flows is not None
    assert flows.functions == {"schedule_callback": spec}
    assert flows.environment == "staging"
    assert flows.allowed_hosts == {"api.example"}
    assert flows.mailboxes.keys() == {"desk"}


def test_a_problem_of_a_file_that_several_flows_include_is_told_once() -> None:
    flow = "include: [shared/x.yaml]\n" + FLOW
    files = {"a.yaml": flow, "b.yaml": flow, "shared/x.yaml": "numbers: {desk: 12}\n"}
    assert [str(problem.span) for problem in load(files).problems] == ["shared/x.yaml:1:17"]


def test_without_its_rules_a_flow_is_only_read() -> None:
    files = {"main.yaml": "steps:\n  main:\n    say: Press 7.\n    menu: {1: nowhere}\n"}
    assert {p.code for p in load(files).problems} >= {"F001", "M003"}
    read_only = load(files, checked=False)
    assert read_only.problems == ()
    assert read_only.flows is not None
