"""The parent's side of the child process: real processes, well and badly behaved."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ivr.errors import VoiceError
from ivr.voices.embedded import nano
from ivr.voices.embedded.nano import Nano

needs_library = pytest.mark.skipif(
    sys.platform == "darwin", reason="py-nanotts is not made for macOS"
)

ODD_CHILD = """
import json, os, struct, sys, time
asked, answers = sys.stdin.buffer, sys.stdout.buffer
said = 0
while header := asked.read(4):
    request = json.loads(asked.read(struct.unpack(">I", header)[0]))
    text, body, said = request["text"], request["text"].encode(), said + 1
    match text:
        case "die":
            os._exit(3)
        case "hang":
            time.sleep(600)
        case "garbage":
            answers.write(b"Traceback (most recent call last)")
        case "far too much":
            answers.write(struct.pack(">cI", b"A", 2**31))
        case "slow":
            answers.write(struct.pack(">cI", b"A", len(body)) + body[:2])
            answers.flush()
            time.sleep(0.2)
            answers.write(body[2:])
        case "refuse":
            answers.write(struct.pack(">cI", b"E", 6) + b"refuse")
        case "refuse the request":
            body = json.dumps(request).encode()
            answers.write(struct.pack(">cI", b"E", len(body)) + body)
        case _:
            answers.write(struct.pack(">cI", b"A", len(body)) + body)
    answers.flush()
"""
"""Repeats what it is told, and does what some words say."""


@asynccontextmanager
async def odd_child(answer_seconds_max: float = 10.0) -> AsyncIterator[Nano]:
    command = [sys.executable, "-I", "-c", ODD_CHILD]
    child = Nano(command, answer_seconds_max=answer_seconds_max)
    try:
        yield child
    finally:
        await child.aclose()


@asynccontextmanager
async def real_child() -> AsyncIterator[Nano]:
    child = Nano()
    try:
        yield child
    finally:
        await child.aclose()


async def say(child: Nano, text: str) -> bytes:
    return await child.say(text, voice="es-ES", speed=1.0)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Runs a coroutine on one of the real loops."""

    def run_on(coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(coroutine)

    return run_on


Run = Callable[[Coroutine[Any, Any, None]], None]


@needs_library
def test_the_real_child_speaks_every_language_it_says(run: Run) -> None:
    async def scenario() -> None:
        async with real_child() as child:
            for voice in {*nano.VOICES.values(), "en-GB"}:
                audio = await child.say("Ana, uno.", voice=voice, speed=1.0)
                assert 0.3 < len(audio) / 2 / nano.RATE < 4

    run(scenario())


@needs_library
def test_markup_is_not_obeyed() -> None:
    async def scenario() -> None:
        async with real_child() as child:
            slow = await say(child, '<speed level="20">uno dos tres</speed>')
            assert len(slow) / 2 / nano.RATE > 3  # it reads the words of the tags as well
            plain = await say(child, "uno dos tres")
            assert len(plain) / 2 / nano.RATE < 3
        async with odd_child() as child:
            assert await say(child, "<pitch>") == b" pitch "

    asyncio.run(scenario())


@needs_library
def test_an_error_of_the_library_is_a_voice_error_and_the_child_lives_on() -> None:
    async def scenario() -> None:
        async with real_child() as child:
            await say(child, "uno")
            pid = child.pid
            with pytest.raises(VoiceError, match="pico_getData failed"):
                await say(child, "9" * 60)
            assert await say(child, "uno")
            assert child.pid == pid

    asyncio.run(scenario())


def test_a_child_that_died_meanwhile_is_replaced_unnoticed(run: Run) -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            assert await say(child, "uno") == b"uno"
            pid = child.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert await say(child, "dos") == b"dos"
            assert child.pid not in (pid, None)

    run(scenario())


def test_one_that_dies_twice_over_a_text_is_not_asked_a_third_time() -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            with pytest.raises(VoiceError, match="the voice's process ended") as caught:
                await say(child, "die")
            assert not caught.value.retryable
            assert await say(child, "uno") == b"uno"

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["garbage", "far too much"])
def test_one_that_says_no_answer_is_replaced(text: str) -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            with pytest.raises(VoiceError, match="no answer"):
                await say(child, text)
            assert await say(child, "uno") == b"uno"

    asyncio.run(scenario())


