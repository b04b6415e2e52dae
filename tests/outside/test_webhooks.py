"""Events as webhooks: signed so that others can check it, and what each answer means."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from ivr.flow.values import Value
from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent
from ivr.outside.webhooks import SECONDS_MAX, Webhooks, key_of, parcels, signed
from tests.outside.service import Asked, Behaviour, Service, drops, reply, says
from tests.virtual import run

AT = datetime(2026, 11, 23, 10, 15, 0, 250_000, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def event(*urls: str, number: int = 1) -> tuple[Parcel, ...]:
    data: dict[str, Value] = {"name": "Ana Gómez", "times": 2}
    return parcels(
        urls,
        call="CA1",
        flow="clinic",
        step="booked",
        event="booked",
        number=number,
        data=data,
        at=AT,
    )


def delivered(behaviour: Behaviour, environment: str = "dev") -> tuple[Delivery, list[Asked]]:
    async def story() -> tuple[Delivery, list[Asked]]:
        hooks = Webhooks([SECRET, "another secret of ours"], environment, now=lambda: 1614265330.9)
        async with Service(behaviour) as service, hooks:
            (parcel,) = event(service.url("/ivr?key=s3cret"))
            return await hooks.send(parcel), service.asked

    return run(story())


def test_the_signature_is_the_one_others_compute() -> None:
    # The example of the reference libraries, https://github.com/standard-webhooks/standard-webhooks
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        [key_of(SECRET), key_of("whsec_" + "AAAA")],
    )
    first, second = headers["webhook-signature"].split()
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert second.startswith("v1,")
    assert second != first
    assert "webhook-signature" not in signed("msg_1", 1, b"", [])
    assert key_of("plain text") == b"plain text"
    with pytest.raises(ValueError, match="no base64"):
        key_of("whsec_!")


def test_an_event_arrives_whole_and_signed_over_what_arrived() -> None:
    delivery, (asked,) = delivered(says(reply(202)))
    assert delivery == Sent()
    assert (asked.method, asked.target) == ("POST", "/ivr?key=s3cret")
    body = json.loads(asked.body)
    id = body.pop("id")
    assert body == {
        "event": "booked",
        "call": "CA1",
        "flow": "clinic",
        "step": "booked",
        "data": {"name": "Ana Gómez", "times": 2},
        "at": "2026-11-23T10:15:00.250+00:00",
    }
    headers = {name.lower(): value for name, value in asked.headers.items()}
    expected = signed(id, 1614265330, asked.body, [key_of(SECRET), b"another secret of ours"])
    assert expected.items() <= headers.items()
    assert headers["content-type"] == "application/json"


def test_each_address_has_a_parcel_that_is_the_same_one_when_it_is_told_again() -> None:
    one, two = event("https://a.example/x", "https://b.example/")
    assert one.purpose != two.purpose
    assert one.id != two.id
    (again,) = event("https://a.example/x")
    (next_one,) = event("https://a.example/x", number=2)
    assert again.purpose == one.purpose != next_one.purpose


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (says(reply(204, b"")), Sent()),
        (says(reply(500)), Retry("answered 500")),
        (says(reply(503, headers={"Retry-After": "90"})), Retry("answered 503", 90.0)),
        (says(reply(429, headers={"Retry-After": "Mon"})), Retry("answered 429")),
        (says(reply(408)), Retry("answered 408")),
        (says(reply(410)), Hopeless("answered 410")),
        (says(reply(404)), Hopeless("answered 404")),
        (says(reply(302, headers={"Location": "/"})), Hopeless("redirects are not followed")),
        (drops, Retry("could not be asked")),
        (says(b"nonsense\r\n\r\n"), Retry("could not be asked")),
    ],
)
def test_what_an_answer_means(behaviour: Behaviour, expected: Delivery) -> None:
    delivery, asked = delivered(behaviour)
    assert type(delivery) is type(expected)
    assert len(asked) == 1
    if isinstance(delivery, Retry) and isinstance(expected, Retry):
        assert delivery.after_s == expected.after_s
    if not isinstance(delivery, Sent) and not isinstance(expected, Sent):
        assert expected.problem in delivery.problem
        assert "s3cret" not in delivery.problem


def test_nobody_is_waited_for_longer_than_a_moment() -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with Service(silent) as service, Webhooks([], "dev") as hooks:
            (parcel,) = event(service.url())
            delivery = await hooks.send(parcel)
            assert isinstance(delivery, Retry)
            assert "did not answer" in delivery.problem
            assert asyncio.get_running_loop().time() == pytest.approx(SECONDS_MAX, abs=1.5)

    run(story())


def test_an_address_that_may_not_be_asked_is_not_asked() -> None:
    delivery, asked = delivered(says(reply()), environment="production")
    assert isinstance(delivery, Hopeless)
    assert "without encryption" in delivery.problem
    assert asked == []

    async def story() -> Delivery:
        async with Webhooks([], "dev") as hooks:
            return await hooks.send(Parcel("CA1", "event", "event", b"{"))

    assert isinstance(run(story()), Hopeless)


def test_nobody_listens_there_or_the_line_is_closing() -> None:
    async def story() -> None:
        hooks = Webhooks([], "dev")
        (parcel,) = event("http://127.0.0.1:1/")
        async with hooks:
            assert isinstance(await hooks.send(parcel), Retry)
        assert await hooks.send(parcel) == Retry("the line is closing")

    asyncio.run(story())
