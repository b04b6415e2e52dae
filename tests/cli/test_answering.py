"""What the world says in a simulated call: answers as in flow tests, examples, and nothing real."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.calls.mic import Mic, deaf
from ivr.calls.recorder import Why
from ivr.carriers.twilio import Media
from ivr.cli.answering import Stubbed, answers_of, desk_of, legs_of
from ivr.errors import SettingsError
from ivr.flow import machine
from ivr.flow.load import load
from ivr.flow.messages import (
    CallAnswered,
    ErrandDone,
    Invoke,
    JoinQueue,
    LegOutcome,
    RecordMessage,
    Request,
    SendText,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts
from ivr.flow.world import FunctionSpec
from ivr.outside.streams import TextStream
from ivr.phone.answers import Outcome
from ivr.phone.babble import babble
from ivr.rehearsal.stubs import Comes
from ivr.settings import Settings
from ivr.stores.messages import Messages
from tests.flow.ring import MONDAY, flows_of
from tests.virtual import run

FLOW = """
numbers: {front_desk: +13125550123}
steps:
  find:
    http: GET http://127.0.0.1:9000/patients/7
    save: found
    example: {name: Ana}
    not_found: ring
    error: ring
    goto: call_back
  call_back:
    do: schedule
    with: {number: "${call.from}"}
    failed: ring
    goto: ring
  bare:
    http: GET http://127.0.0.1:9000/other
    save: other
    error: ring
    goto: ring
  ring:
    transfer: front_desk
    otherwise: wait
  wait:
    queue: agents
    otherwise: find
