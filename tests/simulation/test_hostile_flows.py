"""Files nobody wrote for us: findings, never an exception, and a bounded number of steps.

Steps are counted, not timed: every call of a function, of Python's own too. A million of them are
about half a second on a slow machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.load import Loaded, load
from tests.simulation.adversaries import adversaries, folders

STEPS_MAX = 2_500_000
SMALL_STEPS_MAX = 150_000
"""For a file of a few kilobytes."""
PAGES = sorted((Path(__file__).parent.parent / "flow/problems").glob("*.yaml"))
ADVERSARIES = dict(adversaries())
FOLDERS = dict(folders())
TEXTS = [page.read_text("utf-8") for page in PAGES]


def counted(work: Callable[[], Loaded]) -> tuple[Loaded, int]:
    """What it gives, and how many functions were called for it."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work(), calls
    finally:
        sys.setprofile(before)


def check(text: str, most: int) -> Loaded:
    return check_all({"main.yaml": text}, most)


def check_all(files: dict[str, str], most: int) -> Loaded:
    loaded, calls = counted(lambda: load(files))
    assert calls <= most
    lines = {name: len(text.splitlines()) + 1 for name, text in files.items()}
    for problem in loaded.problems:
        assert 1 <= problem.span.line <= lines.get(problem.span.file, 1)
        assert problem.message
        assert len(problem.message) < 1_000
    return loaded


@pytest.mark.parametrize("name", ADVERSARIES)
def test_the_largest_and_most_twisted_files_take_a_bounded_number_of_steps(name: str) -> None:
    check(ADVERSARIES[name], STEPS_MAX)


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_flows_that_lead_to_each_other_take_a_bounded_number_of_steps(name: str) -> None:
    check_all(FOLDERS[name], STEPS_MAX)


@settings(max_examples=60)
@given(
    text=st.sampled_from(TEXTS),
    cuts=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 40),
            st.one_of(
                st.sampled_from(
                    [
                        *(
                            "{",
                            "}",
                            "[",
                            ": ",
                            "- ",
                            "\n",
                            "*",
                            "&a ",
                            "!",
                            "'",
                            '"',
                            "#",
                            "|",
                            ">",
                        ),
                        *("${", "${call.from}", " press 7", "\t", "\x00", "\ud800", "---\n"),
                    ]
                ),
                st.text(max_size=8),
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_flow_with_anything_in_it_is_told_about_and_kills_nobody(
    text: str, cuts: list[tuple[float, int, str]]
) -> None:
    for at, length, put in cuts:
        place = int(at * len(text))
        text = text[:place] + put + text[place + length :]
    check(text, SMALL_STEPS_MAX)


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_any_text_at_all_is_told_about(text: str) -> None:
    check(text, SMALL_STEPS_MAX)


@settings(max_examples=60)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    [
                        *("say", "menu", "goto", "if", "ask", "transfer", "set", "steps", "fail"),
                        *("en", "main", "texts", "anytime", "hours", "numbers", "languages", "1"),
                        *("http", "run", "return", "with", "save", "body", "headers", "example"),
                        *("do", "sms", "text", "event", "record", "voicemail", "queue", "status"),
                        *("inputs", "returns", "on_hangup", "defaults", "value", "whisper"),
                    ]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=25,
    )
)
def test_any_values_under_any_keys_are_told_about(value: object) -> None:

    check(json.dumps({"steps": {"main": value}, "texts": value}), SMALL_STEPS_MAX)
    check(json.dumps(value), SMALL_STEPS_MAX)


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?>\n<vxml><menu><choice dtmf='1'>sales</choice></menu></vxml>\n",
        "<document type='freeswitch/xml'><section name='ivr'/></document>\n",
        "[incoming]\nexten => s,1,Answer()\nsame => n,Background(welcome)\n",
        '{"states": [{"name": "Trigger", "type": "trigger", "transitions": []}]}',
        "\ufeffsteps:\n  main: {say: Hello., goto: hangup}\n",
    ],
)
def test_other_peoples_files_are_answered_with_findings(text: str) -> None:
    loaded = check(text, SMALL_STEPS_MAX)
    assert loaded.problems or text.startswith("\ufeff")
