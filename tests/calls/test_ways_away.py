"""Every way to leave a stream and every way to come back, with real flows and the real machine.

A stream here is a caller who hears everything at once and presses what the test says; everything
between the streams is real.
"""

from __future__ import annotations

import pytest

from ivr.calls.call import Call
from ivr.calls.kept import Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.calls.link import Link
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.studio import Studio
from ivr.flow import machine
from ivr.flow.load import load
from ivr.flow.messages import (
    CallAnswered,
    CallResumed,
    Event,
    HangUp,
    JoinQueue,
    KeyPressed,
    Note,
    RunTwiml,
    Speak,
    Transfer,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import FlowSet
from tests.calls.board import LINE, Bench, MemoryLink
from tests.virtual import run

FLOW = """
language: en-US
voice: beeps
numbers: {one: +12125550111, two: +12125550112}
steps:
  main:
    - set: {name: Robin}
    - say: Press a key.
      menu: {1: desk, 2: hunt, 3: wait, 4: script}
      fail: hangup
  desk:
    transfer: one
    done: said_done
    busy: said_busy
    no_answer: said_no_answer
    failed: said_failed
  hunt:
    transfer: [one, two]
    otherwise: said_failed
  wait:
    queue: agents
    limit: 10m
    done: said_done
    full: said_full
    too_long: said_too_long
    otherwise: said_failed
  script:
    twiml: <Response><Say>${name}</Say></Response>
    done: said_done
    otherwise: said_failed
  said_done: {say: "Done, ${name}.", goto: hangup}
  said_busy: {say: "Busy, ${name}.", goto: hangup}
  said_no_answer: {say: "No answer, ${name}.", goto: hangup}
  said_failed: {say: "Failed, ${name}.", goto: hangup}
  said_full: {say: "Full, ${name}.", goto: hangup}
  said_too_long: {say: "Too long, ${name}.", goto: hangup}
"""


def flows() -> FlowSet:
    files = {
        "main.yaml": FLOW,
        "numbers.yaml": f'"{LINE}": main\n',
        "settings.yaml": "voices:\n  beeps: {provider: tone}\n",
    }
    loaded = load(files)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


class Caller:
    """Hears everything at once, and presses these keys, one for each question."""

    def __init__(self, keys: str) -> None:
        self.keys = list(keys)
        self.heard: list[str] = []

    async def talk(self, call: Call, link: Link, studio: Studio) -> Exit:
        """One stream."""
        assert isinstance(link, MemoryLink)
        call.streams += 1
        call.clock.answer()
        opening: Event = call.return_event or CallResumed()
        call.return_event = None
        if call.state is None:
            call.state, opening = machine.answer(call.flows, call.facts), CallAnswered()
        events: list[Event] = [opening]
        while True:
            if not events:
                if not self.keys:
                    return Cut("the caller does nothing")
                events.append(KeyPressed(self.keys.pop(0)))
            turn = machine.handle(call.flows, call.state, events.pop(0), call.clock.now_ms())
            call.state = turn.state
            for command in turn.commands:
                match command:
                    case Speak(utterance):
                        words = (p.text for p in utterance.parts if isinstance(p, Words))
                        self.heard.append(" ".join(words))
                        events.append(UtteranceHeard(utterance.id))
                    case Transfer() | JoinQueue() | RunTwiml():
                        call.record.add_leave(command)
                        return Leaving(command)
                    case HangUp(outcome):
                        call.record.add("end", outcome=outcome)
                        return Ended(outcome)
                    case Note():
                        call.record.add_note(command)
                    case _:
                        pass


def tell(keys: str, *told: dict[str, str]) -> tuple[Bench, Caller, list[Decision]]:
    """A caller presses keys and is sent away; then the carrier tells these, one after the other."""

    async def story() -> tuple[Bench, Caller, list[Decision]]:
        caller = Caller(keys)
        bench = Bench(flows=flows(), machine=machine, talk=caller.talk)
        said: list[Decision] = []
        await bench.stream(bench.ring(), Ended("scripted by the caller"))
        said.append(await bench.after())
        for number, each in enumerate(told, 1):
            said.append(await bench.after(number=number, **each))  # type: ignore[arg-type]
        if isinstance(said[-1], Connect):
            await bench.stream(said[-1], Ended("scripted by the caller"))
            assert await bench.after() == Over()
        assert bench.board.live == 0, "the call is over"
        assert len(bench.told("end")) == 1, "and has one record"
        return bench, caller, said

    return run(story())


@pytest.mark.parametrize(
    ("key", "told", "heard"),
    [
        ("1", {"leg": "completed"}, "Done, Robin."),
        ("1", {"leg": "busy"}, "Busy, Robin."),
        ("1", {"leg": "no-answer"}, "No answer, Robin."),
        ("1", {"leg": "failed"}, "Failed, Robin."),
        ("3", {"queue": "bridged"}, "Done, Robin."),
        ("3", {"queue": "queue-full"}, "Full, Robin."),
        ("3", {"queue": "leave"}, "Too long, Robin."),
        ("3", {}, "Too long, Robin."),
        ("3", {"queue": "error"}, "Failed, Robin."),
        ("4", {}, "Done, Robin."),
        ("4", {"leg": "failed"}, "Failed, Robin."),
    ],
)
def test_who_comes_back_hears_what_became_of_it_and_is_still_known(
    key: str, told: dict[str, str], heard: str
) -> None:
    bench, caller, said = tell(key, told)
    kinds: dict[str, type[Decision]] = {"1": Dial, "3": Enqueue, "4": Perform}
    assert isinstance(said[0], kinds[key])
    assert caller.heard == ["Press a key.", heard]
    assert len(bench.told("leave")) == 1
    assert bench.told("end") == [{"outcome": "hangup"}]


def test_each_of_a_list_is_rung_and_a_late_answer_of_the_first_does_not_end_the_second() -> None:
    async def story(bench: Bench, caller: Caller) -> None:
        await bench.stream(bench.ring(), Ended("scripted"))
        first = await bench.after()
        assert isinstance(first, Dial)
        assert first.transfer.number == "+12125550111"
        second = await bench.after(leg="busy", number=1)
        assert isinstance(second, Dial)
        assert (second.transfer.number, second.number) == ("+12125550112", 2)
        assert await bench.after(leg="busy", number=1) == second, "it was told before"
        await bench.stream(await bench.after(leg="busy", number=2), Ended("scripted"))
        assert caller.heard[-1] == "Failed, Robin."
        assert [entry["name"] for entry in bench.told("leave")] == ["one", "two"]

    async def told() -> None:
        caller = Caller("2")
        await story(Bench(flows=flows(), machine=machine, talk=caller.talk), caller)

    run(told())


def test_a_queue_is_told_in_the_callers_language_and_voice() -> None:
    _, _, said = tell("3", {"queue": "bridged"})
    queue = said[0]
    assert isinstance(queue, Enqueue)
    assert (queue.language, queue.voice, queue.number) == ("en-US", "beeps", 1)
    assert (queue.queue.name, queue.queue.limit_ms) == ("agents", 600_000)
