"""The outbox of the store of one machine keeps what every outbox promises."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.stores.conformance import PROMISES_OF_THE_OUTBOX, Promise
from tests.stores.places import Folder


@pytest.mark.parametrize("promise", PROMISES_OF_THE_OUTBOX, ids=lambda promise: promise.__name__)
def test_it_keeps_its_promises(promise: Promise, tmp_path: Path) -> None:
    async def story() -> None:
        await promise(Folder(tmp_path))

    asyncio.run(story())
