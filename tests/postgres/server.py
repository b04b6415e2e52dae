"""A PostgreSQL server of our own for a test run: Debian's programs, a scratch folder, loopback.

It refuses to run as root, so there it runs as the user ``postgres`` that its package brings.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

USER: Final = "postgres"
START_SECONDS_MAX: Final = 30


class Server:
    """A server that can be stopped and started again, as servers are."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.data = folder / "data"
        self._log = folder / "log"
        self._port = _free_port()

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p {self._port}"
        self._run("pg_ctl", "start", "--wait", *self._where, "-l", str(self._log), "-o", options)

    def stop(self) -> None:
        """As at a power cut, as far as clients can tell: every connection breaks."""
        self._run("pg_ctl", "stop", "--wait", *self._where, "-m", "immediate")

    def make(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", USER, "--auth=trust", "--no-sync")

    @property
    def _where(self) -> Sequence[str]:
        return "-D", str(self.data), "-t", str(START_SECONDS_MAX)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if getpass.getuser() == "root":
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        # To a file: what the server inherits it keeps open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
            )
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


def programs() -> Path | None:
    """Where ``initdb`` and its like are; Debian keeps them off the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def postgres() -> Iterator[Server]:
    """A running server with an empty database; gone afterwards."""
    found = programs()
    assert found is not None, "PostgreSQL is missing: apt install postgresql"
    with tempfile.TemporaryDirectory(prefix="ivr-postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        server = Server(found, folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
