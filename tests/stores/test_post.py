"""Parcels are carried until somebody takes them, and once: on virtual time, with a real outbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent
from ivr.stores.base import StoreError
from ivr.stores.post import PAUSES_S, TRIES_MAX, Post
from ivr.stores.sqlite import SqliteStore
from tests.stores.conformance import parcel
from tests.virtual import pass_time, run

BEGAN = datetime(2026, 11, 23, tzinfo=UTC)


def clock() -> datetime:
    return BEGAN + timedelta(seconds=asyncio.get_running_loop().time())


class Desk:
    """Somebody who takes parcels, and what they say to each one."""

    def __init__(self, *says: Delivery | Exception) -> None:
        self.got: list[tuple[str, float]] = []
        self.takes_s = 0.0
        self._says: Iterator[Delivery | Exception] = iter(says)

    async def take(self, parcel: Parcel) -> Delivery:
        self.got.append((parcel.id, asyncio.get_running_loop().time()))
        await pass_time(self.takes_s)
        said = next(self._says, Sent())
        if isinstance(said, Exception):
            raise said
        return said


@contextlib.asynccontextmanager
async def posting(desk: Desk, store: SqliteStore, **others: Desk) -> AsyncGenerator[Post, None]:
    desks = {"event": desk, **others}
    post = Post(
        store.outbox,
        {kind: each.take for kind, each in desks.items()},
        wall_clock=clock,
        random=Random(1),
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(post.run())
        yield post
        await post.aclose()
        task.cancel()


def store() -> SqliteStore:
    return SqliteStore(None, wall_clock=clock)


def test_a_parcel_is_handed_over_at_once_and_only_once() -> None:
    async def story() -> None:
        desk = Desk()
        async with store() as kept, posting(desk, kept) as post:
            await pass_time(10)
            assert await post.put(parcel(id="msg_1"))
            assert not await post.put(parcel(id="msg_2"))
            await pass_time(0.1)
            post.hand_in(parcel("CA2", id="msg_3"))
            await pass_time(1_000)
            assert desk.got == [("msg_1", 10), ("msg_3", 10.1)]
            assert await kept.outbox.count() == (0, 0)
            assert (post.waiting, post.stuck) == (0, 0)

    run(story())


def test_what_nobody_takes_comes_again_after_ever_longer_pauses_until_it_is_stuck(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        desk = Desk(*[Retry("nobody is there")] * TRIES_MAX)
        async with store() as kept, posting(desk, kept) as post:
            await post.put(parcel(id="msg_1"))
            await pass_time(1.5 * 86_400)
            times = [time for _, time in desk.got]
            assert {id for id, _ in desk.got} == {"msg_1"}
            assert len(times) == TRIES_MAX
            pauses = [later - time for time, later in pairwise(times)]
            for pause, plain in zip(pauses, PAUSES_S, strict=True):
                assert 0.8 * plain <= pause <= 1.2 * plain
            assert pauses != list(PAUSES_S), "not all at the same moment"
            (stuck,) = await kept.outbox.stuck()
            assert stuck.problem == "nobody is there"
            assert post.stuck == 1
            await kept.outbox.again("msg_1", clock())
            await pass_time(61)
            assert len(desk.got) == TRIES_MAX + 1, "another process may have brought it back"
            assert await kept.outbox.count() == (0, 0)

    run(story())
    assert "event msg_1 of call CA1 is stuck: nobody is there; ivr outbox retry msg_1" in (
        caplog.text
    )
    assert len(caplog.records) == 2, "said when it first fails and when it is stuck"


def test_what_is_hopeless_is_not_tried_again_and_a_pause_that_is_asked_for_is_kept() -> None:
    async def story() -> None:
        desk = Desk(Hopeless("it is gone"), Retry("slowly", after_s=500), Retry("no", 1e9))
        async with store() as kept, posting(desk, kept) as post:
            for number in (1, 2):
                await post.put(parcel(f"CA{number}", id=f"msg_{number}"))
                await pass_time(1)
            await pass_time(5_000)
            times = [time for id, time in desk.got if id == "msg_2"]
            assert times[1] - times[0] == 500
            assert times[2] - times[1] == 3_600
            assert [each.id for each in await kept.outbox.stuck()] == ["msg_1"]

    run(story())


def test_a_sender_that_hangs_or_breaks_holds_up_nothing_of_another_kind() -> None:
    async def story() -> None:
        mail, events = Desk(), Desk(ValueError("our fault"))
        mail.takes_s = 1e9
        async with store() as kept, posting(events, kept, mail=mail) as post:
            for number in range(20):
                await post.put(parcel(f"CA{number}", kind="mail"))
            await post.put(parcel("CA99"))
            await pass_time(30)
            assert len(events.got) == 2
            assert len(mail.got) == 8
            mail.takes_s = 0
            await pass_time(100)
            assert await kept.outbox.count() == (0, 0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ivr.stores.post.log.exception", lambda *_: None)
        run(story())


def test_what_was_handed_over_is_not_sent_again_because_the_store_would_not_take_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        desk = Desk()
        async with store() as kept, posting(desk, kept) as post:
            sent: Callable[[str], object] = kept.outbox.sent

            async def full(id: str) -> None:
                raise StoreError("the disk is full")

            monkeypatch.setattr(kept.outbox, "sent", full)
            await post.put(parcel())
            await pass_time(300)
            monkeypatch.setattr(kept.outbox, "sent", sent)
            assert len(desk.got) == 1
            assert await kept.outbox.count() == (1, 0)
            await pass_time(300)
            assert len(desk.got) == 1
            assert await kept.outbox.count() == (0, 0)

    run(story())


def test_a_store_that_cannot_be_read_stops_nothing_for_good(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        desk = Desk()
        async with store() as kept, posting(desk, kept) as post:
            due, times = kept.outbox.due, 0

            async def broken(
                now: datetime, limit: int = 0, kind: str | None = None
            ) -> list[Parcel]:
                nonlocal times
                times += 1
                raise StoreError("the file is damaged") if times < 3 else ValueError("our fault")

            monkeypatch.setattr(kept.outbox, "due", broken)
            await post.put(parcel())
            await pass_time(200)
            monkeypatch.setattr(kept.outbox, "due", due)
            await pass_time(61)
            assert len(desk.got) == 1

    run(story())
    assert caplog.text.count("the outbox cannot be read") == 1
    assert "a fault of ours; it goes on" in caplog.text


def test_the_end_of_the_process_waits_for_what_is_under_way() -> None:
    async def story() -> None:
        desk = Desk()
        desk.takes_s = 3
        async with store() as kept:
            async with posting(desk, kept) as post:
                post.hand_in(parcel())
                await pass_time(1)
            assert await kept.outbox.count() == (0, 0)
            desk.takes_s = 50
            async with posting(desk, kept) as post:
                await post.put(parcel("CA2"))
                await pass_time(1)
            assert asyncio.get_running_loop().time() < 15
            (lent,) = await kept.outbox.waiting()
            assert lent.next_try is not None
            assert lent.next_try > clock(), "it comes again when the loan is over"

    run(story())


def test_a_parcel_that_waits_in_a_file_is_the_same_afterwards() -> None:
    async def story() -> None:
        spelling = Post(store().outbox, {}).backlog._spelling
        whole = parcel(payload=b"\x00\xff\n")
        line = spelling.spell(replace(whole, tries=3))
        assert b"\n" not in line
        assert spelling.read(line) == whole
        with pytest.raises(ValueError, match="truncated"):
            spelling.read(b"{")

    run(story())
