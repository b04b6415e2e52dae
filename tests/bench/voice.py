"""How much of a live text's way to the caller is ours: from the vendor's first byte to the phone's.

    python -m tests.bench.voice [--calls 20] [--runs 3]

Three processes and this one: a fake ElevenLabs (a handshake of 120 ms, the first byte 75 ms after a
text, ten times real time), ``ivr serve`` with a voice of it, a bare echo server, and a telephone
that rings and connects as Twilio does. The vendor notes when it writes the first audio of each
text, before it writes it, on the clock that all processes of a machine share. Rows:

    live, warm      a text with a value in it; the voice has a socket open
    … on a key      the same in the middle of the call: a key asks for another text
    live, cold      no socket is open when the call rings
    fixed, …        a text without values, heard for the first time since the server began
    Spanish, …      and the call before it was in English

Columns, in milliseconds, median / 95th percentile: ``echo`` two messages through a bare server,
the price of this machine; ``start → frame`` what a caller waits; ``byte → frame`` from the vendor's
first byte, or from ``start`` where the byte was sooner, to the first frame at the phone: what is
ours. ``dialled`` is how many sockets to the vendor a call has cost.

Not a test: nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from ivr.fakes.elevenlabs import VOICE, FakeVendor, Pace
from tests.bench.first_frame import ACCOUNT, ECHO, one_echo

VENDOR = "--vendor"
HANDSHAKE_MS = 120
FIRST_BYTE_MS = 75
SPEED = 10
KEY = "bench-key"
TWILIO_S = 0.15
"""From the answer to the webhook to ``start``, about as long as Twilio takes to connect."""
REST_S = 0.05
"""Between two calls: for sockets to be closed, or to be put aside as warm."""
BOUND_S = 10

TEXTS = {
    "live": ("en-US", "Hi, ${call.language}."),
    "vivo": ("es-US", "Ay, ${call.language}."),
    "fixed": ("en-US", "Hi, {}."),
    "fijo": ("es-US", "Ay, {}."),
}
"""Language and text of each kind of call. Short: most of a call is waited for its end."""
VOICE_OF_SETTINGS = f"{{provider: elevenlabs, voice_id: {VOICE}}}"
FLOW = """
title: The bench
languages:
  {language}: {{voice: sarah}}
steps:
  main:
    say: {text}
    menu:
      1: more
  more:
    say: And ${{call.language}}.
    menu:
      1: main
"""
NUMBERS = {"live": "+15550000001", "vivo": "+15550000002"}
"""Of texts with a value; the others are heard for the first time only once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of call."""

    name: str
    text: str = "live"
    cold: bool = True
    """Whether every socket to the vendor is cut before each call."""
    delay_s: float = TWILIO_S
    """From the answer to the webhook to ``start``."""

    @property
    def after_english(self) -> bool:
        """Whether somebody else rings in English before each call."""
        return TEXTS[self.text][0] != TEXTS["live"][0]


ROWS = (
    Row("live, warm", cold=False),
    Row("live, cold"),
    Row("live, cold, start at once", delay_s=0),
    Row("fixed, warm", "fixed", cold=False),
    Row("fixed, cold", "fixed"),
    Row("fixed, cold, start at once", "fixed", delay_s=0),
    Row("Spanish live, cold", "vivo"),
    Row("Spanish live, cold, at once", "vivo", delay_s=0),
    Row("Spanish fixed, cold", "fijo"),
)


@dataclass(slots=True)
class Measured:
    """All calls of one row, in seconds."""

    echo: list[float] = field(default_factory=list)
    wait: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    ours_on_key: list[float] = field(default_factory=list)
    wait_on_key: list[float] = field(default_factory=list)
    dialled: list[int] = field(default_factory=list)


def main() -> None:
    """Measure, and print a table for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_flows(Path(folder), given.calls)
        for number in range(given.runs):
            head = f"{'echo':>15}{'start → frame':>18}{'byte → frame':>16}{'dialled':>10}"
            print(f"run {number + 1:<26}{head}")
            asyncio.run(one_run(folder, given.calls))


