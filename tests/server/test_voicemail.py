"""Callers are recorded over real sockets; and a process that is killed meanwhile loses nothing."""

from __future__ import annotations

import asyncio
import base64
import signal
from collections.abc import Callable
from pathlib import Path
from random import uniform

import pytest

from ivr.audio import wav
from ivr.audio.mulaw import decode, encode
from ivr.calls.mic import ECHO_MS
from ivr.settings import MESSAGES_FOLDER, Settings
from ivr.stores.messages import Message, Messages
from tests.calls.voices import silence, speech
from tests.cli.test_serve import serving as process_serving
from tests.cli.test_serve import write
from tests.outside.test_mail import Postmaster
from tests.server.line import (
    BOUND_S,
    CALLER,
    FLOWS,
    PUBLIC,
    TOKEN,
    Line,
    Stream,
    carriers,
    serving,
)

VOICEMAIL = FLOWS | {
    "main.yaml": """
title: A line that only takes messages
language: en-US
voice: beeps
steps:
  main:
    voicemail: desk@acme.example  # ivr: allow R001 because only these tests call here
    done: bye
  bye:
    say: Goodbye.
    goto: hangup
"""
}
SAID = speech(4_000)
LOST_S_MAX = 1.0
"""Of what was said, so much may be gone with the process that took it."""


async def says(stream: Stream, audio: bytes, *, first: int = 0) -> None:
    """All of it in one burst, as after a stall of the network; its times are right."""
    for number, at in enumerate(range(0, len(audio), 160), first):
        payload = base64.b64encode(audio[at : at + 160]).decode()
        media = {
            "track": "inbound",
            "chunk": str(number + 1),
            "timestamp": str(1_000 + number * 20),
            "payload": payload,
        }
        await stream.say(
            {"event": "media", "sequenceNumber": "5", "media": media, "streamSid": stream.sid}
        )


async def says_in_time(stream: Stream, audio: bytes, *, first: int, sent: list[float]) -> None:
    """Frame by frame, as it is spoken; ``sent`` has the moment of each."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number, at in enumerate(range(0, len(audio), 160)):
        await moment(begun + number * 0.02)
        sent.append(loop.time())
        await says(stream, audio[at : at + 160], first=first + number)


async def moment(at: float) -> None:
    """Until it has come, on the loop's clock."""
    loop = asyncio.get_running_loop()
    come = loop.create_future()
    loop.call_at(at, come.set_result, None)
    await come


async def until(true: Callable[[], bool]) -> None:
    """Look again and again, for no longer than any test waits."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(BOUND_S):
        while not true():
            again = loop.create_future()
            loop.call_later(0.02, again.set_result, None)
            await again


def kept(store: Path) -> tuple[Messages, list[Message]]:
    messages = Messages(store / MESSAGES_FOLDER)
    return messages, messages.all()


@pytest.mark.parametrize("hangs_up", [False, True], ids=["the end key", "hangs up"])
def test_a_message_that_is_spoken_over_a_real_socket_is_kept_and_mailed(
    tmp_path: Path, hangs_up: bool
) -> None:
    async def call() -> tuple[Line, Postmaster]:
        async with Postmaster().open() as postmaster:
            mailing = {
                "public_url": PUBLIC,
                "twilio_tokens": (TOKEN,),
                "smtp_url": f"smtp://127.0.0.1:{postmaster.port}",
                "mail_from": "ivr@acme.example",
            }
            with serving(tmp_path, flows=VOICEMAIL, settings=mailing) as line:
                await ring(line)
                await until(lambda: bool(postmaster.got))
                return line, postmaster

    async def ring(line: Line) -> None:
        async with carriers(line) as carrier, carrier().on_the_line() as stream:
            await says(stream, speech(500))  # nobody listens yet
            tone = await stream.hear(1, event="mark")
            assert tone[0]["mark"]["name"] == "g1:u-1"
            await line.until_told("listening")
            await says(stream, silence(ECHO_MS) + SAID)
            if hangs_up:
                await stream.stop()
            else:
                await stream.press("#")
                assert await stream.until_closed() == 1000
            await line.until_told("end")

    line, postmaster = asyncio.run(call())
    assert line.entries("message")[0]["outcome"] == "done"
    messages, (message,) = kept(tmp_path)
    assert (message.mailbox, message.caller, message.cut) == ("desk@acme.example", CALLER, False)
    wav_file = messages.sound_of(message).read_bytes()
    (letter,) = postmaster.got
    (attached,) = letter.iter_attachments()
    assert (letter["To"], attached.get_content()) == ("desk@acme.example", wav_file)
    sound = wav.read(wav_file)
    assert sound == encode(decode(SAID))[: len(sound)]
    assert len(SAID) - len(sound) <= 100 * 8


def test_what_a_caller_has_said_is_there_after_a_kill_in_the_middle_of_it(tmp_path: Path) -> None:
    """``ivr serve`` is killed at any moment of a message; the next one that starts keeps it."""
    flows, store = write(tmp_path / "flows", VOICEMAIL), tmp_path / "var"
    spools = store / MESSAGES_FOLDER / ".spool"
    said = speech(10_000)
    # What is older comes in one burst; the last seconds as they are spoken.
    older = silence(ECHO_MS) + said[: 2 * 8_000]
    killed_after_s = uniform(1.2, 2.2)
    sent: list[float] = []

    async def call(line: Line, kill: Callable[[], None]) -> float:
        async with carriers(line) as carrier, carrier().on_the_line() as stream:
            await stream.hear(1, event="mark")
            await until(lambda: any(spools.glob("*.speaking")))
            await says(stream, older)
            newer = says_in_time(stream, said[2 * 8_000 :], first=len(older) // 160, sent=sent)
            async with asyncio.TaskGroup() as group:
                speaking = group.create_task(newer)
                await moment(asyncio.get_running_loop().time() + killed_after_s)
                killed = asyncio.get_running_loop().time()
                kill()
                speaking.cancel()
            await stream.until_closed()
        return killed

    with process_serving(flows, store) as (process, base):
        port = int(base.rpartition(":")[2])
        line = Line(port, Settings(), None, None)  # type: ignore[arg-type]
        killed = asyncio.run(call(line, lambda: process.send_signal(signal.SIGKILL)))
        assert process.wait(BOUND_S) == -signal.SIGKILL
    assert kept(store)[1] == []
    with serving(store, flows=VOICEMAIL):
        asyncio.run(until(lambda: bool(kept(store)[1])))
    messages, (message,) = kept(store)
    assert (message.cut, message.caller) == (True, CALLER)
    sound = wav.read(messages.sound_of(message).read_bytes())
    assert encode(decode(said)).startswith(sound), "every sample in its place"
    owed = sum(160 for at in sent if at <= killed - LOST_S_MAX)
    assert owed > 0
    assert len(sound) >= 2 * 8_000 + owed, f"killed after {killed_after_s} s"
