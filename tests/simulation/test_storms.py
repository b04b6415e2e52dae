"""Random callers on bad days, with the real machine and the shipped flows: what must always hold.

A seed picks the flow, what the caller does and what goes wrong; the same seed is the same call.
One that fails is rung again alone with ``pytest tests/simulation/test_storms.py -k "[123]"``; for
more of them, widen ``SEEDS``.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import ivr.flow.machine
from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.record import Record
from ivr.calls.session import Cut, Ended, Exit, Leaving, converse, prepare
from ivr.calls.speaker import LEAD_MS
from ivr.calls.studio import Studio
from ivr.cli.folder import read_folder
from ivr.errors import VoiceError
from ivr.flow.load import load
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallResumed,
    Event,
    LegFinished,
    LegOutcome,
    Silence,
    Speak,
    Utterance,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State
from ivr.outside.functions import Registry
from ivr.voices.tone import Tone, ToneLine, tones
from tests.simulation.carrier import ACCOUNT, CALL, Carrier
from tests.simulation.stage import STARTED_AT
from tests.virtual import pass_time, run

SEEDS = range(150)
STREAMS_MAX = 6
FOLDER = Path(__file__).parent.parent.parent / "flows"

NOTICES = """
title: A line that likes notices
steps:
  main:
    - say: Welcome to this line.
    - say: This call may be recorded for training.
      interrupt: no
    - say: And here is one more thing that nobody needs.
    - say: Fees.
      interrupt: no
    - say: For more of this, press 1. To leave, press 2.
      menu: {1: main, 2: hangup}
