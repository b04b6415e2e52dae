"""What a caller keys into a sensitive step is nowhere: no bytes, no note, no transcript."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import CallResumed, Event, Note, Speak
from ivr.flow.model import FlowSet
from ivr.flow.state import State, decode, encode
from ivr.rehearsal.line import Line
from ivr.rehearsal.transcript import render
from tests.rehearsal.stage import flows_of, line_to

PIN = "73917391"
VAULT = flows_of("""
languages: {en-US: {}}
anytime: {star: repeat}
steps:
  welcome:
    say: Welcome to the vault.
    menu: {1: pin}
    fail: pin
  pin:
    say: Please enter your code.
    ask: code
    digits: 8
    sensitive: yes
    confirm: yes
    tries: 2
    fail: bye
    goto: again
  again:
    say: I will remember ${code | digits}.
    set: {copy: "${code}"}
    goto: menu
  menu:
    say: To hear it, press 1.
    menu: {1: again}
    fail: bye
  bye:
    say: Goodbye.
    goto: hangup
""")


def piece_of_pin(text: str) -> bool:
    """Whether three keys of it in a row are there, with or without spaces."""
    # Times in the state's bytes are numbers of their own.
    close = re.sub(r"[ ,]", "", re.sub(r'":\d+', "", text))
    return any(PIN[first : first + 3] in close for first in range(len(PIN) - 2))


@given(
    pauses=st.lists(st.sampled_from([100, 250, 900, 2_900, 9_000]), min_size=12, max_size=12),
    before=st.integers(0, 9),
    answer=st.sampled_from("123*"),
)
@settings(max_examples=60, deadline=None)
def test_the_keys_are_nowhere(pauses: list[int], before: int, answer: str) -> None:
    said: list[str] = []

    def handle(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        turn = machine.handle(flows, state, event, now)
        said.append(encode(turn.state).decode())
        said.extend(c.detail for c in turn.commands if isinstance(c, Note))
        said.extend(c.utterance.shown for c in turn.commands if isinstance(c, Speak))
        return turn

    line = line_to(VAULT, handle=handle)
    line.run_until(before * 500)
    for key, pause in zip(f"1{PIN}{answer}11", pauses, strict=True):
        if line.over is None:
            line.press(key)
            line.run_until(line.now + pause)
    while line.over is None:
        line.step()
    said += render(line.transcript.entries)
    assert [text for text in said if piece_of_pin(text)] == []


def at_the_confirmation() -> Line:
    line = line_to(VAULT, handle=machine.handle)
    for key in f"1{PIN}":
        line.press(key)
        line.run_until(line.now + 200)
    return line


def test_a_call_that_resumes_in_a_confirmation_asks_for_the_code_again() -> None:
    """Its bytes do not have the code, so there is nothing to confirm."""
    state = decode(encode(at_the_confirmation().state))
    turn = machine.handle(VAULT, state, CallResumed(), 9_000)
    texts = [c.utterance.shown for c in turn.commands if isinstance(c, Speak)]
    assert texts == ["Please enter your code."]
