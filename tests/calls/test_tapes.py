"""Recordings of calls on virtual time: what is asked of Twilio, and what never stays on a tape."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from ivr.calls.booth import Booth
from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.record import Record
from ivr.calls.tapes import PAUSE_SECONDS_MAX, Tapes
from ivr.fakes.twilio_rest import FakeTwilio
from ivr.flow.messages import Recording
from ivr.flow.state import CallFacts
from ivr.outside.twilio_rest import Account, TwilioRest
from tests.calls.board import FLOWS, STARTED_AT
from tests.virtual import pass_time, run

TELL = "https://ivr.test/twilio/recording"


@dataclass
class Desk:
    """A call, its tapes, and the Twilio they ask."""

    call: Call
    tapes: Tapes
    twilio: FakeTwilio
    destroyed: list[str] = field(default_factory=list)

    def says(self, text: str, *, heard: bool = True, **more: object) -> None:
        """The line has said something."""
        self.call.record.add("asked", utterance=7, text=text, **more)
        if heard:
            self.call.record.add("heard", utterance=7)

    def presses(self, key: str) -> None:
        """The caller has; ``•`` is a key that may be written nowhere."""
        self.call.record.add("key", key=key)

    async def wants(self, *whats: Recording) -> None:
        """The flow wants this, and it is done or given up."""
        for what in whats:
            self.tapes.perform(self.call, what)
        await pass_time(10)

    @property
    def told(self) -> list[str]:
        """What the record says of the tape."""
        return [str(e["status"]) for e in self.call.record.entries if e["what"] == "tape"]

    @property
    def changes(self) -> list[list[str]]:
        """What each recording was told, in order."""
        return [recording.changes for recording in self.twilio.recordings.values()]


def a_call() -> Call:
    """A call that was answered, in English."""
    facts = CallFacts("CA" + "1" * 32, "+1312", "+1313", STARTED_AT, "main", "en-US")
    clock = Clock(asyncio.get_running_loop().time)
    record = Record(facts.id, STARTED_AT, clock)
    return Call(facts, "AC1", FLOWS, clock, record, Booth(facts.id))


def with_tapes(work: Callable[[Desk], Awaitable[None]], **options: bool) -> Desk:
    """A call in progress whose caller has heard a notice."""

    async def both() -> Desk:
        async with FakeTwilio() as twilio:
            account = Account(twilio.account, twilio.account, twilio.token, twilio.url)
            async with TwilioRest(account) as rest, asyncio.TaskGroup() as group:
                destroyed: list[str] = []

                async def destroy(call: str, recording: str) -> None:
                    destroyed.append(recording)

                tapes = Tapes(rest, tell=TELL, destroy=destroy, **options)
                running = group.create_task(tapes.run())
                await pass_time(0)
                desk = Desk(a_call(), tapes, twilio, destroyed)
                twilio.ring(desk.call.sid)
                await work(desk)
                tapes.over(desk.call.sid)
                await tapes.aclose()
                running.cancel()
                return desk
        raise AssertionError

    return run(both())


def test_a_call_is_recorded_paused_gone_on_with_and_ended_and_the_record_says_so() -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START, Recording.PAUSE)
        desk.presses("•")
        await desk.wants(Recording.RESUME, Recording.STOP)

    desk = with_tapes(work)
    assert desk.changes == [["paused", "in-progress", "stopped"]]
    assert desk.told == ["started", "paused", "resumed", "stopped"]
    assert desk.destroyed == []
    (recording,) = desk.twilio.recordings.values()
    assert recording.form["RecordingStatusCallback"] == TELL
    assert recording.form["RecordingChannels"] == "dual"


@pytest.mark.parametrize(
    ("says", "recorded"),
    [
        (("This call may be recorded.", True), True),
        (("This call may be recorded.", False), False),
        (("Welcome.", True), False),
        (None, False),
    ],
)
def test_nothing_is_recorded_before_a_notice_was_heard_to_its_end(
    says: tuple[str, bool] | None, recorded: bool
) -> None:
    async def work(desk: Desk) -> None:
        if says is not None:
            desk.says(says[0], heard=says[1])
        await desk.wants(Recording.START, Recording.PAUSE, Recording.RESUME)

    desk = with_tapes(work)
    assert bool(desk.twilio.recordings) is recorded
    assert desk.told[0] == ("started" if recorded else "refused")


def test_a_file_may_be_a_notice_and_an_operator_may_do_without() -> None:
    async def clip(desk: Desk) -> None:
        desk.says("[welcome.wav]", parts=[{"kind": "clip", "file": "welcome.wav"}])
        await desk.wants(Recording.START)

    async def nothing(desk: Desk) -> None:
        await desk.wants(Recording.START)

    assert with_tapes(clip).told == ["started"]
    assert with_tapes(nothing, without_notice=True).told == ["started"]


@pytest.mark.parametrize("fault", ["slow", "http_500", "reset", "http_429", "wrong_json"])
def test_a_pause_that_is_not_confirmed_ends_the_recording(fault: str) -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START)
        desk.twilio.fail(fault, times=100 if fault == "http_429" else 1, path="/Recordings/")
        desk.tapes.perform(desk.call, Recording.PAUSE)
        await pass_time(PAUSE_SECONDS_MAX + 0.5)
        desk.twilio.calm()
        await pass_time(5)

    desk = with_tapes(work)
    assert desk.told == ["started", "stopped"]
    assert desk.changes[0][-1:] == ["stopped"]
    (stopped,) = [e for e in desk.call.record.entries if e.get("status") == "stopped"]
    assert "not confirmed" in str(stopped["problem"])


def test_what_follows_a_recording_that_had_to_be_ended_is_on_another() -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START)
        desk.twilio.fail("http_500", path="/Recordings/")
        await desk.wants(Recording.PAUSE)
        desk.presses("•")
        await desk.wants(Recording.RESUME)

    desk = with_tapes(work)
    assert desk.told == ["started", "stopped", "started"]
    assert desk.destroyed == []


@pytest.mark.parametrize("confirmed_after_s", [0.5, 60])
def test_a_sensitive_key_on_a_running_tape_costs_the_tape(confirmed_after_s: float) -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START)
        desk.twilio.fail("slow", times=2, path="/Recordings/")
        desk.tapes.perform(desk.call, Recording.PAUSE)
        await pass_time(0.2)
        desk.presses("•")
        await pass_time(confirmed_after_s)
        desk.twilio.let_go.set()
        await pass_time(5)
        await desk.wants(Recording.RESUME)

    desk = with_tapes(work)
    assert len(desk.destroyed) == 1
    assert "condemned" in desk.told
    assert desk.destroyed[0] in desk.twilio.recordings


def test_keys_that_are_no_secret_cost_nothing() -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START)
        desk.presses("1")

    assert with_tapes(work).destroyed == []


def test_a_call_that_was_recorded_by_another_process_is_paused_by_this_one() -> None:
    async def work(desk: Desk) -> None:
        begun = desk.twilio.begin(desk.call.sid)
        desk.call.record.add("tape", status="started", recording=begun)
        await desk.wants(Recording.PAUSE)
        desk.presses("•")

    desk = with_tapes(work)
    assert desk.changes == [["paused"]]
    assert desk.destroyed == []


def test_a_call_that_is_over_costs_no_error() -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        desk.twilio.over(desk.call.sid)
        await desk.wants(Recording.START, Recording.PAUSE)

    assert with_tapes(work).told == ["failed"]


def test_without_an_account_the_record_says_that_nothing_is_recorded() -> None:
    async def work() -> Call:
        async def destroy(call: str, recording: str) -> None:
            raise AssertionError

        call = a_call()
        tapes = Tapes(None, tell=None, destroy=destroy)
        tapes.perform(call, Recording.START)
        tapes.over(call.sid)
        return call

    (entry,) = [e for e in run(work()).record.entries if e["what"] == "tape"]
    assert entry["status"] == "failed"


def test_what_twilio_tells_later_goes_to_the_record_of_a_call_that_goes_on() -> None:
    async def work(desk: Desk) -> None:
        desk.says("This call may be recorded.")
        await desk.wants(Recording.START)
        (sid,) = desk.twilio.recordings
        assert desk.tapes.news(desk.call.sid, sid, "completed", 17)
        assert not desk.tapes.news("CA" + "9" * 32, sid, "completed", 17)

    desk = with_tapes(work)
    last = desk.call.record.entries[-1]
    assert (last["status"], last["seconds"]) == ("completed", 17)
