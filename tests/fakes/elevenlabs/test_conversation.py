"""How a socket reads, and every way it can end or be sent something strange."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest
from websockets.exceptions import ConnectionClosed

from ivr.fakes.elevenlabs import Code, FakeVendor, audio_of
from ivr.fakes.elevenlabs.conversation import HUGE_BYTES
from tests.fakes.elevenlabs.clients import BOUND_S, MULTI, SINGLE, close, dial, run, text

OPENING: dict[str, object] = {"text": " "}


# --------------------------------------------------------------------------- reading


@pytest.mark.parametrize("raw", ["{", "[]", "1", "null"])
def test_what_is_no_json_object_closes_the_socket(raw: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.ws.send(raw)
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("invalid_input_message", 1008)
            assert vendor.witness.codes == [Code.NOT_JSON]

    run(test())


def test_a_binary_message_closes_the_socket() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.ws.send(b"{}")
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("invalid_input_message", 1008)
            assert vendor.witness.codes == [Code.BINARY]

    run(test())


def test_a_field_of_the_wrong_type_closes_the_socket() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("Hi. ", flush="true"))
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("invalid_input_message", 1008)
            assert vendor.witness.codes == [Code.WRONG_TYPE]

    run(test())


@pytest.mark.parametrize("field", ["xi_api_key", "xi-api-key", "authorization"])
def test_the_first_message_may_hold_the_key(field: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, headers={}) as client:
            await client.send(text(" ", **{field: vendor.key}), text("Hi. "), close())
            assert (await client.until_final("a")).text == "Hi."
            assert vendor.key not in repr(vendor.requests)

    run(test())


@pytest.mark.parametrize(
    ("first", "error"),
    [({}, "missing_api_key"), ({"xi_api_key": "sesame"}, "invalid_api_key")],
)
def test_without_a_good_key_anywhere_the_socket_is_closed(
    first: dict[str, str], error: str
) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, headers={}) as client:
            await client.send(text(" ", **first))
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == (error, 1008)
            assert vendor.witness.codes == [Code.BAD_KEY]
            assert "sesame" not in repr(vendor.requests)

    run(test())


def test_a_client_that_closes_is_answered_and_noted_with_its_code() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            async with dial(vendor) as client:
                await client.send(text("Hi. "))
            await vendor.witness.until(lambda: vendor.sockets[0].ended_ms is not None)
            assert vendor.sockets[0].close_code == 1000
            assert vendor.violations == []

    run(test())


def test_a_client_that_vanishes_is_noted() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("Hi. "))
            await client.chunk()
            raw: socket.socket = client.ws.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.ws.transport.abort()
            await vendor.witness.until(lambda: vendor.sockets[0].close_code == 1006)
            assert vendor.witness.codes == [Code.ABRUPT_END]

    run(test())


def test_what_a_client_sent_is_kept_with_its_times() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("One. "), text("Two. "), close())
            await client.until_final("a")
            [asked] = vendor.sockets
            assert [message.data for message in asked.messages] == [
                text("One. "),
                text("Two. "),
                close(),
            ]
            times = [message.at_ms for message in asked.messages]
            assert times == sorted(times)
            said = asked.context("a")
            assert said.text == "One. Two. "
            assert said.first_chunk_ms is not None
            assert said.ended_ms is not None

    run(test())


# --------------------------------------------------------------------------- faults

ENDS = {
    "quota": ("quota_exceeded", 1008),
    "unusual_activity": ("detected_unusual_activity", 1008),
    "idle_timeout": ("input_timeout_exceeded", 1008),
    "generic_error": (None, 1008),
    "close_without_error": (None, 1008),
    "going_away": (None, 1001),
    "cut": (None, 1006),
}
WITHOUT_FRAME = {"close_without_error", "going_away", "cut"}


@pytest.mark.parametrize("fault", ENDS)
@pytest.mark.parametrize("moment", ["message=1", "message=2", "chunk=1", "chunk=3"])
@pytest.mark.parametrize("kind", [SINGLE, MULTI])
def test_a_socket_can_end_in_every_way_at_every_point(kind: str, moment: str, fault: str) -> None:
    async def test() -> None:
        async with FakeVendor(faults=[f"{fault}:{moment}"]) as vendor, dial(vendor, kind) as client:
            words = "Hello there, hold the line. "
            one, two = (OPENING, {"text": words}) if kind == SINGLE else (text(" "), text(words))
            await client.send(one)
            if moment != "message=1":
                await client.send(two)
            heard, code, reason = await client.until_closed()
            error, expected = ENDS[fault]
            assert code == expected
            assert len(heard.chunks) == (2 if moment == "chunk=3" else 0)
            errors = [each for each in heard.messages if "code" in each]
            if fault in WITHOUT_FRAME:
                assert errors == []
            else:
                assert errors == [heard.messages[-1]]
                assert errors[0].get("error") == error
                assert errors[0]["message"].startswith(reason)
            assert vendor.faults.struck(fault) == 1
            await vendor.witness.until(lambda: vendor.sockets[0].close_code == expected)

    run(test())


def test_an_error_frame_names_its_context_or_does_not() -> None:
    async def test() -> None:
        faults = ["quota"]
        for untagged in (False, True):
            if untagged:
                faults.append("untagged_error")
            async with FakeVendor(faults=faults) as vendor, dial(vendor) as client:
                await client.send(text("Hi. "))
                heard, *_ = await client.until_closed()
                assert ("contextId" in heard.messages[-1]) is not untagged

    run(test())


def test_a_half_open_socket_answers_nothing_not_even_a_ping() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["half_open:chunk=2"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello there. "))
            await client.chunk()
            await vendor.witness.until(lambda: vendor.faults.struck("half_open") == 1)
            pong = await client.ws.ping()
            await client.send(text("More. ", "b"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.ws.recv()
            assert isinstance(pong, asyncio.Future)
            assert not pong.done()
            assert vendor.sockets[0].close_code is None
            client.ws.transport.abort()  # it would wait for the answer to its close

    run(test())


@pytest.mark.parametrize("kind", [SINGLE, MULTI])
def test_a_stream_can_stall_and_the_socket_lives(kind: str) -> None:
    async def test() -> None:
        async with FakeVendor(faults=["stall:context=1"]) as vendor, dial(vendor, kind) as client:
            await client.send(text("Hello there. ") if kind == MULTI else OPENING)
            if kind == SINGLE:
                await client.send({"text": "Hello there. "})
            await client.chunk()
            await vendor.witness.until(lambda: vendor.faults.struck("stall") == 1)
            await client.round_trip()
            if kind == MULTI:
                await client.send(text("Fine. ", "b"), close("b"))
                assert (await client.until_final("b")).text == "Fine."
            assert vendor.sockets[0].said[0].chunks == 1

    run(test())


def test_a_stall_can_pass() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["stall:chunk=2,ms=30"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello there. "), close())
            assert (await client.until_final("a")).text == "Hello there."
            assert vendor.faults.struck("stall") == 1

    run(test())


def test_a_message_can_be_longer_than_a_mebibyte() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["huge_frame:chunk=2"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello there. "), close())
            raws = []
            async with asyncio.timeout(BOUND_S):
                async for raw in client.ws:
                    raws.append(raw)
                    if json.loads(raw).get("isFinal"):
                        break
            assert sum(len(raw) >= HUGE_BYTES for raw in raws) == 1
            assert vendor.sockets[0].audio_bytes == len(audio_of("Hello there."))

    run(test())


def test_a_client_with_the_usual_limit_fails_on_that_message() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["huge_frame"]) as vendor, dial(vendor) as client:
            client.ws.protocol.max_message_size = 2**20
            await client.send(text("Hello there. "))
            with pytest.raises(ConnectionClosed) as closed:
                await client.receive()
            assert closed.value.sent is not None
            assert closed.value.sent.code == 1009

    run(test())


def test_ids_can_come_in_snake_case() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["snake_case"]) as vendor, dial(vendor) as client:
            await client.send(text("Hi. "), close())
            message = await client.receive()
            while not message["is_final"]:
                assert message["context_id"] == "a"
                assert "contextId" not in message
                assert "isFinal" not in message
                message = await client.receive()

    run(test())


def test_messages_of_unknown_types_can_come() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["unknown_message"]) as vendor, dial(vendor) as client:
            await client.send(text("Hi. "), close())
            heard = await client.until_final("a")
            assert heard.messages[0] == {"type": "flush_done", "contextId": "a"}
            assert heard.text == "Hi."

    run(test())


def test_garbage_can_come_between_chunks() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["garbage"]) as vendor, dial(vendor) as client:
            await client.send(text("Hi. "), close())
            with pytest.raises(json.JSONDecodeError):
                await client.receive()
            assert (await client.until_final("a")).text == "Hi."

    run(test())


def test_a_chunk_can_come_as_a_binary_message() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["binary"]) as vendor, dial(vendor) as client:
            await client.send(text("Hi. "))
            async with asyncio.timeout(BOUND_S):
                assert await client.ws.recv() == audio_of("Hi.")[: 93 * 8]

    run(test())


def test_a_fault_can_strike_one_socket_of_several() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["quota:socket=2"]) as vendor:
            for number, expected in ((1, "Hi."), (2, ""), (3, "Hi.")):
                async with dial(vendor) as client:
                    await client.send(text("Hi. "), close(), {"close_socket": True})
                    heard, code, _ = await client.until_closed()
                    assert (number, heard.text) == (number, expected)
                    assert code == (1000 if expected else 1008)

    run(test())
