"""What the desk for ``http`` adds to a question, beside aiohttp alone for the same one.

``python -m tests.bench.http_desk [seconds]`` asks a small service of this process over loopback,
turn by turn through :class:`ivr.outside.http.HttpDesk` and through a bare aiohttp session that
reads the body and decodes it, both over kept connections, so that a busy machine slows both. Prints
medians and 95th percentiles in microseconds, their ratio and the difference. The service is in the
same process and is part of both times. Asserts nothing.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp

from ivr.outside.http import HttpDesk
from tests.outside.service import Service, reply, request, says

ACCOUNT = {"available": {"amount": 1234.5, "currency": "USD"}, "as_of": "2026-11-22T08:00"}
WARM_UP = 200
"""Turns that are not counted."""


def _no_secret(name: str) -> str | None:
    return None


async def measure(
    ours: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]], seconds: float
) -> tuple[list[float], list[float]]:
    """Microseconds of each question through both, turn by turn."""
    took: tuple[list[float], list[float]] = [], []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for place, ask in enumerate((ours, bare)):
            begin = time.perf_counter()
            await ask()
            took[place].append(1e6 * (time.perf_counter() - begin))
    return took[0][WARM_UP:], took[1][WARM_UP:]


async def compare(name: str, body: object, seconds: float) -> None:
    """Print one line about answers with this body."""
    async with (
        Service(says(reply(200, json.dumps(body).encode()))) as service,
        HttpDesk(frozenset(), "dev", _no_secret) as desk,
        aiohttp.ClientSession() as session,
    ):
        asked = request(service.url("/accounts/c-1001/balance"), query=(("full", "yes"),))
        url = service.url("/accounts/c-1001/balance?full=yes")

        async def ours() -> object:
            return (await desk.ask(asked)).body

        async def bare() -> object:
            async with session.get(url) as response:
                return json.loads(await response.read())

        assert await ours() == await bare() == body
        through, alone = await measure(ours, bare, seconds)
    middle, beside = statistics.median(through), statistics.median(alone)
    late, beside_late = (statistics.quantiles(each, n=20)[-1] for each in (through, alone))
    print(
        f"{name:22} {middle:9.0f} {late:9.0f} {beside:9.0f} {beside_late:9.0f}"
        f" {middle / beside:8.2f} {middle - beside:+9.0f}"
    )


async def main(seconds: float) -> None:
    """Measure each body for so long."""
    print(f"{'microseconds':22} {'desk':>9} {'p95':>9} {'bare':>9} {'p95':>9} {'ratio':>8} +desk")
    await compare("an account", ACCOUNT, seconds)
    await compare("a list of 200 of them", [ACCOUNT] * 200, seconds)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0))
