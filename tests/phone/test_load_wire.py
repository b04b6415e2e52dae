"""The light WebSocket client, against bytes and against a real server of another make."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

from ivr.phone.load_wire import CLOSE, TEXT, BadWire, Frames, Wire, frame

WAIT_S = 5.0


def from_server(opcode: Opcode, payload: bytes) -> bytes:
    return bytes(Frame(opcode, payload).serialize(mask=False))


@given(st.lists(st.binary(max_size=70_000), max_size=4), st.integers(1, 500))
def test_frames_are_read_however_the_network_has_cut_them(payloads: list[bytes], cut: int) -> None:
    data = b"".join(from_server(Opcode.TEXT, each) for each in payloads)
    step = max(cut, len(data) // 200)
    frames, read = Frames(), []
    for start in range(0, len(data), step):
        read += list(frames.feed(data[start : start + step]))
    assert read == [(TEXT, each) for each in payloads]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x01\x01a", "in pieces"),
        (b"\xc1\x01a", "in pieces, or with an extension"),
        (b"\x81\x81\0\0\0\0a", "masked"),
        (b"\x81\x7f" + struct.pack("!Q", 2_000_000), "2000000 bytes"),
    ],
)
def test_what_no_server_may_send_is_told(data: bytes, what: str) -> None:
    with pytest.raises(BadWire, match=what):
        list(Frames().feed(data))


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_messages_of_every_length_are_understood_by_another_maker(size: int) -> None:
    heard: list[str | bytes] = []

    async def one(connection: ServerConnection) -> None:
        heard.append(await connection.recv())
        await connection.send("thanks")
        await connection.wait_closed()

    async def talk() -> tuple[bytes, int | None]:
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        async with serve(one, "127.0.0.1", 0, compression=None) as server, asyncio.timeout(WAIT_S):
            port = server.sockets[0].getsockname()[1]
            wire = Wire(
                f"ws://127.0.0.1:{port}/x", "sig", lambda text, now: answers.put_nowait(text)
            )
            await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
            await wire.opened
            wire.send(b"x" * size)
            answer = await answers.get()
            wire.close()
            return answer, await wire.closed

    assert asyncio.run(talk()) == (b"thanks", None)
    assert heard == ["x" * size]


def test_the_signature_is_in_the_handshake_and_a_close_of_the_server_is_answered() -> None:
    signatures: list[str | None] = []

    async def one(connection: ServerConnection) -> None:
        assert connection.request is not None
        signatures.append(connection.request.headers.get("x-twilio-signature"))
        await connection.close(1012)

    async def talk() -> int | None:
        async with serve(one, "127.0.0.1", 0, compression=None) as server, asyncio.timeout(WAIT_S):
            port = server.sockets[0].getsockname()[1]
            wire = Wire(f"ws://127.0.0.1:{port}/x", "signed=", lambda text, now: None)
            await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
            await wire.opened
            return await wire.closed

    assert asyncio.run(talk()) == 1012
    assert signatures == ["signed="]


def test_a_refused_handshake_is_an_error_with_its_status() -> None:
    async def talk() -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server, asyncio.timeout(WAIT_S):
            port = server.sockets[0].getsockname()[1]
            wire = Wire(f"ws://127.0.0.1:{port}/x", "", lambda text, now: None)
            await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
            with pytest.raises(BadWire, match="403"):
                await wire.opened
            await wire.closed

    asyncio.run(talk())


def test_a_frame_of_ours_has_the_mask_a_client_must_use() -> None:
    assert frame(b"abc", CLOSE) == b"\x88\x83\0\0\0\0abc"
