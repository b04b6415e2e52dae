"""A socket as a link, over ASGI messages in memory and on the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from ivr.calls.link import Link, LinkClosed
from ivr.carriers import twilio
from ivr.server.link import ABORT, DROP, SAY, UNHEARD, LinkLimits, SocketLink
from tests.virtual import pass_time, run

LIMITS = LinkLimits(send_s=5, close_s=1, messages_per_s=10, burst=100, turn=8)


class Peer:
    """The other end, and the server between: what uvicorn does with ASGI messages."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.gone = False
        self.aborted = False
        self._messages: asyncio.Queue[Message] = asyncio.Queue()

    def says(self, text: str) -> None:
        self._messages.put_nowait({"type": "websocket.receive", "text": text, "bytes": None})

    def says_binary(self, data: bytes) -> None:
        self._messages.put_nowait({"type": "websocket.receive", "bytes": data})

    def goes(self) -> None:
        """The connection is lost: receiving ends, writing fails, and whoever waits wakes up."""
        self.gone = True
        self._messages.put_nowait({"type": "websocket.disconnect", "code": 1006})
        self.writable.set()

    def abort(self) -> None:
        self.aborted = True
        self.goes()

    def drop(self, unheard: bytes, tell: Callable[[int], None]) -> None:
        self.unheard, self.tell = unheard, tell

    def say(self, text: str) -> bool:
        if self.gone or not self.writable.is_set():
            return False
        self.sent.append({"type": "websocket.send", "text": text})
        return True

    async def receive(self) -> Message:
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        await self.writable.wait()
        if self.gone:
            raise OSError("the peer is gone")
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self._messages.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    @property
    def texts(self) -> list[str]:
        return [m["text"] for m in self.sent if m["type"] == "websocket.send"]

    @property
    def closed_with(self) -> list[int]:
        return [m["code"] for m in self.sent if m["type"] == "websocket.close"]

    async def accepted(self) -> WebSocket:
        self._messages.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": "/media/x",
            "headers": [],
            "extensions": {
                ABORT: {"abort": self.abort},
                DROP: {"drop": self.drop},
                SAY: {"say": self.say},
            },
        }
        socket = WebSocket(scope, self.receive, self.send)
        await socket.accept()
        return socket


def play(story: Callable[[SocketLink, Peer], Awaitable[None]]) -> None:
    async def told() -> None:
        peer = Peer()
        await story(SocketLink(await peer.accepted(), LIMITS), peer)

    run(told())


def test_it_is_a_link() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        as_a_call_sees_it: Link = link
        peer.says("hello")
        peer.says_binary(b"\x00")
        assert await as_a_call_sees_it.receive() == "hello"
        assert await as_a_call_sees_it.receive() == b"\x00"
        await as_a_call_sees_it.send("answer")
        assert peer.texts == ["answer"]

    play(story)


def test_a_closed_link_says_none_again_and_again() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        peer.goes()
        assert [await link.receive() for _ in range(3)] == [None, None, None]
        with pytest.raises(LinkClosed):
            await link.send("x")

    play(story)


def test_sending_to_a_peer_that_is_gone_says_so() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        peer.gone = True
        with pytest.raises(LinkClosed):
            await link.send("x")
        assert await link.receive() is None

    play(story)


def test_sending_does_not_give_up_the_turn_while_there_is_room() -> None:
    # A clear and the frame behind it leave in one turn of the event loop.
    async def story(link: SocketLink, peer: Peer) -> None:
        others: list[int] = []
        asyncio.get_running_loop().call_soon(others.append, 1)
        await link.send("clear")
        await link.send("frame")
        assert peer.texts == ["clear", "frame"]
        assert others == []

    play(story)


def test_what_there_is_room_for_can_be_said_without_waiting() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        assert link.say("frame")
        assert peer.texts == ["frame"]
        peer.writable.clear()
        assert not link.say("too much")
        peer.writable.set()
        await link.close()
        assert not link.say("too late")
        assert peer.texts == ["frame"]

    play(story)


