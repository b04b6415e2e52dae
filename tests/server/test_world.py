"""The world of a real line: what changes something is done once, whatever dies."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from ivr.calls.errands import World
from ivr.calls.voicemail import Voicemail
from ivr.flow.messages import ErrandDone, Invoke, Request, RequestAnswered
from ivr.flow.values import Value
from ivr.outside.functions import Registry, function
from ivr.outside.http import HttpDesk
from ivr.outside.world import Outside
from ivr.server.account import LineAccount
from ivr.server.ledger import Ledger
from ivr.server.mailroom import Events
from ivr.server.world import LiveWorld
from ivr.settings import Settings
from ivr.stores import open_store
from ivr.stores.base import Store
from tests.outside.service import Service, reply, says

booked: list[int] = []


@function
async def book(number: int) -> Value:
    """Something that happens outside."""
    booked.append(number)
    return number


def world_of(outside: Outside, store: Store) -> World:
    account = LineAccount(Settings(), store, store.outbox.put, wall_clock=lambda: datetime.now(UTC))
    nobody = cast(Voicemail, None), cast(Events, None)
    return LiveWorld(outside, *nobody, account, Ledger(store.outbox))


def request(method: str, url: str) -> Request:
    return Request(2, method, url, (), (), None, 4_000, 0, "save", f"{method} {url}")


def test_what_changes_something_is_not_asked_again_by_a_process_that_takes_over(
    tmp_path: Path,
) -> None:
    async def scene() -> tuple[list[RequestAnswered], list[str]]:
        outside = Outside(HttpDesk(frozenset(), "dev", lambda name: None), Registry([]))
        async with (
            Service(says(reply())) as service,
            open_store(str(tmp_path)) as store,
            outside,
        ):
            post = request("POST", service.url("/book"))
            first, second = world_of(outside, store), world_of(outside, store)
            answers = [await world.ask("CA1", post) for world in (first, second)]
            answers.append(await second.ask("CA2", post))
            get = request("GET", service.url("/look"))
            answers += [await world.ask("CA1", get) for world in (first, second)]
            return answers, [f"{asked.method} {asked.target}" for asked in service.asked]

    answers, asked = asyncio.run(scene())
    assert [answer.status for answer in answers] == [200, None, 200, 200, 200]
    assert "may have been done" in answers[1].problem
    assert asked == ["POST /book", "POST /book", "GET /look", "GET /look"]


def test_a_function_is_called_once(tmp_path: Path) -> None:
    async def scene() -> list[object]:
        outside = Outside(HttpDesk(frozenset(), "dev", lambda name: None), Registry([book]))
        async with open_store(str(tmp_path)) as store, outside:
            invoke = Invoke(3, "book", {"number": 7}, 4_000, "arrange")
            return [await world_of(outside, store).invoke("CA1", invoke) for _ in range(2)]

    booked.clear()
    first, second = asyncio.run(scene())
    assert first == ErrandDone(3, "done", 7)
    assert isinstance(second, ErrandDone)
    assert second.outcome == "failed"
    assert booked == [7]