def write_flows(folder: Path, calls: int) -> None:
    """The flows: one for each live text, and one for each time that a fixed text is rung."""
    flows = {number: TEXTS[kind] for kind, number in NUMBERS.items()}
    for row in ROWS:
        language, text = TEXTS[row.text]
        for number in range(calls + 1 if row.text not in NUMBERS else 0):
            said = text.format(f"{ROWS.index(row)} {number}")
            flows[number_of(row, number)] = (language, said)
    for called, (language, text) in flows.items():
        (folder / f"f{called[1:]}.yaml").write_text(FLOW.format(language=language, text=text))
    entries = "".join(f"{called}: f{called[1:]}\n" for called in flows)
    (folder / "numbers.yaml").write_text(entries)
    (folder / "settings.yaml").write_text(f"voices:\n  sarah: {VOICE_OF_SETTINGS}\n")


def number_of(row: Row, number: int) -> str:
    """What is called for a row's call of this number."""
    return NUMBERS.get(row.text) or f"+1555{ROWS.index(row) + 1:03d}{number:04d}"


async def one_run(flows: str, calls: int) -> None:
    """All rows, by turns with echoes; one more call before each row that is not counted."""
    with contextlib.ExitStack() as stack:
        vendor = Vendor(stack.enter_context(process("-m", "tests.bench.voice", VENDOR)))
        echo = address(stack.enter_context(process("-m", "tests.bench.first_frame", ECHO)))
        keys = {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": vendor.url}
        store = stack.enter_context(tempfile.TemporaryDirectory())  # takes outlive a server
        settings = {"IVR_UNSIGNED": "1", "IVR_STORE": store, **keys}
        serve = process("-m", "ivr", "serve", flows, "--port", "0", **settings)
        line = address(stack.enter_context(serve))
        async with aiohttp.ClientSession() as http, connect(f"ws://{echo}/") as socket:
            for row in ROWS:
                measured = Measured()
                for number in range(calls + 1):
                    if row.after_english:
                        await Phone(http, line, NUMBERS["live"], TWILIO_S).ring()
                    if row.cold:
                        vendor.ask("cut")
                    await pause(REST_S)
                    vendor.ask("tell")
                    call = Phone(http, line, number_of(row, number), row.delay_s)
                    await call.ring()
                    told = vendor.ask("tell")
                    if number:
                        measured.echo.append(await one_echo(socket))
                        take_in(measured, call, told)
                show(row, measured)


def take_in(measured: Measured, call: Phone, told: Mapping[str, Any]) -> None:
    """One call's times."""
    first, *rest = told["first_bytes"]
    measured.wait.append(call.heard_at - call.started_at)
    measured.ours.append(call.heard_at - max(call.started_at, first))
    measured.dialled.append(told["dialled"])
    if rest:
        measured.wait_on_key.append(call.answered_at - call.pressed_at)
        measured.ours_on_key.append(call.answered_at - rest[0])


def show(row: Row, measured: Measured) -> None:
    """A line of the table, and one for the key of a live text."""
    cells = [cell(measured.echo), cell(measured.wait), cell(measured.ours)]
    dialled = f"{statistics.mean(measured.dialled):.1f}"
    print(f"{row.name:<30}{cells[0]:>15}{cells[1]:>18}{cells[2]:>16}{dialled:>10}", flush=True)
    if measured.ours_on_key and not row.cold:
        cells = [cell(measured.wait_on_key), cell(measured.ours_on_key)]
        print(f"{'  … on a key':<45}{cells[0]:>18}{cells[1]:>16}", flush=True)


def cell(seconds: list[float]) -> str:
    """Median and 95th percentile."""
    ms = sorted(value * 1000 for value in seconds)
    return f"{statistics.median(ms):.2f} / {ms[int(len(ms) * 0.95)]:.2f}"


# --- the telephone -------------------------------------------------------------------------------


class Phone:
    """One call: rings, connects so long after the answer, listens, presses 1, hangs up."""

    def __init__(self, http: aiohttp.ClientSession, line: str, called: str, delay_s: float) -> None:
        self._http = http
        self._line = line
        self._called = called
        self._delay_s = delay_s
        self._sid = f"CA{time.monotonic_ns():032x}"
        self.started_at = self.heard_at = self.pressed_at = self.answered_at = 0.0
        """On the machine's monotonic clock, in seconds."""

    async def ring(self) -> None:
        """The call, from its webhook to its end."""
        form = {
            "CallSid": self._sid,
            "AccountSid": ACCOUNT,
            "From": "+15559990000",
            "To": self._called,
        }
        async with self._http.post(f"http://{self._line}/twilio/voice", data=form) as reply:
            stream = ET.fromstring(await reply.text())[0][0].attrib["url"]
        connected = asyncio.get_running_loop().time() + self._delay_s
        named = {"streamSid": "MZ1"}
        start = {"accountSid": ACCOUNT, "callSid": self._sid, "streamSid": "MZ1"}
        async with connect(stream, compression=None) as socket:
            await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
            await pause(connected - asyncio.get_running_loop().time())
            self.started_at = time.monotonic()
            await socket.send(json.dumps({"event": "start", "start": start, **named}))
            self.heard_at = await until(socket, "media")
            await until(socket, "mark")
            self.pressed_at = time.monotonic()
            await socket.send(json.dumps({"event": "dtmf", "dtmf": {"digit": "1"}, **named}))
            await until(socket, "clear")
            self.answered_at = await until(socket, "media")
            await until(socket, "mark")
            stop = {"event": "stop", "stop": {"callSid": self._sid}, **named}
            await socket.send(json.dumps(stop))


async def until(socket: ClientConnection, event: str) -> float:
    """Read to a message of a kind; when it came."""
    async with asyncio.timeout(BOUND_S):
        while True:
            message = await socket.recv()
            now = time.monotonic()
            if json.loads(message)["event"] == event:
                return now


async def pause(seconds: float) -> None:
    """Let time pass, as a telephone network does."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(max(0.0, seconds), passed.set)
    await passed.wait()


# --- the other processes -------------------------------------------------------------------------


@contextlib.contextmanager
def process(*arguments: str, **env: str) -> Generator[subprocess.Popen[str], None, None]:
    """A Python process of its own."""
    running = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", **env},
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def address(running: subprocess.Popen[str]) -> str:
    """Where a server answers, as its first line says."""
    assert running.stdout is not None
    named = re.search(r"127\.0\.0\.1:\d+", running.stdout.readline())
    assert named is not None, "the server did not start"
    return named[0]


class Vendor:
    """The vendor's process, seen from this one."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        self.url = f"http://{address(running)}"

    def ask(self, what: str) -> dict[str, Any]:
        """``cut`` all sockets, or ``tell`` what happened since it was asked last."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(f"{what}\n")
        self._running.stdin.flush()
        told: dict[str, Any] = json.loads(self._running.stdout.readline())
        return told


class Stamped(web.WebSocketResponse):
    """A socket of the vendor that notes when the first audio of each context is written."""

    first_bytes: dict[str, float]

    async def send_str(self, data: str, compress: int | None = None) -> None:
        """Note it before it is written: afterwards the other side may have run already."""
        if data.startswith('{"audio": "'):
            Stamped.first_bytes.setdefault(data[data.rfind('"contextId"') :], time.monotonic())
        await super().send_str(data, compress)


async def vendor_process() -> None:
    """The fake vendor; answers each line on its standard input with one of JSON."""
    Stamped.first_bytes = {}
    web.WebSocketResponse = Stamped  # type: ignore[assignment,misc]
    pace = Pace(first_byte_ms=FIRST_BYTE_MS, speed=SPEED)
    async with FakeVendor(key=KEY, pace=pace, handshake_ms=HANDSHAKE_MS) as vendor:
        print(vendor.url, flush=True)
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        known = 0
        async for line in lines:
            if line.strip() == b"cut":
                vendor.cut_sockets()
            told = {
                "first_bytes": list(Stamped.first_bytes.values()),
                "dialled": len(vendor.sockets) - known,
            }
            known = len(vendor.sockets)
            Stamped.first_bytes.clear()
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    if VENDOR in sys.argv:
        asyncio.run(vendor_process())
    else:
        main()
