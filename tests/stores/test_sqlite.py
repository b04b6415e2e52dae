"""The store of one machine: what every store promises, and two processes on one file."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.stores import FILE, open_store
from tests.stores.conformance import PROMISES, Promise, summary
from tests.stores.places import Folder

WRITER = """
import asyncio, contextlib, os, signal, sys
from ivr.stores import open_store
from ivr.stores.base import StaleWriter
from tests.stores.conformance import parked, summary
async def main():
    async with open_store(sys.argv[1]) as store:
        print("open", flush=True)
        sys.stdin.readline()
        for number in range(40):
            with contextlib.suppress(StaleWriter):
                await store.calls.park(parked(f"CA{number}"))
            await store.records.keep(summary(f"CA{number}"), b"theirs")
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_it_keeps_its_promises(promise: Promise, tmp_path: Path) -> None:
    async def story() -> None:
        await promise(Folder(tmp_path))

    asyncio.run(story())


def test_two_processes_write_into_one_file_at_once_and_one_is_killed(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_store(str(tmp_path)) as store:
            assert child.stdout is not None
            assert child.stdin is not None
            assert child.stdout.readline() == b"open\n"
            child.stdin.write(b"\n")
            child.stdin.close()
            ours = 0
            for number in range(40):
                ours += await store.records.keep(summary(f"CA{number}"), b"ours")
            assert child.wait(60) == -signal.SIGKILL
            rows = await store.records.search()
            kept = [await store.records.entries(row.call) for row in rows]
            assert len(kept) == 40
            assert kept.count(b"ours") == ours
            assert await store.calls.overdue(rows[0].ended_at) == []

    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        asyncio.run(story())
    assert (tmp_path / FILE).exists()
