"""``ivr dev`` for a folder of flows, as an author starts it: in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

START_SECONDS_MAX: Final = 60.0
STOP_SECONDS_MAX: Final = 10.0
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/studio/")


@contextlib.contextmanager
def studio_of(folder: Path) -> Iterator[str]:
    """The address of the studio's page while it runs; what it wrote, if it does not start."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ELEVENLABS_")}
    with subprocess.Popen(
        [sys.executable, "-m", "ivr", "dev", str(folder), "--port", "0"],
        cwd=folder.parent,
        env=own | {"PYTHONUNBUFFERED": "1", "IVR_STORE": str(folder.parent / "var")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(START_SECONDS_MAX, process.kill)
        watchdog.start()
        written = []
        try:
            for line in process.stdout:
                written.append(line)
                if found := _ADDRESS.search(line):
                    break
            else:
                raise AssertionError("ivr dev did not start:\n" + "".join(written))
            watchdog.cancel()
            # What it goes on to write is read, so that it never waits for a reader.
            reader = threading.Thread(target=process.stdout.read, daemon=True)
            reader.start()
            yield found[0]
        finally:
            watchdog.cancel()
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
