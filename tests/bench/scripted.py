"""What 500 scripted calls cost: ``ivr test`` on generated calls, beside ``ivr --version``.

``python -m tests.bench.scripted [calls] [runs]`` writes the calls into a copy of the shipped flows,
makes them on one core, and prints wall and processor time; it fails if two runs print different
bytes. Times are medians; the seed is fixed, so the calls are the same everywhere.
"""

from __future__ import annotations

import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.rehearsal.stage import SHIPPED

SEED = 20261122
OPEN_AT = "2026-11-23 10:15"
CLOSED_AT = "2026-11-22 20:00"


def call(number: int, chance: random.Random) -> list[str]:
    """One call to the clinic, of one of the ways callers go, as the lines of a test."""
    digits = "".join(chance.choice("0123456789") for _ in range(8))
    wrong = chance.choice("45678")
    begin = ["      - hears: For our opening hours, press 1"]
    connected = ["      - transferred: front_desk", "      - ended: transferred"]
    ways = [
        [*begin, "      - presses: 1", "      - hears: We are open Monday", "      - hangs_up"],
        [
            *begin,
            "      - presses: 2",
            "      - hears: eight digit patient number",
            f"      - presses: {digits}",
            "      - hears: If that is right, press 1",
            "      - presses: 1",
            f"      - requested: GET /patients/{digits}",
            "      - hears: Thank you, Ana Gómez",
            "      - presses: 1",
            "      - requested: POST /appointments",
            "      - hears: You are booked",
            "      - ended: hangup",
        ],
        [
            *begin,
            f"      - presses: {wrong}",
            f"      - hears: {wrong} is not one of the choices",
            "      - silent",
            "      - hears: hear anything",
            "      - presses: 0",
            *connected,
        ],
        [
            "      - hears: Para español",
            "      - presses: 9",
            "      - hears: oprima 1",
            "      - presses: 1",
            "      - hears: Nuestro horario es",
            "      - call: {language: es-US}",
            "      - hangs_up",
        ],
        [*begin, "      - silent", "      - silent", "      - silent", *connected],
    ]
    closed = chance.random() < 0.1
    steps = [
        "      - hears: Our offices are closed",
        "      - records: 6s",
        "      - ended: hangup",
    ]
    lines = steps if closed else chance.choice(ways)
    at = CLOSED_AT if closed else OPEN_AT
    return [f"  call {number}:", f"    at: {at}", "    steps:", *lines]


def scripted(calls: int) -> str:
    """A test file of so many calls; the same for the same number."""
    chance = random.Random(SEED)
    lines = [line for number in range(1, calls + 1) for line in call(number, chance)]
    top = ["flow: clinic", "answers: {POST /appointments: 201}", "calls:"]
    return "\n".join([*top, *lines, ""])


def timed(command: Sequence[str], runs: int) -> tuple[float, float, set[bytes]]:
    """Median wall and processor seconds of a command, and everything it printed."""
    walls, cores, printed = [], [], set()
    for _ in range(runs):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=True)
        walls.append(time.perf_counter() - begin)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cores.append(spent)
        printed.add(done.stdout + done.stderr)
    return statistics.median(walls), statistics.median(cores), printed


def main(calls: int, runs: int) -> None:
    """Write the calls, make them, and print what that took."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ivr = (sys.executable, "-m", "ivr")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        below = Path(folder, "tests")
        shutil.rmtree(below)
        below.mkdir()
        (below / "clinic.test.yaml").write_text(scripted(calls), "utf-8")
        version = timed((*ivr, "--version"), runs)
        test = timed((*ivr, "test", folder, "--transcript"), runs)
        plain = timed((*ivr, "test", folder), runs)
    assert len(test[2]) == len(plain[2]) == 1, "two runs printed different things"
    [printed] = plain[2]
    assert printed == f"{calls} passed, 0 failed\n".encode(), printed.decode()
    print(f"{platform.machine()}, Python {platform.python_version()}, one core, {runs} runs")
    for name, (wall, core, _) in {
        "ivr --version": version,
        f"ivr test, {calls} calls": plain,
        "the same with --transcript": test,
    }.items():
        print(f"{name:28} {wall:6.2f} s   {core:6.2f} s of processor")
    wall, core = plain[0] - version[0], plain[1] - version[1]
    print(f"{'beyond ivr --version':28} {wall:6.2f} s   {core:6.2f} s of processor")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*[*arguments, *(500, 5)[len(arguments) :]])