def test_one_that_hangs_is_replaced_in_bounded_time() -> None:
    async def scenario() -> None:
        async with odd_child(answer_seconds_max=1.0) as child:
            await say(child, "uno")
            pid = child.pid
            with pytest.raises(VoiceError, match="took more than 1 s") as caught:
                await say(child, "hang")
            assert not caught.value.retryable
            assert pid is not None
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
            assert await say(child, "dos") == b"dos"

    asyncio.run(scenario())


def test_an_asker_who_leaves_takes_nobody_elses_answer_along(run: Run) -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            await say(child, "uno")
            pid = child.pid
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):  # in the middle of the answer
                    await say(child, "slow")
            assert await say(child, "dos") == b"dos"
            assert await say(child, "tres") == b"tres"
            assert child.pid == pid

    run(scenario())


def test_an_asker_who_leaves_a_hanging_child_is_not_the_next_ones_fault() -> None:
    async def scenario() -> None:
        async with odd_child(answer_seconds_max=1.0) as child:
            await say(child, "uno")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await say(child, "hang")
            assert await say(child, "dos") == b"dos"

    asyncio.run(scenario())


def test_everybody_gets_their_own_answer_when_many_ask_at_once(run: Run) -> None:
    async def scenario() -> None:
        async with odd_child() as child, asyncio.TaskGroup() as tasks:
            texts = [f"number {number}" for number in range(20)]
            asked = [tasks.create_task(say(child, text)) for text in texts]
            for task, text in zip(asked, texts, strict=True):
                assert await task == text.encode()

    run(scenario())


def test_a_refusal_is_told_in_its_words() -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            with pytest.raises(VoiceError, match=r"^refuse$"):
                await say(child, "refuse")

    asyncio.run(scenario())


def test_it_is_asked_for_a_volume_that_does_not_clip() -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            with pytest.raises(VoiceError, match=r'"volume": 0\.4'):
                await say(child, "refuse the request")

    asyncio.run(scenario())


def test_a_child_that_cannot_be_started_is_a_voice_error() -> None:
    async def scenario() -> None:
        child = Nano(["/nowhere/at/all"])
        with pytest.raises(VoiceError, match="does not start") as caught:
            await child.start()
        assert caught.value.retryable

    asyncio.run(scenario())


def test_after_its_end_there_is_no_other(run: Run) -> None:
    async def scenario() -> None:
        async with odd_child() as child:
            await child.start()
            pids = [child.pid]
            await child.aclose()
            await child.aclose()
            with pytest.raises(VoiceError, match="closed"):
                await say(child, "uno")
            pids.append(child.pid)
            assert pids[0] is not None
            assert pids[1] is None

    run(scenario())


def test_it_works_beside_a_loop_in_another_thread(run: Run) -> None:
    failures: list[BaseException] = []

    async def scenario() -> None:
        async with odd_child() as child:
            assert await say(child, "uno") == b"uno"

    def in_thread() -> None:
        try:
            run(scenario())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert not failures


@needs_library
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_the_child_gets_no_socket_and_no_secret_of_ours(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.set_inheritable(True)
            inode = os.fstat(listening.fileno()).st_ino
            async with real_child() as child:
                await say(child, "uno")
                process = Path("/proc", str(child.pid))
                files = [os.readlink(each) for each in (process / "fd").iterdir()]
                assert f"socket:[{inode}]" not in files
                environment = (process / "environ").read_bytes()
                assert b"PATH=" in environment
                assert b"TWILIO" not in environment

    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "secret")
    run(scenario())


@needs_library
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes of others")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_children_end_when_their_parent_is_killed(loop: str) -> None:
    script = (
        f"import asyncio, {loop}\n"
        "from ivr.voices.embedded.nano import Nano\n"
        "async def main():\n"
        "    children = [Nano(), Nano()]\n"
        "    for child in children:\n"
        "        await child.say('uno', voice='es-ES', speed=1.0)\n"
        "    print(*(child.pid for child in children), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        f"asyncio.Runner(loop_factory={loop}.new_event_loop).run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        handles = [os.pidfd_open(pid) for pid in pids]
        parent.kill()
        for handle in handles:
            ended, _, _ = select.select([handle], [], [], 20)
            os.close(handle)
            assert ended
