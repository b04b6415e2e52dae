"""Peers that say what they must not, over real sockets; meanwhile another call goes on undisturbed.

Those who say too much, or nothing, are in ``test_overload``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from ivr.calls import session
from tests.server.hostile import NewCarrier, Other, play
from tests.server.line import Line

# --------------------------------------------------------------------------- bad messages

MALFORMED: list[str | bytes] = [
    "not json",
    "[]",
    "{}",
    '{"event":5}',
    '{"event":"dtmf","dtmf":{"digit":"12"}}',
    '{"event":"mark","mark":7}',
    '{"event":"start","start":{}}',
    "\x00",
    b"\x00\x01\x02",
    b'{"event":"stop"}',
]


def test_ninety_nine_malformed_messages_and_a_good_one_are_survived(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            for key in "*9":
                for number in range(99):
                    await stream.socket.send(MALFORMED[number % len(MALFORMED)])
                await stream.press(key)
                await stream.hear(event="clear")
            await other.hears_more()
            await stream.hear()

    play(tmp_path, attack)


def test_a_hundred_and_one_malformed_messages_in_a_row_end_the_stream(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            with contextlib.suppress(ConnectionClosed):
                for number in range(101):
                    await stream.socket.send(MALFORMED[number % len(MALFORMED)])
            assert await stream.until_closed() == 1011
        assert line.entries("cut")[0]["reason"] == "too many malformed messages"

    play(tmp_path, attack)


def test_a_message_that_is_too_long_ends_its_own_stream(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.say({"event": "media", "media": {"payload": "x" * 70_000}})
            assert await stream.until_closed() == 1009

    play(tmp_path, attack)


def test_events_nobody_knows_are_ignored(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            for _ in range(500):
                await stream.say({"event": "transcription", "streamSid": stream.sid})
            await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("ignored")[0]["unknown"] == 500

    play(tmp_path, attack)


# --------------------------------------------------------------------------- wrong beginnings


def test_a_stream_without_a_start_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        # Only now: the other call has begun in time.
        monkeypatch.setattr(session, "START_SECONDS_MAX", 0.3)
        async with carrier().on_the_line() as stream:
            await stream.hear()
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.say({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            assert await stream.until_closed() == 1008
        assert line.entries("cut")[-1]["reason"] == "no start"

    play(tmp_path, attack)


@pytest.mark.parametrize("field", ["callSid", "accountSid"])
def test_a_stream_of_another_call_is_closed_with_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str
) -> None:
    # openclaw PR 136506: the callSid of start must match the signed webhook's.
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        caplog.clear()
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.start(**{field: "XX" + "0" * 32})
            assert await stream.until_closed() == 1008
        (said,) = (row.getMessage() for row in caplog.records if row.levelname == "WARNING")
        assert call.sid in said
        assert "another call" in said

    play(tmp_path, attack)


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.start(callSid="CAother")
            await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("ignored")[0]["foreign"] == 1

    play(tmp_path, attack)


def test_a_key_before_the_start_is_nobodys(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.press("2")
            await stream.start()
            await stream.hear(2)
        assert line.entries("key") == []

    play(tmp_path, attack)


def test_whatever_comes_after_the_stop_is_not_listened_to(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.stop()
            with contextlib.suppress(ConnectionClosed):
                for _ in range(50):
                    await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("key") == []
        assert [entry["outcome"] for entry in line.entries("end")] == ["caller_hung_up"]

    play(tmp_path, attack)