"""


@pytest.fixture(name="flows", scope="module")
def _flows() -> FlowSet:
    return flows_of(FLOW)


def request(flows: FlowSet, step: str = "find") -> Request:
    """What the machine asks at a step."""
    facts = machine.answer(flows, _facts())
    turn = machine.handle(flows, facts, CallAnswered(), 0)
    [asked] = [each for each in turn.commands if isinstance(each, Request)]
    return asked


def _facts() -> CallFacts:
    return CallFacts("CA1", "+13125550177", "+13125550100", MONDAY, "main", None)


def world(flows: FlowSet, given: str | None = None) -> tuple[Stubbed, list[str]]:
    said: list[str] = []
    stubs = answers_of(given, flows).stubs
    return Stubbed(flows, stubs, lambda entry: said.append(str(entry["text"]))), said


# --------------------------------------------------------------------------- what is given


@pytest.mark.parametrize(
    "given",
    [
        "front_desk: busy, *: no_answer",
        "front_desk:busy,*:no_answer",
        "transfer front_desk: busy, transfer *: no_answer",
    ],
)
def test_who_picks_up_is_said_with_or_without_the_word(given: str, flows: FlowSet) -> None:
    for legs in (legs_of(given), answers_of(given, flows).legs):
        assert legs.answer("front_desk").outcome is Outcome.BUSY
        assert legs.answer("anybody").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "given", ["front_desk: busy, answered 20s, *: failed", "front_desk: busy,answered 20s,*:failed"]
)
def test_a_name_may_have_several_answers_each_in_its_turn(given: str, flows: FlowSet) -> None:
    legs = answers_of(given, flows).legs
    times = [str(legs.answer("front_desk", time=time)) for time in range(3)]
    assert times == ["busy", "answered 20s", "answered 20s"]
    assert legs.answer("anybody").outcome is Outcome.FAILED


def test_a_queue_is_played_where_the_server_is_real_and_decided_where_it_is_not() -> None:
    assert legs_of("queue sales: full").answer("queue sales").outcome is Outcome.FULL
    text = "steps:\n  main:\n    queue: sales\n    otherwise: hangup\n"
    flows = load({"main.yaml": text}, checked=False).flows
    assert flows is not None
    answers = answers_of("queue sales: answered 5s after 9s, full", flows)
    assert answers.legs.answer("queue sales").talk_ms == 5_000
    (stub,) = answers.stubs
    assert stub.answers == (Comes(LegOutcome.DONE), Comes(LegOutcome.FULL))


def test_services_and_transfers_may_stand_in_one_line(flows: FlowSet) -> None:
    answers = answers_of("GET /patients/*: 404, +13125550123: answered 20s", flows)
    assert [stub.pattern for stub in answers.stubs] == ["GET /patients/*"]
    assert answers.legs.answer("+13125550123").talk_ms == 20_000


def test_a_file_says_it_as_a_flow_test_does(flows: FlowSet, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(
        "answers:\n  GET /patients/7: {name: Bo}\n  transfer +13125550123: busy\n"
        "  do schedule: failed\n  queue agents: full\n"
    )
    answers = answers_of(str(file), flows)
    assert [stub.about for stub in answers.stubs] == ["http", "do", "queue"]
    assert answers.legs.answer("+13125550123").outcome is Outcome.BUSY


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("GET /patient/*: 404", "did you mean “GET /patients/7”"),
        ("front_desk: bussy", "'bussy' is no answer"),
        ("frontdesk: busy", "no flow transfers to frontdesk; did you mean “front_desk”?"),
        ("queue agent: full", "did you mean “agents”"),
        ("no_such_file.yaml", "cannot be read: No such file"),
        ("answers: [", "--answers"),
    ],
)
def test_a_slip_of_the_pen_is_one_sentence(given: str, says: str, flows: FlowSet) -> None:
    with pytest.raises(SettingsError) as caught:
        answers_of(given, flows)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_place_of_a_mistake_in_a_file_is_told(flows: FlowSet, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("answers:\n  GET /nothing: 404\n")
    with pytest.raises(SettingsError, match=r"answers\.yaml:2:3: no step asks"):
        answers_of(str(file), flows)


# --------------------------------------------------------------------------- what is said


def test_an_answer_comes_before_the_example_and_the_screen_says_which(flows: FlowSet) -> None:
    town, said = world(flows)
    assert run(town.ask("CA1", request(flows))).body == {"name": "Ana"}
    assert said == ["GET http://127.0.0.1:9000/patients/7: 200, from the step's example:"]
    town, said = world(flows, "GET /patients/*: 404")
    assert run(town.ask("CA1", request(flows))).status == 404
    assert said == ["GET http://127.0.0.1:9000/patients/7: 404, from --answers"]


def test_what_nobody_answers_is_told_to_whoever_tries_the_flow(flows: FlowSet) -> None:
    town, said = world(flows)
    bare = Request(
        1, "GET", "http://127.0.0.1:9000/other", (), (), None, 4_000, 0, "bare", "GET /other"
    )
    assert run(town.ask("CA1", bare)).status is None
    assert "add it to answers:" in said[0]


def test_what_keeps_nothing_of_its_answer_needs_no_example() -> None:
    flow = "steps: {main: {http: 'POST http://127.0.0.1:9000/orders', error: main, goto: main}}"
    flows = flows_of(flow)
    town, said = world(flows)
    assert run(town.ask("CA1", request(flows))).status == 200
    assert said == ["POST http://127.0.0.1:9000/orders: 200, as if it had been taken"]


def test_functions_messages_queues_and_recordings_are_played(flows: FlowSet) -> None:
    town, said = world(flows, "queue agents: full, do schedule: failed")

    async def scene() -> None:
        done = await town.invoke("CA1", Invoke(1, "schedule", {}, 4_000, "call_back"))
        assert isinstance(done, ErrandDone)
        assert done.outcome == "failed"
        assert (await town.send("CA1", SendText(2, "+1", "hello", "x"))).outcome == "done"
        message = RecordMessage(3, "desk", True, 60_000, 5_000, 2_000, "x")
        facts = CallFacts("CA1", None, "+1", datetime.now(UTC), "main", None)
        done = await town.record(facts, message, Mic(0))
        assert done.value == {"id": "r3", "seconds": 5.0}
        await town.keep("CA1", 3)
        assert (await town.record(facts, message, deaf())).outcome == "empty"

    run(scene())
    assert town.away(JoinQueue("agents", None, None, "wait")) is LegOutcome.FULL
    assert said == [
        "do schedule: failed, not really called",
        "text message to +1: “hello”, not really sent",
        "5 s recorded, as if the caller had spoken",
        "message for desk, not really kept",
        "nothing was recorded",
        "queue agents: full",
    ]


def test_a_caller_who_is_really_recorded_is_kept_and_the_screen_says_where(
    flows: FlowSet, tmp_path: Path
) -> None:
    said: list[str] = []

    def tell(entry: Mapping[str, object]) -> None:
        said.append(str(entry["text"]))

    desk = desk_of(Settings(messages=str(tmp_path)), flows, tell)
    town = Stubbed(flows, (), tell, desk)
    facts = CallFacts("CA1", None, "+1", datetime.now(UTC), "main", None)
    message = RecordMessage(3, "desk", True, 60_000, 5_000, 2_000, "x", review=True)
    mic = Mic(0)
    for number in range(125):
        mic.hear(Media(babble(2_500)[number * 160 :][:160], 20 + number * 20))
    mic.stop(Why.KEY)

    async def scene() -> None:
        done = await town.record(facts, message, mic)
        assert isinstance(done.value, dict)
        assert len(town.sound_of("CA1", 3)) > 2_300 * 8
        await town.keep("CA1", 3)
        assert (await town.record(facts, message, deaf())).outcome == "empty"
        await town.over("CA1")

    asyncio.run(scene())
    (kept,) = Messages(tmp_path).all()
    assert said == [
        "2.4 s recorded",
        f"message for desk, 2.4 s: ivr messages play {kept.id}",
        "nothing was recorded",
    ]


def test_text_that_comes_is_brought_word_by_word(flows: FlowSet, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("do schedule: [one two, three]\n")
    streams = replace(flows, functions={"schedule": FunctionSpec("schedule", streams=True)})
    town, _ = world(streams, str(file))

    async def scene() -> list[str]:
        stream = await town.invoke("CA1", Invoke(1, "schedule", {}, 4_000, "call_back"))
        assert isinstance(stream, TextStream)
        found = [piece async for piece in stream.pieces]
        assert stream.done == ErrandDone(1, "done", "one two three")
        return found

    assert run(scene()) == ["one ", "two ", "three"]
