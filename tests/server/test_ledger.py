"""Intentions are written down before what they are about is done, as far as the store lets us."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.server.ledger import BEGIN_SECONDS_MAX, Ledger
from ivr.stores import open_store
from ivr.stores.base import StoreError
from tests.virtual import run

DO = "do schedule 3"


def test_what_was_begun_is_not_begun_again_and_what_it_came_to_is_kept(tmp_path: Path) -> None:
    async def work() -> tuple[list[bool], bytes | None]:
        async with open_store(str(tmp_path)) as store, asyncio.TaskGroup() as group:
            ledger = Ledger(store.outbox)
            running = group.create_task(ledger.run())
            begun = [await ledger.begin("CA1", DO) for _ in range(2)]
            begun.append(await Ledger(store.outbox).begin("CA1", DO))  # another process
            begun.append(await ledger.begin("CA2", DO))
            ledger.ended("CA1", DO, "done")
            await ledger.aclose()
            outcome = await store.outbox.came_to("CA1", DO)
            running.cancel()
        return begun, outcome

    assert asyncio.run(work()) == ([True, False, False, True], b"done")


class Broken:
    """An outbox that fails, or never answers."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    async def intend(self, call: str, purpose: str) -> bool:
        """Not now."""
        if self._hangs:
            await asyncio.Event().wait()
        raise StoreError("the disk is full")


@pytest.mark.parametrize("hangs", [False, True])
def test_a_store_that_fails_or_hangs_holds_nobody_up(
    hangs: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> tuple[bool, float]:
        ledger = Ledger(Broken(hangs=hangs))  # type: ignore[arg-type]
        return await ledger.begin("CA1", DO), asyncio.get_running_loop().time()

    begun, took = run(work())
    assert begun
    assert took <= BEGIN_SECONDS_MAX + 0.01
    assert "without having been written down" in caplog.text
