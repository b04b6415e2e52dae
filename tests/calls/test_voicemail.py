"""Recordings in a stream on virtual time: from the tone to the message, whatever comes between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from ivr.audio import tones, wav
from ivr.audio.mulaw import decode, encode
from ivr.calls.errands import Nobody
from ivr.calls.mic import ECHO_MS, Mic, deaf
from ivr.calls.recorder import Why
from ivr.calls.session import Cut, Ended, Exit
from ivr.calls.voicemail import AT_ONCE_MAX, DEAF_S, Voicemail
from ivr.carriers import twilio
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Cancel,
    Command,
    ErrandDone,
    Event,
    KeepMessage,
    KeyPressed,
    Playback,
    RecordMessage,
    Speak,
    StopRecording,
    Utterance,
)
from ivr.flow.state import CallFacts
from ivr.flow.world import Mailbox
from ivr.stores.base import StoreError
from ivr.stores.messages import Message, Messages, Spool
from tests.calls.voices import silence, speech
from tests.simulation.stage import STARTED_AT, Caller, Stage, Wake, call
from tests.virtual import pass_time, run

T = TypeVar("T")
BEEP_S = tones.BEEP_MS / 1000
SAID = speech(4_000)


def recording(
    id: int = 1, mailbox: str | None = "desk@acme.example", *, beep: bool = True
) -> RecordMessage:
    return RecordMessage(id, mailbox, beep, 60_000, 5_000, 2_000, "message", review=True)


def facts_of(call: str = "CA1") -> CallFacts:
    return CallFacts(call, None, "+15550100", STARTED_AT, "main", None)


DESK = recording()
FACTS = facts_of()


def spoken(audio: bytes, why: Why = Why.KEY) -> Mic:
    """A mic into which this was said, until it was stopped."""
    mic = Mic(0)
    for at in range(0, len(audio), 160):
        mic.hear(twilio.Media(audio[at : at + 160], 20 + at // 8))
    mic.stop(why)
    return mic


async def at_once(work: Callable[[], T]) -> T:
    """Where there are no threads."""
    return work()


@dataclass
class Office(Nobody):
    """A world in which callers are recorded."""

    desk: Voicemail

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """By the desk."""
        return await self.desk.record(facts, message, mic)

    async def keep(self, call: str, recording: int) -> None:
        """By the desk."""
        await self.desk.keep(call, recording)

    def sound_of(self, call: str, recording: int) -> bytes:
        """By the desk."""
        return self.desk.sound_of(call, recording)


@dataclass
class Town:
    """A desk with its folder, and what it told of messages."""

    folder: Path
    told: list[Message] = field(default_factory=list)
    now: datetime = STARTED_AT
    exit: Exit = field(init=False)

    def __post_init__(self) -> None:
        async def tell(message: Message) -> None:
            self.told.append(message)

        boxes = {DESK.mailbox or "": Mailbox(DESK.mailbox or "", 90)}
        self.messages = Messages(self.folder / "messages")
        self.desk = Voicemail(
            self.messages,
            lambda: boxes,
            kept=tell,
            aside=at_once,
            wall_clock=lambda: self.now,
        )

    def ring(self, react: Callable[[Event], Iterable[Command | Wake]], caller: Caller) -> Stage:
        stage, self.exit = call(lambda: Stage(react, world=Office(self.desk)), caller)
        return stage

    @property
    def sounds(self) -> list[bytes]:
        """What is in the messages, the newest first."""
        files = [self.messages.sound_of(each) for each in self.messages.all()]
        return [wav.read(file.read_bytes()) for file in files]


@pytest.fixture(name="town")
def _town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def heard(audio: bytes) -> bytes:
    """As it is in a WAV file."""
    return encode(decode(audio))


def takes(*messages: RecordMessage) -> Callable[[Event], list[Command | Wake]]:
    """A machine that records when the call is answered, and again each time it is over."""
    left = list(messages)

    def react(event: Event) -> list[Command | Wake]:
        match event:
            case CallAnswered():
                return [left.pop(0)]
            case KeyPressed("#"):
                return [StopRecording(messages[len(messages) - len(left) - 1].id)]
            case CallerHungUp():
                last = messages[len(messages) - len(left) - 1].id
                return [StopRecording(last), KeepMessage(last)]
            case ErrandDone(id, outcome) if outcome == "done":
                return [left.pop(0)] if left else [KeepMessage(id)]
            case _:
                return []

    return react


def left_in(town: Town) -> list[str]:
    """The files there are."""
    return sorted(path.name for path in town.folder.rglob("*") if path.is_file())


async def speaks(stage: Stage, audio: bytes, *, from_ms: int) -> None:
    """The caller says this, 20 ms at a time."""
    for at in range(0, len(audio), 160):
        stage.carrier.speak(audio[at : at + 160], from_ms + at // 8)
        await pass_time(0.02)


def caller(*ends: str, audio: bytes = SAID, before: bytes = b"") -> Caller:
    """Who talks over the tone, speaks after it, and ends as these words say."""

    async def script(stage: Stage) -> None:
        stage.carrier.start()
        await speaks(stage, before, from_ms=100)
        await pass_time(BEEP_S - len(before) / 8_000 + 0.001)
        await speaks(stage, silence(ECHO_MS) + audio, from_ms=1_000)
        for end in ends:
            match end:
                case "hangs up":
                    stage.carrier.hang_up()
                case "is cut":
                    stage.carrier.cut()
                case "#":
                    stage.carrier.press("#")
                    await pass_time(0.1)
                case seconds:
                    await pass_time(float(seconds))

    return script


def test_what_is_said_between_the_tone_and_the_end_key_is_the_message(town: Town) -> None:
    over_it = speech(200, seed=3)
    before: list[bool] = []

    async def script(stage: Stage) -> None:
        before.append(stage.carrier.heard)
        key = tones.keys("#")[: tones.KEY_MS * 8]
        await caller("#", audio=SAID + key, before=over_it)(stage)
        before.append(stage.carrier.heard)
        stage.carrier.hang_up()

    stage = town.ring(takes(DESK), script)
    (sound,) = town.sounds
    assert sound == heard(SAID)[: len(sound)]
    assert len(SAID) - len(sound) <= 60 * 8
    assert before == [False, False], "audio is let through while somebody records, no longer"
    assert stage.carrier.audio() == tones.beep()
    (message,) = town.told
    assert [(each.id, each.told) for each in town.messages.all()] == [(message.id, True)]
    assert (message.mailbox, message.caller, message.cut) == (DESK.mailbox, "+15550123", False)
    done = [event for _, event in stage.machine.told if isinstance(event, ErrandDone)]
    assert done == [ErrandDone(1, "done", {"id": message.id, "seconds": message.seconds})]
    assert stage.machine.heard == [], "the tone is nothing the machine has said"


def test_whoever_hangs_up_in_the_middle_has_left_a_message(town: Town) -> None:
    town.ring(takes(DESK), caller("hangs up"))
    assert town.exit == Ended("caller_hung_up")
    assert town.sounds == [heard(SAID)]
    assert town.told[0].cut is False


def test_a_stream_that_breaks_off_leaves_what_was_said_marked_as_cut(town: Town) -> None:
    town.ring(takes(DESK), caller("is cut"))
    assert isinstance(town.exit, Cut)
    assert town.sounds == [heard(SAID)]
    assert town.told[0].cut is True


@pytest.mark.parametrize("audio", [speech(1_200), silence(3_000), b""])
def test_less_than_a_message_is_none(town: Town, audio: bytes) -> None:
    stage = town.ring(takes(DESK), caller("#", "hangs up", audio=audio))
    assert [e.outcome for _, e in stage.machine.told if isinstance(e, ErrandDone)] == ["empty"]
    assert left_in(town) == []


def test_whoever_presses_the_end_key_or_hangs_up_during_the_tone_has_left_nothing(
    town: Town,
) -> None:
    async def script(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.1)
        stage.carrier.press("#")
        await pass_time(2)
        assert stage.carrier.audio() == tones.beep()[: 100 * 8], "the tone stops"
        stage.carrier.hang_up()

    stage = town.ring(takes(DESK), script)
    assert [e.outcome for _, e in stage.machine.told if isinstance(e, ErrandDone)] == ["empty"]


def test_silence_and_a_carrier_that_sends_nothing_end_it(town: Town) -> None:
    ended: list[float] = []

    def react(event: Event) -> list[Command | Wake]:
        if isinstance(event, ErrandDone):
            ended.append(asyncio.get_running_loop().time())
        return takes_twice(event)

    takes_twice = takes(DESK)
    town.ring(react, caller("10", "hangs up"))
    assert len(ended) == 1
    said_until = BEEP_S + ECHO_MS / 1000 + 4
    assert ended[0] == pytest.approx(said_until + DESK.silence_ms / 1000 + DEAF_S, abs=0.2)
    assert town.sounds == [heard(SAID)]


def test_a_recording_is_heard_again_and_recording_again_throws_it_away(town: Town) -> None:
    """Review: 3 plays it, 2 records again."""
    again = recording(2, beep=False)

    def react(event: Event) -> list[Command | Wake]:
        match event:
            case CallAnswered():
                return [DESK]
            case KeyPressed("#"):
                return [StopRecording(1), StopRecording(2)]
            case KeyPressed("3"):
                return [Speak(Utterance(1, (Playback(1),), True, "main", "message"))]
            case KeyPressed("2"):
                return [again]
            case KeyPressed("1"):
                return [KeepMessage(2)]
        return []

    second = speech(2_500, seed=8)

    async def script(stage: Stage) -> None:
        await caller("#")(stage)
        stage.carrier.press("3")
        await pass_time(5)
        stage.carrier.press("2")
        await pass_time(0.01)
        await speaks(stage, second, from_ms=60_000)
        for key in "#1":
            await pass_time(1)
            stage.carrier.press(key)
        stage.carrier.hang_up()

    stage = town.ring(react, script)
    played = stage.carrier.audio(since=4.6)
    first = next(e.value for _, e in stage.machine.told if isinstance(e, ErrandDone))
    assert isinstance(first, dict)
    assert SAID.startswith(played.rstrip(b"\xff")[:-160])
    assert len(played) > 3_800 * 8
    (sound,) = town.sounds
    assert sound == heard(second)[: len(sound)]
    assert len(second) - len(sound) <= 110 * 8
    assert town.told[0].id != first["id"]
    assert len(left_in(town)) == 2, "nothing of the first one is left"


@pytest.mark.parametrize(
    ("mailbox", "kept"), [("desk", 1), (None, 0)], ids=["a mailbox", "the flow alone"]
)
def test_what_nobody_said_a_word_about_is_settled_at_the_end_of_the_call(
    town: Town, mailbox: str | None, kept: int
) -> None:
    message = recording(mailbox=mailbox)

    async def scene() -> None:
        assert (await town.desk.record(FACTS, message, spoken(SAID))).outcome == "done"
        assert town.desk.sound_of("CA1", 1)
        await town.desk.over("CA1")
        assert town.desk.sound_of("CA1", 1) == b""

    run(scene())
    assert len(left_in(town)) == 2 * kept


def test_whoever_could_not_be_told_of_a_message_is_told_later_and_then_no_more(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    async def tell(message: Message) -> None:
        tries.append(message.id)
        if len(tries) == 1:
            raise StoreError("the disk is full")

    async def scene() -> None:
        desk = Voicemail(town.messages, dict, kept=tell, aside=at_once)
        await desk.record(FACTS, DESK, spoken(SAID))
        await desk.keep("CA1", 1)
        for _ in range(3):
            await desk.tidy()

    run(scene())
    assert len(tries) == 2
    assert town.messages.all()[0].told
    assert "nobody could be told" in caplog.text


def test_what_was_given_up_or_died_is_found_when_it_is_tidied(town: Town) -> None:
    """A task that is cancelled lets go of its spool, as a process that dies does."""

    async def scene() -> None:
        mic = Mic(0)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(town.desk.record(FACTS, DESK, mic))
            for media in range(200):
                mic.hear(twilio.Media(SAID[media * 160 : media * 160 + 160], 20 + media * 20))
                await pass_time(0.02)
            assert town.messages.recover() == [], "it is being spoken"
            task.cancel()
        await town.desk.tidy()

    run(scene())
    (message,) = town.told
    assert (message.cut, message.call, message.mailbox) == (True, "CA1", DESK.mailbox)
    assert town.sounds[0] == heard(SAID)[: len(town.sounds[0])]
    assert message.seconds >= 3, "all but the last second"


def test_between_the_end_key_and_the_next_word_nobody_waits_for_the_disk(town: Town) -> None:
    """A disk that takes five seconds for everything: the flow goes on, and nothing is lost."""

    async def slowly(work: Callable[[], T]) -> T:
        await pass_time(5)
        return work()

    desk = Voicemail(town.messages, dict, kept=None, aside=slowly)
    answered: list[tuple[float, ErrandDone]] = []

    async def scene() -> None:
        time = asyncio.get_running_loop().time
        mic = Mic(0)
        mic.answer = lambda done: answered.append((time(), done))
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.record(FACTS, DESK, mic))
            for number in range(len(SAID) // 160):
                mic.hear(twilio.Media(SAID[number * 160 :][:160], 20 + number * 20))
            await pass_time(8)
            mic.stop(Why.KEY)
            await pass_time(0.2)
            assert len(desk.sound_of("CA1", 1)) > 3_800 * 8, "it can be heard again already"
            group.create_task(desk.keep("CA1", 1))

    run(scene())
    ((at, done),) = answered
    assert (done.outcome, at <= 8.1) == ("done", True)
    assert len(town.messages.all()) == 1


def test_a_disk_that_fails_while_the_caller_speaks_ends_the_recording(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Spool, audio: bytes) -> None:
        raise StoreError("the disk is full")

    async def scene() -> ErrandDone:
        mic = Mic(0)
        mic.begin()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(town.desk.record(FACTS, DESK, mic))
            await pass_time(0.2)
            monkeypatch.setattr(Spool, "append", full)
            for number in range(len(SAID) // 160):
                mic.hear(twilio.Media(SAID[number * 160 :][:160], 20 + number * 20))
        return task.result()

    done = run(scene())
    assert (done.outcome, done.problem) == ("failed", "the disk is full")


def test_what_is_given_up_is_heard_no_longer_and_still_kept(town: Town) -> None:
    """The machine goes elsewhere, perhaps to where something sensitive is keyed."""

    def react(event: Event) -> list[Command | Wake]:
        match event:
            case CallAnswered():
                return [DESK]
            case KeyPressed("0"):
                return [Cancel(1)]
        return []

    async def script(stage: Stage) -> None:
        await caller()(stage)
        stage.carrier.press("0")
        await pass_time(0.01)
        assert not stage.carrier.heard
        await speaks(stage, speech(3_000, seed=9), from_ms=8_000)
        stage.carrier.hang_up()

    town.ring(react, script)
    assert town.sounds == [heard(SAID)]
    assert town.told[0].cut is True


def test_messages_are_removed_when_their_mailbox_has_kept_them_long_enough(town: Town) -> None:
    async def scene() -> None:
        await town.desk.record(FACTS, DESK, spoken(SAID))
        await town.desk.keep("CA1", 1)
        for days, left in ((89, 1), (91, 0)):
            town.now = STARTED_AT + timedelta(days=days)
            await town.desk.tidy()
            assert len(town.messages.all()) == left

    run(scene())
    assert left_in(town) == []


def test_where_nothing_can_be_written_the_recording_fails_and_says_why(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    (town.folder / "messages").write_text("in the way")
    done = run(town.desk.record(FACTS, DESK, spoken(SAID)))
    assert (done.outcome, done.value) == ("failed", None)
    assert "cannot be written" in done.problem
    assert "not recorded" in caplog.text


def test_no_more_callers_are_recorded_at_once_than_the_process_can_bear(town: Town) -> None:
    async def scene() -> ErrandDone:
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE_MAX):
                facts = facts_of(f"CA{number}")
                group.create_task(town.desk.record(facts, DESK, mics[number]))
            await pass_time(0.05)
            refused = await town.desk.record(FACTS, DESK, Mic(0))
            for mic in mics:
                mic.stop(Why.HUNG_UP)
        return refused

    mics = [Mic(0) for _ in range(AT_ONCE_MAX)]
    done = run(scene())
    assert (done.outcome, "are being recorded" in done.problem) == ("failed", True)
    assert run(town.desk.record(FACTS, DESK, deaf())).outcome == "empty"