"""


@cache
def all_flows() -> FlowSet:
    """The example flows as they are shipped, and one in which everything is queued."""
    folder = read_folder(FOLDER)
    loaded = load(
        {**folder.files, "notices.yaml": NOTICES},
        assets=folder.assets,
        functions=Registry.load(FOLDER).specs(),
    )
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


class Listening:
    """The real machine, and a note of everything it ever said."""

    def __init__(self, hear: Callable[[int], None]) -> None:
        self.said: dict[int, Utterance] = {}
        self.hear = hear

    def answer(self, flows: FlowSet, facts: CallFacts) -> State:
        """As the machine does."""
        return ivr.flow.machine.answer(flows, facts)

    def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
        """As the machine does."""
        turn = ivr.flow.machine.handle(flows, state, event, now)
        if isinstance(event, UtteranceHeard):
            self.hear(event.id)
        for command in turn.commands:
            if isinstance(command, Speak):
                self.said[command.utterance.id] = command.utterance
        return turn

    def secret_now(self, state: State) -> bool:
        """As the machine does."""
        return ivr.flow.machine.secret_now(state)


class BadTone(Tone):
    """A voice of tones that breaks now and then, before its first word or in the middle."""

    def __init__(self, dice: random.Random, how_often: float, **timing: int) -> None:
        super().__init__(**timing)
        self.dice = dice
        self.how_often = how_often

    def lease(self, call: str, *, language: str | None = None) -> ToneLine:
        """A line with the same faults."""
        voice = self

        class Bad(ToneLine):
            async def speak(self, text, *, language, before="", after=""):  # type: ignore[no-untyped-def]
                async for chunk in super().speak(text, language=language):
                    if voice.dice.random() < voice.how_often:
                        raise VoiceError("bad day", retryable=voice.dice.random() < 0.5)
                    yield chunk

        return Bad(self)


class Storm:
    """One call: who rings, what the caller does, what goes wrong."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.machine = Listening(self.hear)
        self.flows = all_flows()
        self.voices_fail = self.dice.random() < 0.2
        self.carriers: list[Carrier] = []

    async def ring(self) -> None:
        """The whole call, over all its streams, and what must hold at its end."""
        dice = self.dice
        delay_ms, chunk_ms = dice.choice([0, 0, 40, 300]), dice.choice([20, 110, 200, 5_000])
        how_often = 0.15 if self.voices_fail else 0.0
        studio = Studio(
            {
                name: BadTone(dice, how_often, delay_ms=delay_ms, chunk_ms=chunk_ms)
                for name in self.flows.voices
            }
        )
        await studio.open()
        clock = Clock(asyncio.get_running_loop().time)
        flow = dice.choice(sorted(self.flows.flows))
        facts = CallFacts(CALL, "+15550123", "+15550100", STARTED_AT, flow, None)
        record = Record(CALL, STARTED_AT, clock)
        call = Call(facts, ACCOUNT, self.flows, clock, record, studio.lease(CALL))
        exit: Exit = Cut("not yet begun")
        while not isinstance(exit, Ended) and len(self.carriers) < STREAMS_MAX:
            if isinstance(exit, Leaving):
                await pass_time(dice.uniform(1, 60))
                call.return_event = LegFinished(dice.choice(list(LegOutcome)))
            elif self.carriers:
                call.return_event = CallResumed()
            exit = await self.stream(call, studio)
        await studio.give_back(call.booth)
        await studio.aclose()
        self.check(call, exit)

    async def stream(self, call: Call, studio: Studio) -> Exit:
        """One stream, with a caller at the other end who at last does nothing, or hangs up."""
        dice = self.dice
        lose_marks = dice.random() < 0.1
        carrier = Carrier(delay=dice.choice([0.0, 0.02, 0.08]), lose_marks=lose_marks)
        self.carriers.append(carrier)
        if dice.random() < 0.3:
            carrier.cut_after = dice.randint(1, 80)
        prepare(call, studio, machine=self.machine)
        await pass_time(dice.uniform(0, 0.4))
        async with asyncio.TaskGroup() as group:
            link = converse(call, carrier, studio, machine=self.machine)
            stream = group.create_task(link)
            carrier.start()
            for _ in range(dice.randint(0, 25)):
                await pass_time(dice.choice([0.0, 0.05, 0.7, 3.0, 12.0]) * dice.random())
                if stream.done() or carrier.closed:
                    break
                self.do_something(carrier)
        carrier.closed = True
        return stream.result()

    def do_something(self, carrier: Carrier) -> None:
        """What callers do, and what happens to them."""
        dice = self.dice
        match dice.randrange(12):
            case 0:
                carrier.stall(dice.uniform(0, 4))
            case 1:
                for _ in range(dice.randint(2, 8)):
                    carrier.press(dice.choice("0123456789*#"))
            case 2:
                rubbish: list[str | bytes] = ["{", '{"event":"new"}', b"\x00"]
                carrier.deliver(dice.choice(rubbish))
                carrier.echo(dice.choice(["g1:u1", "g2:u3", "nonsense", ""]))
            case 3:
                carrier.talk(dice.randint(1, 100))
            case 4 if dice.random() < 0.3:
                carrier.hang_up()
            case _:
                carrier.press(dice.choice("0123456789*#"))

    def hear(self, number: int) -> None:
        """The machine is told that the caller heard something: it must have been so."""
        carrier = self.carriers[-1]
        if not carrier.lose_marks and not self.voices_fail:
            assert sound_of(self.machine.said[number]) in carrier.audio(), "whole, in one piece"

    def check(self, call: Call, exit: Exit) -> None:
        """What must hold, whatever happened."""
        entries = call.record.entries
        assert call.faults == 0
        assert [entry["what"] for entry in entries].count("end") == isinstance(exit, Ended)
        for carrier in self.carriers:
            assert carrier.faults == []
            assert carrier.lead_max * 1000 <= LEAD_MS + 2, "but for whole milliseconds"
        heard = [entry for entry in entries if entry["what"] == "heard"]
        numbers = [entry["utterance"] for entry in heard]
        assert len(set(numbers)) == len(numbers), "nothing counts as heard twice"
        lost = [entry for entry in heard if "lost_mark" in entry]
        assert not lost or any(carrier.lose_marks for carrier in self.carriers)


def sound_of(utterance: Utterance) -> bytes:
    """The audio of an utterance in the voice of tones."""
    sounds = []
    for part in utterance.parts:
        match part:
            case Words(text):
                sounds.append(tones(text))
            case Silence(ms):
                sounds.append(b"\xff" * (ms * 8))
    return b"".join(sounds)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_a_call_stays_whole(seed: int) -> None:
    run(Storm(seed).ring())
