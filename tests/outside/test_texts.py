"""Text messages on their way to Twilio: each once, and what becomes of those it does not take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from ivr.fakes.twilio_rest import FakeTwilio
from ivr.flow.messages import SendText
from ivr.outside.parcels import Delivery, Hopeless, Retry, Sent
from ivr.outside.texts import Texts, parcel_of
from ivr.outside.twilio_rest import Account, TwilioRest
from tests.virtual import run

CALL, TO, FROM = "CA1", "+13125550177", "+13125550100"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = SendText(3, TO, "Your code is 7391.", "confirm")
PARCEL = parcel_of(CALL, TEXT, NOW)


def sent(
    work: Callable[[Texts, FakeTwilio], Awaitable[list[Delivery]]],
) -> tuple[list[Delivery], FakeTwilio]:
    """Send with the fake's account, on virtual time; intentions are remembered."""
    intended: set[tuple[str, str]] = set()

    async def intend(call: str, purpose: str) -> bool:
        known = (call, purpose) in intended
        intended.add((call, purpose))
        return not known

    async def both() -> tuple[list[Delivery], FakeTwilio]:
        async with FakeTwilio(wall_clock=lambda: NOW) as twilio:
            account = Account(twilio.account, twilio.account, twilio.token, twilio.url)
            async with TwilioRest(account) as rest:
                return await work(Texts(rest, FROM, intend), twilio), twilio

    return run(both())


def test_a_message_is_a_parcel_of_its_step_and_errand_and_shows_nothing_of_itself() -> None:
    assert (PARCEL.call, PARCEL.purpose, PARCEL.kind) == (CALL, "sms confirm 3", "sms")
    assert "7391" not in repr(PARCEL)


def test_a_message_is_sent_with_one_request() -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        return [await texts.send(PARCEL)]

    deliveries, twilio = sent(work)
    assert deliveries == [Sent()]
    assert [(m.to, m.body, m.sender) for m in twilio.messages] == [(TO, TEXT.text, FROM)]
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("fault", ["lost", "wrong_json", "http_500", "reset", "http_429"])
def test_after_any_failure_it_is_there_once_in_the_end(fault: str) -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        twilio.fail(fault, times=100 if fault == "http_429" else 1)
        first = await texts.send(PARCEL)
        twilio.calm()
        return [first, await texts.send(PARCEL)]

    deliveries, twilio = sent(work)
    assert isinstance(deliveries[0], Retry)
    assert deliveries[1] == Sent()
    assert len(twilio.messages) == 1


def test_while_nobody_can_say_whether_it_was_sent_it_is_not_sent_again() -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        twilio.fail("lost")
        twilio.fail("http_500", times=1)
        return [await texts.send(PARCEL) for _ in range(3)]

    deliveries, twilio = sent(work)
    assert [type(each) for each in deliveries] == [Retry, Retry, Sent]
    assert len(twilio.messages) == 1


@pytest.mark.parametrize(
    ("text", "at", "status"),
    [
        ("Your code is 1111.", NOW, "delivered"),
        (TEXT.text, NOW - timedelta(hours=1), "delivered"),
        (TEXT.text, NOW, "failed"),
    ],
)
def test_another_message_an_older_one_or_a_failed_one_is_not_taken_for_it(
    text: str, at: datetime, status: str
) -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        twilio.fail("http_500")
        first = await texts.send(PARCEL)
        twilio.take(TO, text, FROM, at=at, status=status)
        return [first, await texts.send(PARCEL)]

    deliveries, twilio = sent(work)
    assert deliveries[1] == Sent()
    assert len(twilio.messages) == 2


def test_what_twilio_will_never_take_is_hopeless_and_says_why_without_the_number() -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        twilio.opted_out.add(TO)
        unknown = parcel_of(CALL, SendText(4, "+0", "hello", "confirm"), NOW)
        return [await texts.send(PARCEL), await texts.send(unknown)]

    deliveries, _ = sent(work)
    assert all(isinstance(each, Hopeless) for each in deliveries)
    assert "21610" in str(deliveries[0])
    assert TO not in str(deliveries)


def test_refused_credentials_are_the_operators_to_mend() -> None:
    async def work(texts: Texts, twilio: FakeTwilio) -> list[Delivery]:
        twilio.fail("http_401")
        return [await texts.send(PARCEL)]

    (delivery,), _ = sent(work)
    assert isinstance(delivery, Retry)
