"""How soon a caller hears something: from ``start`` to the first frame, beside a bare echo server.

    python -m tests.bench.first_frame [--calls 200] [--runs 3]

Rings an unsigned ``ivr serve`` in a process of its own, call after call, as Twilio would. The first
text is known (its take is made at the webhook), so what is measured is ours: reading ``start``, the
machine's first turn, and the way out. The echo server is the same uvicorn with the same settings
and nothing behind it: what it takes is the price of two messages on this machine. Besides, the time
from a key to the ``clear`` that answers it, and to the frame behind that.

Not a test: nothing is asserted. Medians, 95th percentiles, in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from ivr.server.run import listen
from ivr.server.wire import StreamProtocol, WebProtocol

ECHO = "--echo-server"
ACCOUNT = "AC00000000000000000000000000000001"
FLOWS = {
    "main.yaml": """
title: The bench
voice: beeps
anytime:
  star: repeat
steps:
  main:
    say: Welcome. For sales, press 1. To hear this again, press star.
    menu:
      1: hangup
""",
    "settings.yaml": "voices:\n  beeps: {provider: tone}\n",
}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"{'':8}{'echo':>16}{'start → frame':>18}{'key → clear':>16}{'key → frame':>16}")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FLOWS.items():
            Path(folder, name).write_text(text)
        for number in range(given.runs):
            measured = asyncio.run(one_run(folder, given.calls))
            cells = "".join(f"{show(values):>17}" for values in measured)
            print(f"run {number + 1:<4}{cells}", flush=True)


def show(seconds: list[float]) -> str:
    """Median and 95th percentile."""
    ms = sorted(value * 1000 for value in seconds)
    return f"{statistics.median(ms):.2f} / {ms[int(len(ms) * 0.95)]:.2f}"


async def one_run(
    flows: str, calls: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Echoes and calls by turns, so that the machine is the same for both."""
    echoes: list[float] = []
    frames: list[float] = []
    clears: list[float] = []
    answers: list[float] = []
    with (
        process("-m", "tests.bench.first_frame", ECHO) as echo,
        process("-m", "ivr", "serve", flows, "--port", "0", store=f"{flows}/.var") as line,
    ):
        async with aiohttp.ClientSession() as http, connect(f"ws://{echo}/") as socket:
            for number in range(calls):
                echoes.append(await one_echo(socket))
                first, clear, answer = await one_call(http, line, f"CA{number:032x}")
                frames.append(first)
                clears.append(clear)
                answers.append(answer)
    return echoes, frames, clears, answers


async def one_echo(socket: ClientConnection) -> float:
    began = time.perf_counter()
    await socket.send(json.dumps({"event": "media", "payload": "x" * 200}))
    await socket.recv()
    return time.perf_counter() - began


async def one_call(http: aiohttp.ClientSession, base: str, sid: str) -> tuple[float, float, float]:
    """Seconds from ``start`` to the first frame, from a key to ``clear``, and to the next frame."""
    form = {"CallSid": sid, "AccountSid": ACCOUNT, "From": "+15559990000", "To": "+15550001111"}
    async with http.post(f"http://{base}/twilio/voice", data=form) as reply:
        stream = ET.fromstring(await reply.text())[0][0].attrib["url"]
    named = {"streamSid": "MZ1"}
    async with connect(stream, compression=None) as socket:
        await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        start = {"accountSid": ACCOUNT, "callSid": sid, "streamSid": "MZ1"}
        began = time.perf_counter()
        await socket.send(json.dumps({"event": "start", "start": start, **named}))
        await until(socket, "media")
        first = time.perf_counter() - began
        key = json.dumps({"event": "dtmf", "dtmf": {"digit": "*"}, **named})
        await until(socket, "media", quiet=True)
        began = time.perf_counter()
        await socket.send(key)
        await until(socket, "clear")
        clear = time.perf_counter() - began
        await until(socket, "media")
        answer = time.perf_counter() - began
        await socket.send(json.dumps({"event": "stop", "stop": {"callSid": sid}, **named}))
    return first, clear, answer


async def until(socket: ClientConnection, event: str, *, quiet: bool = False) -> None:
    """Read to a message of a kind, or until nothing has come for a while."""
    try:
        async with asyncio.timeout(0.05 if quiet else 10):
            while json.loads(await socket.recv())["event"] != event or quiet:
                pass
    except TimeoutError:
        if not quiet:
            raise


@contextmanager
def process(*arguments: str, store: str = "") -> Generator[str, None, None]:
    """A server in a process of its own; yields the address its first line names."""
    env = {"IVR_UNSIGNED": "1", "IVR_STORE": store, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | env,
    )
    try:
        assert running.stdout is not None
        named = re.search(r"127\.0\.0\.1:\d+", running.stdout.readline())
        assert named is not None, "the server did not start"
        yield named[0]
    finally:
        running.kill()
        running.wait()


def echo_server() -> None:
    """The bare one: the same uvicorn, and what comes goes back."""

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            return

    app = Starlette(routes=[WebSocketRoute("/", echo)])
    config = uvicorn.Config(
        app,
        http=WebProtocol,
        ws=StreamProtocol,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    sock = listen("127.0.0.1", 0)
    print(f"127.0.0.1:{sock.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run([sock])


if __name__ == "__main__":
    if ECHO in sys.argv:
        echo_server()
    else:
        main()
