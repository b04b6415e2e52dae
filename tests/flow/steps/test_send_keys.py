"""``send_keys``: tones for whoever listens at the other end."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Speak, Tones
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    steps:
      main:
        - say: Dialling.
          send_keys: "12 W3-4#"
          goto: choose
      choose: {say: Press 1., menu: {1: main}}
"""


def test_the_tones_come_after_the_text_beside_them() -> None:
    call = Ring(FLOW)
    assert call.said == ["Dialling.", "[tones 12w34#]", "Press 1."]
    assert [speak.utterance.parts for speak in call.told(Speak)][1] == (Tones("12w34#"),)


def test_a_key_of_the_caller_does_not_cut_them() -> None:
    call = Ring(FLOW).presses("1")
    assert 2 not in call.stopped
    assert call.queue[0] == "", "the tones are still to be heard"


def test_they_are_in_the_bytes_of_the_call() -> None:
    assert Ring(FLOW).forgets().resumes().said[1] == "[tones 12w34#]"


def test_nothing_is_played_to_a_caller_who_is_gone() -> None:
    call = Ring(FLOW.replace("    steps:", "    on_hangup: main\n    steps:")).hangs_up()
    assert call.said == []
    assert call.state.ended == "caller_hung_up"


@pytest.mark.parametrize("keys", ["''", "12a", "[1]", "'" + "1" * 33 + "'"])
def test_what_is_no_key_is_told_to_the_author(keys: str) -> None:
    flow = f"steps:\n  main:\n    send_keys: {keys}\n    goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
