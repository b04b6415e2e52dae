"""A key at every chunk of a prompt that the vendor is still speaking: what is heard after it."""

from __future__ import annotations

import asyncio

import pytest

from ivr.fakes.elevenlabs import FakeVendor, Pace
from ivr.fakes.elevenlabs.witness import Said
from tests.simulation.carrier import SILENCE, Carrier
from tests.simulation.vendor_line import (
    DEAD_AIR_SECONDS_MAX,
    LISTENS_SECONDS_MAX,
    QUICK,
    REAL_TIME,
    Caller,
    Heard,
    Ladder,
    ring,
)
from tests.simulation.vendor_words import WORD_MS
from tests.virtual import pass_time

FIXED = "Press 1 or 2 to hear more."
BY_VALUE = "You called ${call.to | digits}."
SAID_BY_VALUE = "You called 1 2 0 3, 4 6 5 7."
GOODBYE = "Thanks for calling us."
FLOW = """\
ivr: 1
title: A small clinic
timezone: America/Chicago
languages:
  en-US: {voice: vendor}
steps:
  main:
    say: PROMPT
    menu:
      1: fixed
      2: by_value
  fixed:
    say: Our doors open at nine.
    goto: goodbye
  by_value:
    say: We know you as ${default(call.from, '0') | digits}.
    goto: goodbye
  goodbye:
    say: Thanks for calling us.
    goto: hangup
"""
ANSWERS = {"1": "Our doors open at nine.", "2": "We know you as 1 5 5 5, 0 1 2 3."}
GAP = bytes([SILENCE]) * 2_400
CHUNKS = {FIXED: 5, BY_VALUE: 7}
"""How many the vendor sends of each prompt."""


def presses_when_it_came(prompt: str, chunk: int, key: str, after: float) -> Caller:
    """A caller who presses a key so many seconds after a chunk of a prompt has arrived."""

    def came(vendor: FakeVendor) -> bool:
        said = spoken_by(vendor, prompt)
        return said is not None and said.chunks >= chunk

    async def caller(carrier: Carrier, vendor: FakeVendor) -> list[float]:
        async with asyncio.timeout(LISTENS_SECONDS_MAX):
            while not came(vendor):
                await pass_time(0.001)
        await pass_time(after)
        carrier.press(key)
        return [asyncio.get_running_loop().time()]

    return caller


def spoken_by(vendor: FakeVendor, text: str) -> Said | None:
    every = (said for asked in vendor.requests for said in asked.said)
    return next((said for said in every if "".join(said.texts).strip() == text), None)


def interrupted(
    prompt: str, chunk: int, key: str, ladder: Ladder, pace: Pace, after: float = 0.0, *faults: str
) -> Heard:
    """A call whose caller presses the key at that chunk."""
    text = SAID_BY_VALUE if prompt == BY_VALUE else prompt
    return ring(
        *faults,
        ladder=ladder,
        pace=pace,
        flow=FLOW.replace("PROMPT", prompt),
        transcript=(text, *ANSWERS.values(), GOODBYE),
        caller=presses_when_it_came(text, chunk, key, after),
        rings=0.0,
    )


def only_the_answer_is_heard(heard: Heard, key: str) -> None:
    """After the clear, byte for byte: the answer whole, a breath, the goodbye, nothing else."""
    cleared = heard.carrier.times("clear")
    since = cleared[0] if cleared else heard.pressed[0]
    assert since == heard.pressed[0]
    wanted = heard.lexicon.audio(ANSWERS[key]) + GAP + heard.lexicon.audio(GOODBYE)
    assert heard.carrier.audio(since) == wanted
    assert heard.falls == []
    assert heard.vendor.violations == []
    assert heard.dead_air() <= DEAD_AIR_SECONDS_MAX


@pytest.mark.parametrize("key", ANSWERS)
@pytest.mark.parametrize("prompt", CHUNKS)
@pytest.mark.parametrize("socket", ["multi", "single", "http"])
def test_nothing_of_the_old_prompt_after_the_clear_and_the_next_one_whole(
    socket: str, prompt: str, key: str
) -> None:
    for chunk in range(1, CHUNKS[prompt] + 1):
        heard = interrupted(prompt, chunk, key, Ladder(socket), REAL_TIME)
        only_the_answer_is_heard(heard, key)
        if chunk > 1:
            assert heard.carrier.times("clear"), f"something of it was at the carrier at {chunk}"


@pytest.mark.parametrize("after", [0.0, 0.03])
@pytest.mark.parametrize("key", ANSWERS)
def test_the_same_where_the_vendor_is_far_ahead_of_the_caller(key: str, after: float) -> None:
    for chunk in range(1, CHUNKS[BY_VALUE] + 1):
        only_the_answer_is_heard(interrupted(BY_VALUE, chunk, key, Ladder(), QUICK, after), key)


def test_the_vendor_goes_on_with_the_old_prompt_and_nobody_hears_it() -> None:
    # There is no way to stop it at once: what was flushed is spoken, and dropped by its context.
    heard = interrupted(BY_VALUE, 2, "2", Ladder(), REAL_TIME)
    said = spoken_by(heard.vendor, SAID_BY_VALUE)
    assert said is not None
    assert said.chunks == CHUNKS[BY_VALUE]
    only_the_answer_is_heard(heard, "2")


@pytest.mark.parametrize("fault", ["late_audio", "no_final", "snake_case", "huge_frame"])
def test_the_same_from_a_vendor_with_odd_habits(fault: str) -> None:
    for chunk in (1, 4, CHUNKS[BY_VALUE]):
        heard = interrupted(BY_VALUE, chunk, "2", Ladder(), REAL_TIME, 0.0, fault)
        only_the_answer_is_heard(heard, "2")


@pytest.mark.parametrize("chunk", range(1, CHUNKS[BY_VALUE] + 1))
def test_a_prompt_that_broke_off_is_cleared_like_any_other(chunk: int) -> None:
    # The local voice has all the rest ready at once when the vendor fails.
    struck = f"cut:socket=1,context=1,chunk={chunk}"
    heard = interrupted(BY_VALUE, 0, "1", Ladder(), REAL_TIME, 0.3 + chunk * 0.1, struck)
    since = heard.pressed[0]
    answer = heard.lexicon.read(heard.carrier.audio(since))
    words = [*ANSWERS["1"].split(), *GOODBYE.split()]
    assert [(run.word, run.ms) for run in answer] == [(word, WORD_MS) for word in words]
