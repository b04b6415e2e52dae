"""One websocket: the heartbeat, the order of what is sent, the handshake and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import Connection, Dialled, Refused, dial
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
    dialled: Dialled

    @property
    def trace(self) -> str:
        return self.dialled.trace


@asynccontextmanager
async def connected(
    script: Script, *, beats: tuple[str, ...] = (), keepalive_seconds: float = 10
) -> AsyncIterator[Line]:
    frames: list[wire.Frame] = []
    async with ScriptedVendor(script) as vendor, asyncio.TaskGroup() as tasks:
        dialled = await dial(wire.multi_url(Config("abc", base_url=vendor.url), "en"), "key")
        connection = Connection(dialled, "c", keepalive_seconds=keepalive_seconds)
        running = tasks.create_task(connection.run(frames.append, lambda: list(beats)))
        yield Line(connection, vendor, frames, running, dialled)
        await connection.hang_up()


async def happened(event: asyncio.Event) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        await event.wait()


def test_messages_are_sent_in_order() -> None:
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


def test_too_much_for_a_socket_that_takes_nothing_ends_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            # The loop has no turn, so nobody reads: no network holds so much.
            for _ in range(256):
                line.connection.send(wire.text("c", "a" * 262_144))
            assert (await line.running).retryable

    go(scenario)
    assert "it takes nothing any more" in caplog.text


def test_a_message_leaves_in_the_turn_it_is_sent_in() -> None:
    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            transport = line.dialled.connection.transport
            written: list[bytes] = []
            transport.write = written.append  # type: ignore[method-assign, assignment]
            line.connection.send(wire.keepalive())
            assert len(written) == 1
            del transport.write

    go(scenario)


def test_what_is_sent_when_it_is_over_is_lost() -> None:
    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            line.connection.abort()
            line.connection.send(wire.keepalive())
            await line.running
            line.connection.send(wire.keepalive())
            assert not line.vendor.talks[0].heard

    go(scenario)


@pytest.mark.parametrize("fault", [OSError("lost"), RuntimeError("the handler is closed")])
def test_a_connection_that_breaks_while_it_is_sent_to_is_no_fault_of_whoever_sends(
    fault: Exception,
) -> None:
    def write(data: bytes) -> None:
        raise fault

    async def scenario() -> None:
        async with connected(Conversation.stay) as line:
            transport = line.dialled.connection.transport
            transport.write = write  # type: ignore[method-assign, assignment]
            line.connection.send(wire.keepalive())
            line.connection.abort()
            assert (await line.running).retryable

    go(scenario)


def test_what_comes_in_pieces_is_overtaken_by_nothing() -> None:
    def message(context: str) -> str:
        return f'{{"audio":"AAAA","contextId":"{context}"}}'

    async def script(talk: Conversation) -> None:
        writer = talk.socket._writer
        assert writer is not None
        await talk.next()  # from here on somebody listens
        await talk.send({"audio": "AAAA", "contextId": "1"})
        # In one go, so that all of it is there before anybody has a turn.
        second = message("2")
        pieces = _frame(0x01, second[:9]) + _frame(0x80, second[9:])
        writer.transport.write(pieces + _frame(0x81, message("3")) + _frame(0x81, message("4")))
        await talk.close()

    def _frame(first: int, text: str) -> bytes:
        return bytes([first, len(text)]) + text.encode()

    async def scenario() -> None:
        async with connected(script) as line:
            line.connection.send(wire.keepalive())
            await line.running
            assert [frame.context for frame in line.frames] == ["1", "2", "3", "4"]

    go(scenario)


def test_what_came_before_anybody_listened_is_overtaken_by_nothing() -> None:
    async def script(talk: Conversation) -> None:
        await talk.audio("1", b"audio")
        await talk.next()
        await talk.audio("2", b"audio")
        await talk.stay()

    async def scenario() -> None:
        async with ScriptedVendor(script) as vendor:
            dialled = await dial(wire.multi_url(Config("abc", base_url=vendor.url), "en"), "key")
            wired, heard = dialled.connection, list[str]()
            async with asyncio.timeout(SECONDS_MAX):
                await (await wired.ping())  # the vendor answers behind its first message
                wired.listen(heard.append)
                wired.say(wire.keepalive())
                texts = [str(await wired.recv()) for _ in range(2)]
            await wired.close()
        assert ['"contextId": "1"' in texts[0], '"contextId": "2"' in texts[1]] == [True, True]
        assert heard == []

    go(scenario)


def test_a_text_that_is_no_text_ends_it_as_the_protocol_wants() -> None:
    async def script(talk: Conversation) -> None:
        writer = talk.socket._writer
        assert writer is not None
        writer.transport.write(bytes([0x81, 2, 0xFF, 0xFF]))
        await talk.stay()

    async def scenario() -> None:
        async with connected(script) as line:
            assert (await line.running).retryable
            await happened(line.vendor.talks[0].over)
            assert line.vendor.talks[0].closed_with == 1007

    go(scenario)


def test_a_fault_of_whoever_listens_ends_the_socket_and_is_told() -> None:
    async def script(talk: Conversation) -> None:
        await talk.audio("c", b"audio")
        await talk.audio("c", b"audio")
        await talk.stay()

    def broken(frame: wire.Frame) -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        async with ScriptedVendor(script) as vendor:
            dialled = await dial(wire.multi_url(Config("abc", base_url=vendor.url), "en"), "key")
            with pytest.raises(ExceptionGroup) as caught:
                await Connection(dialled, "c").run(broken, list)
            assert caught.group_contains(ZeroDivisionError)

    go(scenario)
