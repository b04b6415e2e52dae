"""Kill a server under its callers, again and again, and see whether anybody is lost.

    python -m tests.failover [--calls 200] [--rounds 10] [--restart] [--postgres] [--seed 1]

Two ``ivr serve`` on one store behind one public host; callers in mid-flow share them. In each round
one is killed (``kill -9``) at a random moment and started again; with ``--restart`` it is asked to
leave instead, as at a deploy. With ``--postgres`` the store is a database. At last everybody ends
their call, and the records are counted.

Prints what was seen; the exit code is 1 if anybody was lost, asked twice or booked twice.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from ivr.phone.load import Turns
from ivr.phone.load_wire import now_ms
from ivr.stores import open_store
from tests.failover.callers import Caller, Line, Lost
from tests.failover.flow import files
from tests.failover.pair import Pair, Server, pair
from tests.postgres.server import postgres

BETWEEN_S: Final = (6.0, 10.0)
"""From one server that answers again to the next that goes. Callers who are cut off again and again
before they press a key are given up, as they should be: after three times."""
END_SECONDS_MAX: Final = 60
"""For all callers to say goodbye."""


async def desk(booked: Counter[str]) -> tuple[web.AppRunner, int]:
    """Where bookings are made: counts them by call."""

    async def book(request: web.Request) -> web.Response:
        booked[(await request.json())["call"]] += 1
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_post("/book", book)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


async def ring(line: Line, caller: Caller) -> None:
    """One call; one that is lost is taken down."""
    try:
        await caller.call()
    except Lost as lost:
        line.seen.lost += 1
        line.seen.violations[f"lost: {lost}"] += 1
    except Exception as error:  # a fault of this script must not pass for a good call
        line.seen.lost += 1
        line.seen.violations[f"lost: {type(error).__name__} {error}"] += 1


async def rounds(
    line: Line, servers: Sequence[Server], count: int, *, restart: bool
) -> list[float]:
    """Take the servers down in turns; how long each took to leave."""
    took: list[float] = []
    chance = random.Random(count)
    for number in range(count):
        await asyncio.sleep(chance.uniform(*BETWEEN_S))
        server = servers[number % len(servers)]
        if restart:
            took.append(await asyncio.to_thread(server.leave))
        else:
            line.crash.port, line.crash.at_ms = server.port, now_ms()
            server.kill()
        server.start()
        await asyncio.to_thread(server.wait)
    await asyncio.sleep(2)
    return took


async def storm(both: Pair, store: str, args: argparse.Namespace, booked: Counter[str]) -> int:
    """All callers, all rounds, and the reckoning."""
    turns = Turns()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        line = Line(both, http, turns)
        turns.run()
        took: list[float] = []
        callers = [Caller(line, args.seed * 1_000 + number) for number in range(args.calls)]
        late = 0
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                for caller in callers:
                    group.create_task(ring(line, caller))
                    await asyncio.sleep(0.02)
                took = await rounds(line, both.servers, args.rounds, restart=args.restart)
                for caller in callers:
                    caller.wants_more = False
                limit.reschedule(asyncio.get_running_loop().time() + END_SECONDS_MAX)
        except TimeoutError:
            late = args.calls - line.seen.ended - line.seen.lost
            line.seen.violations["never came to its end"] += late
        turns.stop()
    await asyncio.sleep(3)
    seen = line.seen
    if twice := [call for call, times in booked.items() if times > 1]:
        seen.violations["booked twice"] += len(twice)
    async with open_store(store) as opened:
        kept = {summary.call: summary for summary in await opened.records.search(limit=100_000)}
    missing = [caller for caller in callers if caller.sid not in kept]
    if missing:
        seen.violations["no record"] += len(missing)
    outcomes = Counter(summary.outcome for summary in kept.values())
    print(f"{args.calls - late} calls, {seen.answers} answers, {seen.lost} lost; {dict(outcomes)}")
    for name, values in (("from kill to sound", seen.silences_ms), ("moved", seen.moved_ms)):
        if values:
            ordered = sorted(values)
            print(
                f"{name}: {len(values)} times, median {statistics.median(ordered):.0f} ms, "
                f"p99 {ordered[int(len(ordered) * 0.99)]:.0f} ms, most {ordered[-1]:.0f} ms"
            )
    if took:
        print(f"a process that was asked to leave was gone in {max(took):.1f} s at most")
    print(f"asked again although answered: {line.asked_again}; refused: {dict(line.refused)}")
    for violation, times in (+seen.violations).most_common():
        print(f"VIOLATION {times} times: {violation}")
    return 1 if +seen.violations else 0


async def run(args: argparse.Namespace) -> int:
    """Lay everything out, and ring."""
    booked: Counter[str] = Counter()
    runner, port = await desk(booked)
    try:
        with tempfile.TemporaryDirectory(prefix="ivr-failover-") as name:
            folder = Path(name)
            flows, logs = folder / "flows", folder / "store"
            flows.mkdir()
            logs.mkdir()
            for file, text in files(port).items():
                (flows / file).write_text(text, "utf-8")
            with place(logs, postgresql=args.postgres) as store, pair(flows, logs, store) as both:
                code = await storm(both, store, args, booked)
            if code:
                for log in sorted(logs.glob("*.log")):
                    print(f"--- {log.name}: {log.read_text('utf-8')[-3000:]}")
            return code
    finally:
        await runner.cleanup()


@contextmanager
def place(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """Where both servers keep their calls."""
    if not postgresql:
        yield str(folder)
        return
    with postgres() as server:
        yield server.url


def main() -> int:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