def test_a_server_that_is_not_ours_is_sent_to_as_it_can_be() -> None:
    async def story() -> None:
        peer = Peer()
        socket = await peer.accepted()
        del socket.scope["extensions"][SAY]
        link = SocketLink(socket, LIMITS)
        assert not link.say("clear")
        await link.send("clear")
        assert peer.texts == ["clear"]

    run(story())


def test_a_peer_that_takes_nothing_is_given_up_after_a_stated_time() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        peer.writable.clear()
        with pytest.raises(LinkClosed):
            await link.send("x")
        assert asyncio.get_running_loop().time() == LIMITS.send_s
        assert peer.aborted, "closing would wait for the peer as well"
        assert await link.receive() is None

    play(story)


def test_closing_says_the_code_and_wakes_whoever_listens() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(link.receive())
            await pass_time(1)
            await link.close(1008, "not yours")
        assert listening.result() is None
        assert peer.closed_with == [1008]

    play(story)


def test_closing_a_full_link_drops_it_and_wakes_whoever_sends() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        peer.writable.clear()

        async def closing() -> None:
            await pass_time(0.5)
            await link.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(closing())
            with pytest.raises(LinkClosed):
                await link.send("x")
        assert peer.aborted
        assert asyncio.get_running_loop().time() < LIMITS.send_s

    play(story)


def test_closing_twice_or_late_is_no_error() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        await link.close()
        await link.close()
        assert peer.closed_with == [1000]

    play(story)

    async def late(link: SocketLink, peer: Peer) -> None:
        peer.goes()
        await link.close()

    play(late)


def test_whoever_sends_many_messages_lets_the_others_have_a_turn() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        for _ in range(20):
            peer.says("x")
        turns: list[int] = []
        asyncio.get_running_loop().call_soon(turns.append, 1)
        for _ in range(LIMITS.turn - 1):
            await link.receive()
        assert turns == []
        await link.receive()
        assert turns == [1]

    play(story)


def test_a_flood_is_cut_off() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        for _ in range(1000):
            peer.says("x")
        received = 0
        while await link.receive() is not None:
            received += 1
        assert LIMITS.burst <= received < LIMITS.burst + 2 * LIMITS.turn
        assert peer.aborted

    play(story)


def test_audio_is_let_through_while_it_is_wanted_and_dropped_again_afterwards() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        heard = [peer.unheard]
        for wanted in (True, False):
            link.hear(wanted)
            heard.append(peer.unheard)
        assert heard == [UNHEARD, b"", UNHEARD]

    play(story)


def test_a_flood_of_audio_that_is_dropped_on_the_way_is_cut_off_too() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        assert twilio.is_media(peer.unheard.decode() + "}")
        assert peer.unheard == UNHEARD
        aborted = []
        for _ in range(LIMITS.burst // 32 + 2):  # the last one was on its way, and changes nothing
            peer.tell(32)
            aborted.append(peer.aborted)
        assert aborted == [False, False, False, True, True]
        assert await link.receive() is None

    play(story)


def test_audio_at_its_usual_pace_is_no_flood() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        for _ in range(100):
            await pass_time(32 / LIMITS.messages_per_s)
            peer.tell(32)
        assert not peer.aborted

    play(story)


def test_a_burst_after_a_stall_is_no_flood() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        for _ in range(5):
            for _ in range(90):
                peer.says("x")
            for _ in range(90):
                assert await link.receive() == "x"
            await pass_time(9)

    play(story)


def test_a_long_call_earns_no_right_to_flood() -> None:
    async def story(link: SocketLink, peer: Peer) -> None:
        for _ in range(16):
            peer.says("x")
            await link.receive()
        await pass_time(3600)
        for _ in range(1000):
            peer.says("x")
        received = 0
        while await link.receive() is not None:
            received += 1
        assert received < 2 * LIMITS.burst

    play(story)
