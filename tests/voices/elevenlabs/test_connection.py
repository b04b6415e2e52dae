"""One websocket: the heartbeat, the order of what is sent, the handshake and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from ivr.voices.elevenlabs import connection as connections
from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import Connection, Refused, dial
from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.options import Config
from tests.voices.elevenlabs.vendor import (
    SECONDS_MAX,
    Conversation,
    Script,
    ScriptedVendor,
    go,
    said,
    voice_and_vendor,
)


@dataclass
class Line:
    """A running connection, and what it heard."""

    connection: Connection
    vendor: ScriptedVendor
    frames: list[wire.Frame]
    running: asyncio.Task[Failure]
    trace: str


@asynccontextmanager
async def connected(
    script: Script, *, beats: tuple[str, ...] = (), keepalive_seconds: float = 10
) -> AsyncIterator[Line]:
    frames: list[wire.Frame] = []
    async with ScriptedVendor(script) as vendor, asyncio.TaskGroup() as tasks:
        dialled = await dial(wire.multi_url(Config("abc", base_url=vendor.url), "en"), "key")
        connection = Connection(dialled, "c", keepalive_seconds=keepalive_seconds)
        running = tasks.create_task(connection.run(frames.append, lambda: list(beats)))
        yield Line(connection, vendor, frames, running, dialled.trace)
        await connection.hang_up()


async def happened(event: asyncio.Event) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        await event.wait()


def test_messages_are_sent_in_order_by_one_writer() -> None:
    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            for number in range(100):
                line.connection.send(wire.text("c", str(number)))
            await line.connection.aclose(wire.close_socket())
            texts = [each.get("text") for each in line.vendor.talks[0].heard]
            assert texts == [*(f"{number} " for number in range(100)), None]

    go(scenario)


def test_the_vendors_trace_is_kept() -> None:
    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            assert line.trace == "trace-1"

    go(scenario)


def test_the_heartbeat_beats_while_nothing_is_said() -> None:
    beaten = asyncio.Event()

    async def script(talk: Conversation) -> None:
        for _ in range(3):
            assert await talk.next() == {"text": ""}
        beaten.set()
        await talk.stay()

    async def scenario() -> None:
        async with connected(script, beats=(wire.keepalive(),), keepalive_seconds=0.005):
            await happened(beaten)

    go(scenario)


def test_a_keepalive_never_opens_a_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that names an id before its opening would cost the context its settings."""
    monkeypatch.setattr(Connection.__init__, "__kwdefaults__", {"keepalive_seconds": 0.005})
    idle, beaten = asyncio.Event(), asyncio.Event()

    async def script(talk: Conversation) -> None:
        assert await talk.next() == {"text": ""}
        idle.set()
        context = ""
        while not (message := await talk.next()).get("flush"):
            if message["text"] == " ":
                context = message["context_id"]
            else:
                assert message == {"text": ""}, "named before it was opened"
        for _ in range(3):
            assert (await talk.next())["text"] == ""
        await talk.audio(context, b"audio")
        await talk.until("close_context")
        for _ in range(3):
            assert await talk.next() == {"text": ""}, "named after it was closed"
        await talk.final(context)
        await talk.next()
        for _ in range(3):
            assert await talk.next() == {"text": ""}, "a context that is final is named no more"
        beaten.set()
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            line = voice.lease("a")
            await happened(idle)
            assert await said(line) == b"audio"
            await happened(beaten)

    go(scenario)


def test_a_narration_that_waits_for_words_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection.__init__, "__kwdefaults__", {"keepalive_seconds": 0.005})
    beaten = asyncio.Event()

    async def script(talk: Conversation) -> None:
        opening = await talk.until("context_id")
        context = opening["context_id"]
        while await talk.next() != {"text": "", "context_id": context}:
            pass
        beaten.set()
        await talk.audio(context, b"audio")
        await talk.until("close_context")
        await talk.final(context)
        await talk.stay()

    async def pieces() -> AsyncIterator[str]:
        yield "Welcome to Acme. "
        await happened(beaten)

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            speech = voice.lease("a").narrate(pieces(), language="en-US")
            assert b"".join([chunk async for chunk in speech]) == b"audio"

    go(scenario)


@pytest.mark.parametrize(
    ("status", "retryable"), [(401, False), (403, False), (429, True), (500, True)]
)
def test_a_refused_handshake_says_whether_to_try_again(status: int, retryable: bool) -> None:
    async def scenario() -> None:
        async with ScriptedVendor(status) as vendor:
            url = wire.multi_url(Config("abc", base_url=vendor.url), "en")
            with pytest.raises(Refused) as caught:
                await dial(url, "key")
            assert caught.value.failure.retryable is retryable

    go(scenario)


def test_the_code_in_the_answer_to_a_handshake_is_read() -> None:
    async def scenario() -> None:
        body = b'{"detail":{"status":"quota_exceeded"}}'
        async with ScriptedVendor(401, body=body) as vendor:
            url = wire.multi_url(Config("abc", base_url=vendor.url), "en")
            with pytest.raises(Refused, match="no credits left"):
                await dial(url, "key")

    go(scenario)


def test_how_it_ended_is_told() -> None:
    async def cut(talk: Conversation) -> None:
        talk.cut()
        await talk.stay()

    async def scenario() -> None:
        async with connected(lambda talk: talk.close(1011)) as line:
            assert "1011" in (await line.running).sentence
        async with connected(cut) as line:
            assert "ended" in (await line.running).sentence
        async with connected(lambda talk: talk.error("quota_exceeded")) as line:
            assert (await line.running).alarm

    go(scenario)


def test_too_many_messages_for_a_socket_that_takes_none_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "OUTBOX_MAX", 3)

    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            for _ in range(5):
                line.connection.send(wire.keepalive())
            assert (await line.running).retryable

    go(scenario)
