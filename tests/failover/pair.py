"""Two processes of ``ivr serve`` behind one public host, on one store; either can be killed.

The public host is an address nobody listens on. Whoever rings asks :meth:`Pair.alive` where to go
instead, as a proxy in front of two servers does.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PUBLIC: Final = "http://127.0.0.1:9"
START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 60


class Server:
    """One process, started and ended by us."""

    def __init__(self, name: str, flows: Path, logs: Path, store: str, token: str) -> None:
        self.name = name
        self.port = _free_port()
        self._flows, self._logs, self._store, self._token = flows, logs, store, token
        self._process: subprocess.Popen[bytes] | None = None
        self.ready = False

    def start(self) -> None:
        """Begin to start it; ``wait`` until it answers."""
        foreign = ("IVR_", "TWILIO_", "ELEVENLABS_")
        own = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
        log = self._logs / f"{self.name}.log"
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "ivr", "serve", str(self._flows)),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                ],
                stdout=subprocess.PIPE,
                stderr=said,
                env=own
                | {
                    "IVR_PUBLIC_URL": PUBLIC,
                    "IVR_STORE": self._store,
                    "TWILIO_AUTH_TOKEN": self._token,
                    "PYTHONUNBUFFERED": "1",
                },
            )

    def wait(self) -> None:
        """Until its first line says that it answers."""
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), f"{self.name} did not start: see its log"
        self.ready = True

    def kill(self) -> None:
        """As a crash: no signal it could catch."""
        assert self._process is not None
        self.ready = False
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS_MAX)
        self._close()

    def leave(self) -> float:
        """As a deploy: asked to go; how many seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(STOP_SECONDS_MAX)
        self.ready = False
        self._close()
        return time.monotonic() - began

    def _close(self) -> None:
        assert self._process is not None
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None


class Pair:
    """Both of them."""

    def __init__(self, flows: Path, logs: Path, store: str) -> None:
        self.token = secrets.token_hex(16)
        self.servers = tuple(
            Server(name, flows, logs, store, self.token) for name in ("one", "two")
        )

    def alive(self, first: int = 0) -> list[int]:
        """Ports of those that answer; with two of them calls are shared out by ``first``."""
        ports = [server.port for server in self.servers if server.ready]
        return ports[first % 2 :] + ports[: first % 2] if len(ports) == 2 else ports


@contextmanager
def pair(flows: Path, logs: Path, store: str) -> Iterator[Pair]:
    """Two servers that answer; gone afterwards."""
    both = Pair(flows, logs, store)
    try:
        for server in both.servers:
            server.start()
        for server in both.servers:
            server.wait()
        yield both
    finally:
        for server in both.servers:
            if server.runs:
                server.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
