"""From the stream to a recording: what is let through, from when on, and no more than fits."""

from __future__ import annotations

import asyncio
import base64

from ivr.audio import tones
from ivr.calls.ear import Ear
from ivr.calls.mic import ECHO_MS, WAITING_BYTES_MAX, Mic, deaf
from ivr.calls.recorder import Why
from ivr.carriers.twilio import Media
from ivr.flow.messages import CallAnswered, Command, Event, RecordMessage
from tests.calls.test_ear import OTHERS, OURS, Told, message, start
from tests.simulation.stage import Stage, call, hears
from tests.virtual import pass_time, run

FRAME = b"\x55" * 160


def media(letter: str, at_ms: int, stream: str = OURS) -> str:
    payload = base64.b64encode(letter.encode() * 160).decode()
    about = {"track": "inbound", "chunk": "1", "timestamp": str(at_ms), "payload": payload}
    return message("media", stream, sequenceNumber="2", media=about)


def mark(name: str) -> str:
    return message("mark", sequenceNumber="4", mark={"name": name})


def taken(mic: Mic) -> list[Media]:
    mic.stop(Why.KEY)
    return run(mic.take(1))


def test_what_follows_the_tone_is_heard_though_all_of_it_comes_in_one_burst() -> None:
    mic, bell = Mic(-3), asyncio.Event()
    echo = [media("e", number) for number in range(ECHO_MS // 20)]
    burst = [start(), media("a", 20), mark("g1:u3"), media("b", 40), mark("g1:u-3"), *echo]
    ear = Ear(Told([*burst, media("c", 400), media("d", 420, OTHERS), media("f", 420)]), bell)
    ear.mic = mic
    run(ear.listen())
    assert taken(mic) == [Media(b"c" * 160, 400), Media(b"f" * 160, 420)]
    assert ear.ignored["foreign"] == 1


def test_audio_that_cannot_be_read_is_counted_and_costs_nothing_else() -> None:
    mic = Mic(0)
    broken = message("media", media={"payload": "no base64!"})
    ear = Ear(Told([start(), broken, media("a", 20), broken]), asyncio.Event())
    ear.mic = mic
    run(ear.listen())
    assert taken(mic) == [Media(b"a" * 160, 20)]
    assert ear.ignored["malformed"] == 2


def test_a_disk_that_is_far_behind_loses_audio_and_not_the_process() -> None:
    mic = Mic(0)
    for number in range(WAITING_BYTES_MAX // 160 + 5):
        mic.hear(Media(FRAME, number * 20))
    assert mic.lost == 5
    assert len(taken(mic)) == WAITING_BYTES_MAX // 160


def test_what_was_said_before_it_was_stopped_is_taken_and_nothing_after_it() -> None:
    async def scene() -> None:
        mic = Mic(0)
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(mic.take(60))
            await pass_time(1)
            mic.hear(Media(FRAME, 20))
            mic.stop(Why.KEY)
            mic.stop(Why.LOST)
            mic.hear(Media(FRAME, 40))
        assert (taking.result(), mic.why) == ([Media(FRAME, 20)], Why.KEY)
        assert asyncio.get_running_loop().time() == 1

    run(scene())


def test_a_call_without_a_stream_says_nothing() -> None:
    mic = deaf()
    mic.hear(Media(FRAME, 20))
    assert run(mic.take(1)) == []


def test_audio_is_wanted_only_while_a_recording_runs() -> None:
    """Performed by nobody, a recording is over at once, its tone with it."""
    wanted: list[bool] = []
    recording = RecordMessage(1, "desk", True, 60_000, 5_000, 2_000, "start")

    def react(event: Event) -> list[Command]:
        return [recording] if isinstance(event, CallAnswered) else []

    def stage_of() -> Stage:
        stage = Stage(react)
        stage.carrier.hear = wanted.append  # type: ignore[method-assign,assignment]
        return stage

    stage, _ = call(stage_of, hears(2))
    assert wanted == [True, False]
    assert len(stage.carrier.audio()) < len(tones.beep())
