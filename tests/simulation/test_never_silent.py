"""Dead air in simulated calls: found where a voice is slow, and nowhere else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ivr.flow.messages import Speak, StopSpeaking
from ivr.phone.dead_air import Span, dead_air, owed_by_entries, passing
from tests.simulation.stage import Stage, call, hears, presses, says, utterance

LIVE_ANSWER = (StopSpeaking((1,)), Speak(utterance(2, "b:500", fixed=False)))


def found(stage: Stage, end: float) -> list[tuple[int, int]]:
    """When and how long the caller waited in silence for longer than anybody should."""
    sounds = [(start * 1000, stop * 1000) for start, stop in stage.carrier.sounds()]
    edges = [(0.0, 0.0), *sounds, (end * 1000, end * 1000)]
    silent = [Span(before[1], after[0]) for before, after in pairwise(edges)]
    owed, pauses = owed_by_entries(stage.call.record.entries, 0, end * 1000)
    spans = passing(dead_air(silent, owed, pauses))
    return [(round(span.start_ms), round(span.ms)) for span in spans]


@pytest.mark.parametrize("seconds", [0.0, 0.2, 1.1, 1.3, 2.5])
def test_a_voice_that_is_slow_to_begin_leaves_dead_air_after_a_key(seconds: float) -> None:
    def make() -> Stage:
        stage = Stage(says("a:1000", keys={"1": LIVE_ANSWER}))
        stage.voice.first_seconds = seconds
        return stage

    # The greeting is fixed and takes as long; the key comes when it has been said.
    stage, _ = call(make, presses("1", at=5))
    greeting = [(0, round(seconds * 1000))]
    answer = [(5000, round(seconds * 1000))]
    assert found(stage, 15) == (greeting + answer if seconds > 1.2 else [])


def test_a_voice_that_stalls_leaves_dead_air_in_the_middle() -> None:
    def make() -> Stage:
        stage = Stage(says("a:1000"))
        stage.voice.chunk_bytes, stage.voice.chunk_seconds = 4000, 2
        return stage

    # It is as slow to say that this was all, and until then the caller is not listened to.
    stage, _ = call(make, hears(6))
    assert found(stage, 6) == [(500, 1500), (2500, 1500)]


def test_a_caller_who_is_listened_to_may_be_silent_for_ever() -> None:
    stage, _ = call(lambda: Stage(says("a:1000", "b:500")), hears(600))
    assert found(stage, 600) == []
