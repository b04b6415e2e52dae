"""The ear: what it passes on, in which order, and what it only counts."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from ivr.calls.clock import Clock
from ivr.calls.ear import INBOX_MESSAGES_MAX, MALFORMED_MAX, Ear, Heard, Silent
from ivr.calls.record import Record
from ivr.carriers.twilio import Digit, MarkEchoed, Started, Stopped
from tests.virtual import pass_time, run

OURS, OTHERS = "MZ1", "MZ2"
CLOSED = Silent("the link was closed")


class Told:
    """A link on which these messages come, and then the end."""

    def __init__(self, messages: Iterable[str | bytes]) -> None:
        self.messages = list(messages)

    async def receive(self) -> str | bytes | None:
        return self.messages.pop(0) if self.messages else None

    def say(self, text: str) -> bool:
        raise AssertionError("an ear says nothing")

    async def send(self, text: str) -> None:
        raise AssertionError("an ear says nothing")

    def hear(self, wanted: bool) -> None:
        raise AssertionError("an ear decides nothing")

    async def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError("an ear closes nothing")


def message(event: str, stream: str = OURS, **fields: object) -> str:
    return json.dumps({"event": event, "streamSid": stream, **fields})


def start(stream: str = OURS) -> str:
    form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    names = {"streamSid": stream, "callSid": "CA1", "accountSid": "AC1"}
    about = {**names, "tracks": ["inbound"], "customParameters": {}, "mediaFormat": form}
    return message("start", stream, sequenceNumber="1", start=about)


def digit(key: str, stream: str = OURS) -> str:
    return message("dtmf", stream, sequenceNumber="5", dtmf={"track": "inbound", "digit": key})


def media(stream: str = OURS) -> str:
    payload = base64.b64encode(b"\xff" * 160).decode()
    about = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload}
    return message("media", stream, sequenceNumber="2", media=about)


MARK = message("mark", sequenceNumber="4", mark={"name": "g1:u1"})
STOP = message("stop", sequenceNumber="9", stop={"accountSid": "AC1", "callSid": "CA1"})
CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def heard(*messages: str | bytes) -> tuple[list[Heard], Ear]:
    """All that is passed on of these messages."""

    async def listened() -> tuple[list[Heard], Ear]:
        ear = Ear(Told(messages), asyncio.Event())
        await ear.listen()
        passed_on = []
        while (each := ear.next()) is not None:
            passed_on.append(each)
        return passed_on, ear

    return run(listened())


def test_a_start_keys_marks_and_the_stop_are_passed_on_in_their_order() -> None:
    passed_on, ear = heard(CONNECTED, start(), media(), digit("1"), MARK, digit("#"), STOP)
    assert isinstance(passed_on[0], Started)
    assert passed_on[1:4] == [Digit("1"), MarkEchoed("g1:u1"), Digit("#")]
    assert isinstance(passed_on[4], Stopped)
    assert ear.media == 1
    assert not any(ear.ignored.values())


def test_nothing_is_read_after_the_stop() -> None:
    passed_on, _ = heard(start(), STOP, digit("1"))
    assert isinstance(passed_on[-1], Stopped)


def test_a_link_that_closes_without_a_stop_is_told() -> None:
    assert heard(start(), digit("1"))[0][1:] == [Digit("1"), CLOSED]


@pytest.mark.parametrize(
    ("odd", "count"),
    [
        ("no json", "malformed"),
        (b"\x00", "malformed"),
        (message("sunset"), "unknown"),
        (digit("1", OTHERS), "foreign"),
        (start(OTHERS), "foreign"),
    ],
)
def test_what_means_nothing_to_this_stream_is_counted_and_not_passed_on(
    odd: str | bytes, count: str
) -> None:
    passed_on, ear = heard(start(), odd, digit("2"))
    assert passed_on[1:] == [Digit("2"), CLOSED]
    assert {name for name, number in ear.ignored.items() if number} == {count}


def test_what_comes_before_the_start_is_early() -> None:
    passed_on, ear = heard(digit("1"), start(), digit("2"))
    assert passed_on[1:] == [Digit("2"), CLOSED]
    assert ear.ignored["early"] == 1


def test_too_many_malformed_messages_in_a_row_end_it_and_fewer_do_not() -> None:
    rubbish = ["rubbish"] * (MALFORMED_MAX - 1)
    assert heard(start(), *rubbish, digit("1"), *rubbish)[0][1:] == [Digit("1"), CLOSED]
    assert heard(start(), *rubbish, "rubbish", digit("1"))[0][1:] == [
        Silent("too many malformed messages")
    ]


def test_the_link_is_not_read_while_the_inbox_is_full_and_nothing_is_lost() -> None:
    async def scene() -> None:
        link, bell = Told([start(), *[digit("1")] * 200]), asyncio.Event()
        ear = Ear(link, bell)
        async with asyncio.TaskGroup() as group:
            group.create_task(ear.listen())
            await pass_time(1)
            assert len(link.messages) == 200 - INBOX_MESSAGES_MAX
            assert bell.is_set()
            count = 0
            while True:
                if (each := ear.next()) == CLOSED:
                    break
                count += isinstance(each, Digit)
                await pass_time(0)
        assert count == 200

    run(scene())


def test_counts_are_recorded_only_where_there_are_any() -> None:
    async def scene() -> None:
        for messages, expected in (
            ([start(), media()], []),
            ([start(), media(), "rubbish"], [{"malformed": 1, "media": 1}]),
        ):
            ear = Ear(Told(messages), asyncio.Event())
            await ear.listen()
            record = Record("CA1", datetime(2026, 11, 22, tzinfo=UTC), Clock(lambda: 0.0))
            ear.record_ignored(record)
            told = [dict(entry) for entry in record.entries]
            assert told == [{"t": 0.0, "what": "ignored", **each} for each in expected]

    run(scene())
