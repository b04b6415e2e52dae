"""One phone among many: what it says, and which sound is the answer to which key."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ivr.phone.load_call import LoadCall
from ivr.phone.load_wire import now_ms

LOUD = b"\x10\x90" * 80
QUIET = b"\xff" * 160


class Wire:
    """What the phone sent, and a hand that plays the server."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.came = asyncio.Event()
        self.call = LoadCall("AC1", "CA1", "MZ1", self._note)

    def _note(self, message: bytes) -> None:
        self.sent.append(json.loads(message))
        self.came.set()

    def media(self, audio: bytes, now: float) -> None:
        payload = base64.b64encode(audio).decode()
        self.tell({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}}, now)

    def mark(self, name: str, now: float) -> None:
        self.tell({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}}, now)

    def clear(self, now: float) -> None:
        self.tell({"event": "clear", "streamSid": "MZ1"}, now)

    def tell(self, message: dict[str, Any], now: float, *, spaced: bool = False) -> None:
        separators = None if spaced else (",", ":")
        self.call.took(json.dumps(message, separators=separators).encode(), now)

    async def until(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                for each in self.sent:
                    if each["event"] == event:
                        return each
                self.came.clear()
                await self.came.wait()


def on(work: Callable[[Wire], Awaitable[None]]) -> None:
    async def run() -> None:
        await work(Wire())

    asyncio.run(run())


def test_messages_are_numbered_as_twilio_numbers_them() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({"a": "b"})
        wire.call.speak()
        wire.call.press("5")
        wire.call.speak()
        wire.call.hang_up()
        assert [each["event"] for each in wire.sent] == [
            *("connected", "start", "media", "dtmf", "media", "stop")
        ]
        assert [each["sequenceNumber"] for each in wire.sent[1:]] == ["1", "2", "3", "4", "5"]
        assert wire.sent[1]["start"]["customParameters"] == {"a": "b"}
        assert wire.sent[4]["media"]["chunk"] == "2"
        assert wire.sent[4]["media"]["timestamp"] == "20"
        assert base64.b64decode(wire.sent[4]["media"]["payload"]) == QUIET

    on(work)


def test_the_first_audible_sample_counts_behind_a_silent_beginning() -> None:
    async def work(wire: Wire) -> None:
        start = wire.call.open({})
        now = start.asked_ms + 5
        wire.media(QUIET, now)
        assert start.first_frame_ms == now
        assert start.audible_ms is None
        wire.media(QUIET[:80] + LOUD[:80], now + 1)
        assert start.audible_ms == pytest.approx(now + 30)

    on(work)


def test_after_a_key_what_was_said_before_is_no_answer_until_the_buffer_is_cleared() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        now = now_ms()
        wire.media(LOUD * 50, now)
        answer = wire.call.press("1")
        wire.media(LOUD, now + 1)
        wire.clear(now + 2)
        wire.media(LOUD, now + 3)
        assert answer.first_frame_ms == now + 3
        assert answer.audible_ms == now + 3  # nothing is buffered, so it is played at once

    on(work)


def test_after_a_key_in_silence_the_first_sound_is_the_answer() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        now = now_ms() - 1_000
        wire.media(LOUD, now)
        wire.mark("m", now)
        await wire.until("mark")
        answer = wire.call.press("1", "123456")
        wire.media(LOUD, answer.asked_ms + 7)
        assert answer.first_frame_ms == answer.asked_ms + 7
        assert answer.value == "123456"

    on(work)


def test_a_mark_comes_back_when_everything_before_it_was_played() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        began = now_ms()
        wire.media(LOUD * 2, began)
        wire.mark("g1:u1", began)
        assert [each["event"] for each in wire.sent] == ["connected", "start"]
        echo = await wire.until("mark")
        assert echo["mark"] == {"name": "g1:u1"}
        assert now_ms() >= began + 40

    on(work)


def test_a_clear_brings_pending_marks_back_at_once() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        now = now_ms()
        wire.media(LOUD * 500, now)
        wire.mark("a", now)
        wire.clear(now + 1)
        assert wire.sent[-1]["mark"] == {"name": "a"}

    on(work)


def test_a_message_of_another_shape_is_taken_if_twilio_would_take_it() -> None:
    async def work(wire: Wire) -> None:
        start = wire.call.open({})
        payload = base64.b64encode(LOUD).decode()
        message = {"streamSid": "MZ1", "media": {"payload": payload}, "event": "media"}
        wire.tell(message, start.asked_ms + 1, spaced=True)
        assert start.audible_ms is not None
        assert not wire.call.faults

    on(work)


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ({"event": "media", "streamSid": "MZ2", "media": {"payload": "AAAA"}}, "streamSid"),
        ({"event": "media", "streamSid": "MZ1", "media": {"payload": "!!!!"}}, "base64"),
        ({"event": "media", "streamSid": "MZ1", "media": {"payload": "AAAA"}}, "whole number"),
        ({"event": "clear", "streamSid": "MZ1", "more": 1}, "a field too many"),
    ],
)
def test_what_twilio_would_drop_or_a_caller_would_hear_is_a_fault(
    message: dict[str, Any], what: str
) -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        wire.tell(message, now_ms())
        assert [what in text for text in wire.call.faults] == [True]

    on(work)


def test_a_caller_who_hangs_up_at_once_does_not_call_the_key_unanswered() -> None:
    async def work(wire: Wire) -> None:
        wire.call.open({})
        answer = wire.call.press("1")
        wire.call.hang_up()
        assert answer.abandoned

    on(work)


def test_pieces_are_kept_with_the_key_they_came_after() -> None:
    async def work(wire: Wire) -> None:
        wire.call.pieces = []
        wire.call.open({})
        wire.media(LOUD, 10.0)
        wire.clear(11.0)
        wire.call.press("1")
        wire.media(QUIET, 12.0)
        kept = [(each.start_ms, each.audio, each.answer) for each in wire.call.pieces]
        assert kept == [(10.0, LOUD, 1), (12.0, QUIET, 2)]

    on(work)
