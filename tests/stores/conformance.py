"""What every store must do, whatever it is made of: one function for each promise of ``base``.

A store is checked by running all promises against a :class:`Place` of its own kind. The next
kind of store runs the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import pytest

from ivr.stores.base import Parcel, Parked, StaleWriter, Store, Summary

NOW: Final = datetime.now(UTC).replace(microsecond=0)
LATER: Final = NOW + timedelta(hours=1)
CALLER: Final = "+13125550177"
OTHER: Final = "+13125550188"


class Place(Protocol):
    """Where stores of one kind are: each is opened anew, on the same data."""

    def store(self) -> Store:
        """A store that is not open yet."""
        ...

    def everything(self) -> bytes:
        """Every byte that is kept there."""
        ...


def parked(call: str = "CA1", **changes: object) -> Parked:
    plain = Parked(
        call=call,
        account="AC1",
        stream=1,
        version=1,
        flows="hash",
        facts=b'{"caller":"+13125550177"}',
        state=b"\x00state",
        entries=b'{"what":"webhook"}\n',
        phase="live",
        leaving=None,
        until=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def summary(call: str = "CA1", minutes: float = 0, **changes: object) -> Summary:
    began = NOW + timedelta(minutes=minutes)
    plain = Summary(
        call=call,
        started_at=began,
        caller=CALLER,
        called="+13125550100",
        flow="clinic",
        outcome="hangup",
        seconds=12.5,
        steps=("clinic/start", "clinic/hours"),
        ended_at=began + timedelta(seconds=12.5),
        wait_ms=21.5,
        said=2,
        keys=1,
        legs=0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def parcel(call: str = "CA1", purpose: str = "event 1", **changes: object) -> Parcel:
    return replace(Parcel(call, purpose, "event", b"payload"), **changes)  # type: ignore[arg-type]


# --------------------------------------------------------------------------- calls


async def a_parked_call_comes_back_as_it_was(place: Place) -> None:
    whole = parked(leaving=b"\xff\x00", state=None, until=LATER)
    async with place.store() as store:
        await store.calls.park(whole)
    async with place.store() as store:
        assert await store.calls.find("CA1") == whole
        assert await store.calls.find("CA2") is None
        await store.calls.forget("CA1")
        await store.calls.forget("CA1")
        assert await store.calls.find("CA1") is None


async def a_stale_writer_is_refused(place: Place) -> None:
    async with place.store() as one, place.store() as two:
        await one.calls.park(parked(stream=2, version=5))
        for late in ((1, 99), (2, 4)):
            with pytest.raises(StaleWriter):
                await two.calls.park(parked(stream=late[0], version=late[1], phase="stale"))
        found = await two.calls.find("CA1")
        assert found is not None
        assert found.phase == "live"
        for later in ((2, 5), (2, 6), (3, 0)):
            await two.calls.park(parked(stream=later[0], version=later[1], phase="new"))
        with pytest.raises(StaleWriter):
            await one.calls.park(parked(stream=2, version=7))


async def overdue_calls_come_longest_first(place: Place) -> None:
    async with place.store() as store:
        for minutes in (3, 1, 2, -1):
            await store.calls.park(parked(f"CA{minutes}", until=NOW - timedelta(minutes=minutes)))
        assert [each.call for each in await store.calls.overdue(NOW)] == ["CA3", "CA2", "CA1"]
        assert [each.call for each in await store.calls.overdue(NOW, 1)] == ["CA3"]


# --------------------------------------------------------------------------- records


async def a_call_has_one_record_whoever_writes_it(place: Place) -> None:
    async with place.store() as one, place.store() as two:
        stores = (one, two)
        wrote = await asyncio.gather(
            *(
                stores[number % 2].records.keep(summary(f"CA{number // 4}"), b"%d\n" % number)
                for number in range(40)
            )
        )
        assert sum(wrote) == 10
        assert len(await one.records.search()) == 10
        assert not await two.records.keep(summary("CA0", outcome="lost"), b"late\n")
        (found,) = await one.records.search(call="CA0")
        assert found == summary("CA0")
        assert await one.records.entries("CA0") != b"late\n"
        assert await one.records.entries("CA99") is None


async def a_call_with_a_record_is_parked_no_more(place: Place) -> None:
    async with place.store() as store:
        await store.calls.park(parked())
        await store.calls.park(parked("CA2"))
        await store.records.keep(summary(), b"")
        assert await store.calls.find("CA1") is None
        assert await store.calls.find("CA2") is not None
        with pytest.raises(StaleWriter):
            await store.calls.park(parked(stream=9))
        assert await store.calls.find("CA1") is None


async def records_are_found_by_everything_they_are_known_by(place: Place) -> None:
    said = '{"what":"asked","text":"100% Ana „Gómez“, press 1_2"}\n'
    async with place.store() as store:
        keep = store.records.keep
        await keep(summary("CAa", 1), b"")
        await keep(summary("CAb", 2, caller=None, outcome="lost", wait_ms=None), b"")
        await keep(summary("CAc", 3, caller=OTHER, called="+1", flow="main"), said.encode())

        async def found(**wishes: object) -> list[str]:
            rows = await store.records.search(**wishes)  # type: ignore[arg-type]
            return [row.call for row in rows]

        assert await found() == ["CAc", "CAb", "CAa"]
        assert await found(limit=2) == ["CAc", "CAb"]
        assert await found(since=NOW + timedelta(minutes=2)) == ["CAc", "CAb"]
        assert await found(until=NOW + timedelta(minutes=2)) == ["CAa"]
        assert await found(caller=OTHER) == await found(called="+1") == ["CAc"]
        assert await found(flow="main", outcome="hangup") == ["CAc"]
        assert await found(outcome="lost") == await found(call="CAb") == ["CAb"]
        for text in ("ana „Gómez“", "100% a", "1_2"):
            assert await found(text=text) == ["CAc"], text
        for text in ("100%a", "1x2", "press%1", "\\"):
            assert await found(text=text) == [], text


async def an_erased_caller_is_nowhere(place: Place) -> None:
    entries = f'{{"from":"{CALLER}","text":"SecretName"}}\n'.encode() * 2_000
    async with place.store() as store, place.store() as reading:
        for number in range(20):
            theirs = number % 2 == 0
            kept = summary(f"CA{number}", caller=CALLER if theirs else OTHER)
            await store.records.keep(kept, entries if theirs else b"{}\n" * 500)
        await store.calls.park(parked("CA90", facts=b"", entries=entries))
        await store.calls.park(parked("CA91", facts=b""))
        for call in ("CA0", "CA1", "CA90", "CA91"):
            await store.outbox.put(parcel(call))
            await store.outbox.intend(call, "http 1")
        await store.outbox.put(parcel("CA3", payload=b"ring " + CALLER.encode()))
        sent = parcel("CA2", payload=b"SecretName")
        await store.outbox.put(sent)
        await store.outbox.sent(sent.id)
        assert b"SecretName" in place.everything()
        erased = await store.records.erase(CALLER)
        assert (erased.records, erased.calls, erased.parcels) == (10, 1, 3)
        assert set(erased.of) == {f"CA{number}" for number in range(0, 20, 2)} | {"CA90"}
        for trace in (CALLER.encode(), b"SecretName"):
            assert trace not in place.everything()
        assert len(await reading.records.search()) == 10
        assert await reading.calls.find("CA91") is not None
        assert [each.call for each in await reading.outbox.waiting()] == ["CA1", "CA91"]
        assert (await store.records.erase(CALLER)).records == 0


async def what_is_too_old_expires_and_nothing_else(place: Place) -> None:
    month = timedelta(days=30)
    async with place.store() as store:
        for number in range(40):
            old = number % 2 == 0
            began = NOW - month if old else NOW
            text = b"OldSecret " if old else b"New "
            await store.records.keep(
                summary(f"CA{number}", started_at=began, ended_at=began), text * (50 * number)
            )
        await store.calls.park(parked("CA90"))
        await store.outbox.put(parcel("CA90"))
        sent = parcel("CA91", payload=b"SentSecret")
        await store.outbox.put(sent)
        await store.outbox.sent(sent.id)
        assert await store.records.expire(NOW - timedelta(days=7)) == 20
        assert b"OldSecret" not in place.everything()
        assert b"SentSecret" not in place.everything(), "what was sent is forgotten sooner"
        assert len(await store.records.search()) == 20
        assert await store.calls.find("CA90") is not None
        assert len(await store.outbox.waiting()) == 1
        assert await store.records.expire(NOW + month) == 20
        assert await store.calls.find("CA90") is None
        assert await store.outbox.waiting() == []


# --------------------------------------------------------------------------- outbox


async def a_parcel_is_taken_once_for_each_purpose(place: Place) -> None:
    first = parcel()
    async with place.store() as one, place.store() as two:
        wrote = await asyncio.gather(
            one.outbox.put(first), *(store.outbox.put(parcel()) for store in (one, two) * 5)
        )
        assert sum(wrote) == 1
        assert await two.outbox.put(parcel(purpose="event 2"))
        assert await two.outbox.put(parcel("CA2"))
        (kept, *_) = await two.outbox.waiting()
        await two.outbox.sent(kept.id)
        assert not await one.outbox.put(parcel()), "what was sent is not sent again"
        assert await one.outbox.count() == (2, 0)


async def a_parcel_that_is_due_goes_to_one_of_those_who_ask(place: Place) -> None:
    async with place.store() as one, place.store() as two:
        for number in range(30):
            await one.outbox.put(parcel(f"CA{number}", id=f"msg_{number}"))
        asked = await asyncio.gather(*(s.outbox.due(LATER, 4) for s in (one, two) * 4))
        taken = [each.id for batch in asked for each in batch]
        assert len(taken) == len(set(taken)) == 30
        assert await one.outbox.due(LATER) == []
        # Whoever took them died.
        assert len(await two.outbox.due(LATER + timedelta(minutes=3), 99)) == 30


async def parcels_come_in_the_order_they_are_due(place: Place) -> None:
    async with place.store() as store:
        box = store.outbox
        for minutes in (30, 10, 20, 90):
            next_try = NOW + timedelta(minutes=minutes)
            await box.put(parcel(f"CA{minutes}", id=f"msg_{minutes}", next_try=next_try))
        await box.put(parcel("CAm", kind="mail", id="msg_m", next_try=NOW))
        assert await box.next_due() == NOW
        assert await box.next_due("event") == NOW + timedelta(minutes=10)
        assert await box.next_due("sms") is None
        assert [each.id for each in await box.due(LATER, 2, "event")] == ["msg_10", "msg_20"]
        assert [each.id for each in await box.due(LATER)] == ["msg_m", "msg_30"]


async def a_parcel_that_failed_comes_again_until_it_is_given_up(place: Place) -> None:
    async with place.store() as store:
        box = store.outbox
        await box.put(parcel(id="msg_1", payload=b"\x00\xff", next_try=NOW))
        await box.failed("msg_1", "the line is dead", LATER)
        assert await box.due(LATER - timedelta(seconds=1)) == []
        (again,) = await box.due(LATER)
        assert (again.tries, again.problem, again.payload) == (1, "the line is dead", b"\x00\xff")
        await box.gave_up("msg_1", "no such address")
        await box.put(parcel("CA2", id="msg_2"))
        await box.gave_up("msg_2")
        assert await box.count() == (0, 2)
        assert [(each.id, each.problem) for each in await box.stuck()] == [
            ("msg_1", "no such address"),
            ("msg_2", None),
        ]
        assert await box.again("msg_1", LATER)
        assert [(each.id, each.tries) for each in await box.due(LATER)] == [("msg_1", 0)]
        assert await box.drop("msg_2")
        assert (await box.drop("msg_2"), await box.again("msg_9", NOW)) == (False, False)
        assert await box.count() == (1, 0)
        assert not await box.put(parcel("CA2")), "what was dropped is not sent either"


async def an_intention_is_had_once_and_what_it_came_to_is_known(place: Place) -> None:
    async with place.store() as one, place.store() as two:
        wrote = await asyncio.gather(
            *(store.outbox.intend("CA1", "http 1") for store in (one, two) * 3)
        )
        assert sum(wrote) == 1
        assert await two.outbox.intend("CA1", "http 2")
        assert await two.outbox.came_to("CA1", "http 1") is None
        await one.outbox.done("CA1", "http 1", b"\x00done")
        assert await two.outbox.came_to("CA1", "http 1") == b"\x00done"
        assert await two.outbox.came_to("CA1", "http 2") is None
        assert await two.outbox.due(LATER) == [], "nobody sends an intention"


Promise = Callable[[Place], Awaitable[None]]

PROMISES: Final[tuple[Promise, ...]] = (
    a_parked_call_comes_back_as_it_was,
    a_stale_writer_is_refused,
    overdue_calls_come_longest_first,
    a_call_has_one_record_whoever_writes_it,
    a_call_with_a_record_is_parked_no_more,
    records_are_found_by_everything_they_are_known_by,
    an_erased_caller_is_nowhere,
    what_is_too_old_expires_and_nothing_else,
)
PROMISES_OF_THE_OUTBOX: Final[tuple[Promise, ...]] = (
    a_parcel_is_taken_once_for_each_purpose,
    a_parcel_that_is_due_goes_to_one_of_those_who_ask,
    parcels_come_in_the_order_they_are_due,
    a_parcel_that_failed_comes_again_until_it_is_given_up,
    an_intention_is_had_once_and_what_it_came_to_is_known,
)
