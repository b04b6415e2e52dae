"""The account: keys, tokens, voices; and the numbers faults are placed by."""

from __future__ import annotations

import asyncio

import pytest

from ivr.fakes.elevenlabs import FakeVendor, Faults, Pace, Plan, Tone, Witness
from ivr.fakes.elevenlabs.catalogue import VOICES, Voice
from ivr.fakes.elevenlabs.speech import Lanes
from ivr.fakes.elevenlabs.wire import Refusal
from ivr.fakes.elevenlabs.works import Account, Entry, Works, not_admitted
from tests import virtual
from tests.fakes.elevenlabs.clients import ask, dial, post, run
from tests.virtual import pass_time

ACCOUNT = Account("good", Plan(), VOICES)


@pytest.mark.parametrize(
    ("headers", "query", "entry"),
    [
        ({"xi-api-key": "good"}, {}, Entry.ADMITTED),
        ({"Authorization": "Bearer good"}, {}, Entry.ADMITTED),
        ({}, {"authorization": "good"}, Entry.ADMITTED),
        ({}, {"authorization": "Bearer good"}, Entry.ADMITTED),
        ({"xi-api-key": "Good"}, {}, Entry.REFUSED),
        ({"xi-api-key": "gööd"}, {}, Entry.REFUSED),
        ({}, {"single_use_token": "good"}, Entry.REFUSED),
        ({"xi-api-key": ""}, {}, Entry.KEYLESS),
        ({}, {}, Entry.KEYLESS),
    ],
)
def test_a_key_is_looked_for_where_it_may_stand(
    headers: dict[str, str], query: dict[str, str], entry: Entry
) -> None:
    assert ACCOUNT.enter(headers, query) is entry


def test_a_token_is_used_up() -> None:
    query = {"single_use_token": ACCOUNT.make_token()}
    assert [ACCOUNT.enter({}, query) for _ in range(2)] == [Entry.ADMITTED, Entry.REFUSED]


def test_no_key_and_a_wrong_one_are_told_apart() -> None:
    assert not_admitted(Entry.KEYLESS).code == "missing_api_key"
    assert not_admitted(Entry.REFUSED).code == "invalid_api_key"


def test_voices_are_missing_or_beyond_the_plan() -> None:
    account = Account("good", Plan(categories=frozenset({"library"})), [Voice("v", "V", "library")])
    for id, status in (("nobody", 404), ("v", 402)):
        with pytest.raises(Refusal) as refusal:
            account.voice(id)
        assert refusal.value.status == status


def test_only_requests_for_speech_and_sockets_are_counted_each_for_itself() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["http_503:request=2", "handshake_403:socket=2"]) as vendor:
            await ask(vendor, "GET", "/v1/voices")
            assert (await post(vendor)).status == 200
            async with dial(vendor):
                pass
            await ask(vendor, "GET", "/v1/models")
            assert (await post(vendor)).status == 503
            assert (await post(vendor)).status == 200
            assert vendor.faults.struck("handshake_403") == 0

    run(test())


def test_a_pause_ends_with_the_vendor_and_not_before_its_time() -> None:
    async def pauses() -> list[float]:
        works, ended = works_of_nobody(), list[float]()
        clock = asyncio.get_running_loop().time

        async def pause(ms: float) -> None:
            await works.pause(ms)
            ended.append(clock())

        async with asyncio.TaskGroup() as group:
            for ms in (2_000, 9_000, 0):
                group.create_task(pause(ms))
            await pass_time(5)
            works.closing.set()
        return ended

    assert virtual.run(pauses()) == [2.0, 5.0, 5.0]


def works_of_nobody() -> Works:
    return Works(
        account=ACCOUNT,
        witness=Witness(),
        faults=Faults(),
        pace=Pace(),
        sound=Tone(),
        lanes=Lanes(1, 0),
        handshake_ms=0,
        second_ms=1_000,
        accepts_first=False,
        odd_messages=False,
    )
