"""What is asked of Twilio's REST API, against a fake of it: what happened, and what did not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from ivr.fakes.twilio_rest import FakeTwilio
from ivr.outside.twilio_rest import (
    Account,
    Answer,
    Done,
    Gone,
    Message,
    NotSent,
    Refused,
    TwilioRest,
    Unknown,
    host,
)
from tests.virtual import run

CALL, OTHER = "CA" + "1" * 32, "CA" + "2" * 32
TO, FROM = "+13125550177", "+13125550100"
T = TypeVar("T")


def asked(
    work: Callable[[TwilioRest, FakeTwilio], Awaitable[T]], *, key: bool = False
) -> tuple[T, FakeTwilio]:
    """Do it with a client of the fake's account, on virtual time."""

    async def both() -> tuple[T, FakeTwilio]:
        async with FakeTwilio() as twilio:
            twilio.ring(CALL)
            user = (twilio.key, twilio.secret) if key else (twilio.account, twilio.token)
            async with TwilioRest(Account(twilio.account, *user, twilio.url)) as rest:
                return await work(rest, twilio), twilio

    return run(both())


@pytest.mark.parametrize("key", [False, True])
def test_a_recording_is_begun_paused_gone_on_with_and_ended(key: bool) -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> list[Answer]:
        begun = await rest.start_recording(CALL, tell="https://ivr.test/twilio/recording")
        assert isinstance(begun, Done)
        sid = begun.text("sid")
        statuses = ("paused", "in-progress", "stopped")
        return [await rest.change_recording(CALL, sid, status) for status in statuses]

    answers, twilio = asked(work, key=key)
    (recording,) = twilio.recordings.values()
    assert all(isinstance(answer, Done) for answer in answers)
    assert recording.changes == ["paused", "in-progress", "stopped"]
    assert recording.form["RecordingChannels"] == "dual"
    assert recording.form["RecordingStatusCallback"] == "https://ivr.test/twilio/recording"


def test_what_is_over_already_is_no_failure() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> list[Answer]:
        assert isinstance(await rest.hang_up(CALL), Done)
        return [
            await rest.hang_up(CALL),  # 400, 21220
            await rest.hang_up(OTHER),  # 404, 20404
            await rest.start_recording(CALL, tell=None),
            await rest.delete_recording("RE" + "0" * 32),
        ]

    answers, _ = asked(work)
    assert answers == [Gone()] * 4


def test_a_text_message_is_sent_and_found_again() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> tuple[Message, ...] | Answer:
        await rest.send_message(TO, "one", FROM)
        assert isinstance(await rest.send_message(TO, "two", "MG" + "0" * 32), Done)
        return await rest.messages_to(TO)

    listed, twilio = asked(work)
    assert isinstance(listed, tuple)
    assert [message.body for message in listed] == ["two", "one"]
    assert listed[0].created_at is not None
    assert twilio.requests[1].fields["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in twilio.requests[1].fields


def test_a_message_twilio_will_never_take_is_refused_with_its_code_and_without_its_number() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> Answer:
        twilio.opted_out.add(TO)
        return await rest.send_message(TO, "hello", FROM)

    refused, _ = asked(work)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.code) == (400, 21610)
    assert TO not in refused.problem


@pytest.mark.parametrize("fault", ["reset", "lost", "http_500", "wrong_json"])
def test_where_nobody_knows_it_is_not_done_again(fault: str) -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> Answer:
        twilio.fail(fault)
        return await rest.send_message(TO, "hello", FROM)

    answer, twilio = asked(work)
    assert isinstance(answer, Unknown)
    assert len(twilio.requests) == 1
    assert len(twilio.messages) == (1 if fault in ("lost", "wrong_json") else 0)


def test_too_many_requests_are_asked_again_and_only_within_the_time() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> list[Answer]:
        twilio.fail("http_429", times=2)
        first = await rest.send_message(TO, "hello", FROM)
        twilio.fail("http_429", times=100)
        return [first, await rest.send_message(TO, "again", FROM, seconds=1.0)]

    (first, second), twilio = asked(work)
    assert isinstance(first, Done)
    assert isinstance(second, NotSent)
    assert [message.body for message in twilio.messages] == ["hello"]


def test_an_answer_that_does_not_come_is_waited_for_so_long_and_no_longer() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> tuple[Answer, float]:
        twilio.fail("slow")
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await rest.hang_up(CALL, seconds=2.5)
        return answer, loop.time() - began

    (answer, took), _ = asked(work)
    assert isinstance(answer, Unknown)
    assert took == pytest.approx(2.5, abs=0.1)


def test_refused_credentials_name_what_to_look_at_and_not_the_credentials() -> None:
    async def work(rest: TwilioRest, twilio: FakeTwilio) -> Answer:
        twilio.fail("http_401")
        return await rest.hang_up(CALL)

    refused, twilio = asked(work)
    assert isinstance(refused, Refused)
    assert "TWILIO_ACCOUNT_SID" in refused.problem
    assert twilio.token not in refused.problem + repr(Account("AC", "AC", twilio.token))


def test_an_api_nobody_listens_at_did_nothing() -> None:
    async def work() -> Answer:
        account = Account("AC1", "AC1", "token", "http://127.0.0.1:1")
        async with TwilioRest(account) as rest:
            return await rest.hang_up(CALL, seconds=1.0)

    assert isinstance(asyncio.run(work()), NotSent)


@pytest.mark.parametrize(
    ("region", "edge", "expected"),
    [
        (None, None, "https://api.twilio.com"),
        ("ie1", None, "https://api.dublin.ie1.twilio.com"),
        (None, "dublin", "https://api.dublin.us1.twilio.com"),
        ("au1", "sydney", "https://api.sydney.au1.twilio.com"),
    ],
)
def test_the_host_is_that_of_region_and_edge(
    region: str | None, edge: str | None, expected: str
) -> None:
    assert host(region, edge) == expected
