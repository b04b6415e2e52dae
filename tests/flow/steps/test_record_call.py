"""``record_call``: what a flow says about the recording of the whole call."""

from __future__ import annotations

import pytest

from ivr.flow.messages import RecordCall
from tests.flow.ring import Ring, problems_of


def ring(*words: str) -> Ring:
    """A call whose flow says these things about its recording, one after the other."""
    actions = "".join(f"        - record_call: {word}\n" for word in words)
    return Ring(f"""
    language: en-US
    steps:
      main:
{actions}
        - say: Done.
          goto: hangup
""")


def words(call: Ring) -> list[str]:
    return [command.what.value for command in call.told(RecordCall)]


@pytest.mark.parametrize(
    ("said", "done"),
    [
        (["start"], ["start"]),
        (["start", "start"], ["start"]),
        (["start", "pause", "pause", "resume", "resume"], ["start", "pause", "resume"]),
        (["start", "pause", "start"], ["start", "pause", "resume"]),
        (["start", "stop", "stop", "start"], ["start", "stop", "start"]),
        (["start", "pause", "stop"], ["start", "pause", "stop"]),
        (["pause", "resume", "stop"], []),
        (["start", "stop", "pause", "resume"], ["start", "stop"]),
    ],
)
def test_what_is_so_already_is_not_done_again(said: list[str], done: list[str]) -> None:
    assert words(ring(*said)) == done


def test_it_begins_once_the_notice_before_it_was_heard() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            - say: This call is recorded.
              interrupt: no
            - record_call: start
            - say: Press 1.
              menu: {1: main}
    """)
    assert words(call) == []
    assert words(call.hears_one()) == ["start"]
    assert call.said == ["Press 1."]


def test_nobody_is_recorded_who_is_gone() -> None:
    call = Ring("""
        language: en-US
        on_hangup: gone
        steps:
          main: {say: Press 1., menu: {1: main}}
          gone: [{record_call: start}, {event: x, goto: hangup}]
    """).hangs_up()
    assert call.commands[-1:] != []
    assert words(call) == []


@pytest.mark.parametrize("value", ["go", "[start]", "yes"])
def test_other_words_are_told_to_the_author(value: str) -> None:
    flow = f"steps:\n  main:\n    record_call: {value}\n    goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
