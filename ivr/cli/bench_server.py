"""The server under test: a plain ``ivr serve`` in a process of its own, on one core, and its costs.

Processor time and memory come from ``/proc``, so they are None where there is none. Nothing is
switched off for the measurement: requests are signed, records are written. Used by ``bench_run``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ivr.cli.bench_child import stay_on
from ivr.cli.bench_vendor import KEY
from ivr.errors import IvrError
from ivr.server.twilio import VOICE_PATH

START_SECONDS_MAX: Final = 60.0
STOP_SECONDS_MAX: Final = 15.0
LOG_LINES_SHOWN: Final = 15
HOST: Final = "127.0.0.1"


class ServerFailed(IvrError):
    """The server did not start, or ended; the text has its last words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the server has used so far; None where the system does not say."""

    cpu_s: float | None
    rss_kb: int | None
    core_busy_s: float | None
    """Of its core, by everybody."""


@dataclass(slots=True)
class Line:
    """A line to bench: its flows, where it keeps things, and the token it is called with."""

    flows: Path
    store: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    port: int = field(default_factory=lambda: _free_port())

    @property
    def voice_url(self) -> str:
        """Its voice webhook."""
        return f"http://{HOST}:{self.port}{VOICE_PATH}"

    def environment(self) -> dict[str, str]:
        """Of the server and of a build for it; nothing of the operator's own line leaks in."""
        foreign = ("IVR_", "TWILIO_", "ELEVENLABS_")
        own = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
        return own | {
            "IVR_PUBLIC_URL": f"http://{HOST}:{self.port}",
            "IVR_STORE": str(self.store),
            "TWILIO_AUTH_TOKEN": self.token,
            "ELEVENLABS_API_KEY": KEY,
            "PYTHONUNBUFFERED": "1",
        }


class Running:
    """A server that answers."""

    def __init__(self, process: subprocess.Popen[str], core: int | None) -> None:
        self._process = process
        self._core = core

    def cost(self) -> Cost:
        """What it has used until now."""
        return cost_of(self._process.pid, self._core)


@contextlib.contextmanager
def serve(line: Line, core: int | None) -> Generator[Running, None, None]:
    """Serve it on this core until the block ends. Raises :class:`ServerFailed`."""
    log = line.store / "server.log"
    arguments = ("serve", str(line.flows), "--host", HOST, "--port", str(line.port), "--drain", "0")
    with log.open("w") as errors, ivr(line, arguments, errors.fileno()) as process:
        if core is not None:
            stay_on(frozenset({core}), process.pid)
        _wait_for_first_line(process, log)
        try:
            yield Running(process, core)
        finally:
            died = process.poll()
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
        if died is not None:
            raise ServerFailed(f"the server ended during the bench with code {died}{_tail(log)}")


@contextlib.contextmanager
def ivr(
    line: Line, arguments: Sequence[str], errors: int
) -> Generator[subprocess.Popen[str], None, None]:
    """Run a command of ``ivr`` for a line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr", *arguments],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env=line.environment(),
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def _wait_for_first_line(process: subprocess.Popen[str], log: Path) -> None:
    """Until it says that it answers."""
    assert process.stdout is not None, "it was asked for"
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(START_SECONDS_MAX) or not process.stdout.readline():
            raise ServerFailed(f"the server did not start{_tail(log)}")


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return ": " + " / ".join(lines) if lines else ""


def cost_of(pid: int, core: int | None) -> Cost:
    """Processor time and memory of a process, and how busy its core was with anything."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
        cores = Path("/proc/stat").read_text()
    except OSError:
        return Cost(None, None, None)
    tick = os.sysconf("SC_CLK_TCK")
    # Fields 14 and 15 of proc(5); the list begins with the third.
    cpu_s = (int(fields[11]) + int(fields[12])) / tick
    return Cost(cpu_s, _resident_kb(status), _busy_s(cores, core, tick))


def _resident_kb(status: str) -> int | None:
    for row in status.splitlines():
        if row.startswith("VmRSS:"):
            return int(row.split()[1])
    return None


def _busy_s(cores: str, core: int | None, tick: int) -> float | None:
    """All but idle and waiting for disks, of one core; what a host has stolen is in it."""
    for row in cores.splitlines():
        name, *counts = row.split()
        if core is not None and name == f"cpu{core}":
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, counts[:8])
            return (user + nice + system + irq + softirq + steal) / tick
    return None


def _free_port() -> int:
    """One that nobody listens on now. The server must know its own address before it starts."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
