"""The fake of Twilio's REST API, asked by Twilio's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from ivr.fakes.twilio_rest import FakeTwilio

CALL = "CA" + "1" * 32
TO, FROM = "+13125550177", "+13125550100"
T = TypeVar("T")


def officially(work: Callable[[Client], T], twilio: FakeTwilio) -> T:
    """Twilio's client in a thread of its own, pointed at the fake."""

    async def both() -> T:
        async with twilio:
            client = Client(twilio.account, twilio.token)
            client.api.base_url = twilio.url
            client.get_hostname = lambda uri: uri
            return await asyncio.to_thread(work, client)

    return asyncio.run(both())


def test_the_official_client_records_a_call_and_sends_and_lists_messages() -> None:
    twilio = FakeTwilio()
    twilio.ring(CALL)

    def work(client: Client) -> list[str]:
        recording = client.calls(CALL).recordings.create(recording_channels="dual")
        client.calls(CALL).recordings(recording.sid).update(
            status="paused", pause_behavior="silence"
        )
        client.messages.create(to=TO, from_=FROM, body="hello")
        client.calls(CALL).update(status="completed")
        return [message.body for message in client.messages.list(to=TO)]

    assert officially(work, twilio) == ["hello"]
    (recording,) = twilio.recordings.values()
    assert (recording.changes, recording.status) == (["paused"], "completed")
    assert twilio.calls[CALL] == "completed"


@pytest.mark.parametrize(("number", "status", "code"), [("312", 400, 21211), (TO, 401, 20003)])
def test_the_official_client_reads_its_errors(number: str, status: int, code: int) -> None:
    twilio = FakeTwilio()
    if status == 401:
        twilio.fail("http_401")

    def work(client: Client) -> TwilioRestException:
        with pytest.raises(TwilioRestException) as caught:
            client.messages.create(to=number, from_=FROM, body="hello")
        return caught.value

    error = officially(work, twilio)
    assert (error.status, error.code) == (status, code)


def test_a_fault_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="http_429"):
        FakeTwilio().fail("http_409")
