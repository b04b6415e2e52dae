"""One bench from beginning to end: processes started, calls made, numbers gathered.

The server has one core to itself, the generator and the vendor the others. Each mix gets a server
of its own (in a quick bench all share one), is rung by one caller first and then by many. Takes are
made before the first call that counts. Called by ``bench``.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import ivr
from ivr.cli import bench_phones, bench_vendor
from ivr.cli.bench_child import Child, child
from ivr.cli.bench_joins import joins_of
from ivr.cli.bench_mixes import MIXES, PATIENCE_MS, Mix, files
from ivr.cli.bench_numbers import Report, Run, run_of
from ivr.cli.bench_server import Cost, Line, Running, ServerFailed, serve
from ivr.cli.bench_server import ivr as ivr_command
from ivr.cli.bench_targets import targets_of
from ivr.phone.load import Load, Measured, Move
from ivr.phone.load_call import Piece

BUILD_SECONDS_MAX: Final = 120.0
WARM_S: Final = 0.3
"""Of the one caller: the first webhook and handshake are behind it."""
AHEAD_CALL_S: Final = (7.0, 14.0)
"""Of callers who listen 2 s before each key."""
KEPT: Final = 2
"""Of so many callers everything is kept, to listen to the joins."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long things take; seconds."""

    alone_s: float
    alone_ahead_s: float
    """Of a caller who listens 2 s before each key."""
    alone_call_s: tuple[float, float]
    many_warm_s: float
    many_s: float
    call_s: tuple[float, float]
    shared_server: bool


FULL: Final = Times(12, 24, (4, 6), 5, 14, (6, 16), shared_server=False)
QUICK: Final = Times(1.1, 2.2, (1.3, 1.4), 0.3, 1.0, (1.5, 4), shared_server=True)


@dataclass(slots=True)
class Bench:
    """What one bench is made with."""

    calls: int
    times: Times
    say: Callable[[str], None]
    """Told what is being done."""
    mixes: Sequence[Mix] = MIXES

    def run(self) -> Report:
        """Do it all. Raises ``IvrError`` for a process that failed."""
        server_core, others = cores()
        groups = [self.mixes] if self.times.shared_server else [[mix] for mix in self.mixes]
        runs: list[Run] = []
        tracks: list[list[Piece]] = []
        with (
            tempfile.TemporaryDirectory(prefix="ivr-bench-") as folder,
            child("vendor", bench_vendor.serve, others) as vendor,
            child("generator", bench_phones.serve, others) as phones,
        ):
            urls = vendor.hear()
            phones.hear()
            for number, group in enumerate(groups):
                line = _lay_out(Path(folder, str(number)), *urls)
                takes = self._prepare(line)
                with serve(line, server_core) as server:
                    hands = _Hands(line, server, vendor, phones, server.cost())
                    for mix in group:
                        made, heard = self._mix(mix, hands, built=takes == BUILT)
                        runs += made
                        tracks += heard
        joins = joins_of(tracks) if any(mix.joins for mix in self.mixes) else None
        return Report(
            version=ivr.__version__,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            quick=self.times is QUICK,
            machine=machine(),
            server_core=server_core,
            takes=takes,
            runs=tuple(runs),
            joins=joins,
            targets=targets_of(runs, joins),
        )

    def _prepare(self, line: Line) -> str:
        """Make the takes of all fixed texts, as an operator does before a deploy."""
        if not can_build():
            return WARMED
        self.say("building the takes")
        log = line.store / "build.log"
        arguments = ("build", str(line.flows), "--yes")
        with log.open("w") as errors, ivr_command(line, arguments, errors.fileno()) as process:
            try:
                output, _ = process.communicate(timeout=BUILD_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                raise ServerFailed("ivr build did not end") from None
        if process.returncode != 0:
            said = " / ".join((output + log.read_text(errors="replace")).splitlines()[-8:])
            raise ServerFailed(f"ivr build failed with code {process.returncode}: {said}")
        return BUILT

    def _mix(self, mix: Mix, hands: _Hands, *, built: bool) -> tuple[list[Run], list[list[Piece]]]:
        """One caller, then many."""
        times = self.times
        ahead = mix.patient
        alone = Load(
            voice_url=hands.line.voice_url,
            token=hands.line.token,
            number=mix.number,
            calls=1,
            moves=mix.alone,
            warm_s=WARM_S,
            measure_s=times.alone_ahead_s if ahead else times.alone_s,
            call_s=AHEAD_CALL_S if ahead else times.alone_call_s,
        )
        if not built:
            self.say(f"{mix.name}: a first call makes the takes")
            self._warm(alone, hands)
        runs, tracks = [], list[list[Piece]]()
        for load in (alone, self._many(alone, mix)):
            self.say(f"{mix.name}: {load.calls} call{'s' if load.calls > 1 else ''}")
            run, measured = self._load(mix, load, hands)
            runs.append(run)
            tracks += measured.tracks
        return runs, tracks

    def _many(self, alone: Load, mix: Mix) -> Load:
        times, ahead = self.times, mix.patient
        # Those who listen for a join must have come to it, and patient callers to their key.
        measure_s = max(times.many_s, 2.7) if mix.joins or ahead else times.many_s
        return Load(
            voice_url=alone.voice_url,
            token=alone.token,
            number=alone.number,
            calls=self.calls,
            moves=mix.loaded,
            warm_s=times.many_warm_s,
            measure_s=measure_s,
            call_s=AHEAD_CALL_S if ahead else times.call_s,
            kept=KEPT if mix.joins else 0,
            patience_ms=PATIENCE_MS,
        )

    def _warm(self, load: Load, hands: _Hands) -> None:
        """Hear every text once; its take is there from then on."""
        listen = tuple(Move((1_200, 1_300), move.key) for move in load.moves[:3])
        first = Load(
            voice_url=load.voice_url,
            token=load.token,
            number=load.number,
            calls=1,
            moves=listen,
            warm_s=WARM_S,
            measure_s=4.5,
            call_s=(60, 60),
        )
        hands.phones.tell(first)
        for _ in range(3):
            hands.phones.hear()
        hands.vendor.ask("notes")

    def _load(self, mix: Mix, load: Load, hands: _Hands) -> tuple[Run, Measured]:
        hands.vendor.ask("notes")  # what was asked before does not count
        hands.phones.tell(load)
        hands.phones.hear()
        before = hands.server.cost()
        hands.phones.hear()
        after = hands.server.cost()
        measured: Measured = hands.phones.hear()
        notes = hands.vendor.ask("notes")
        first_byte_ms = bench_vendor.QUICK_MS if mix.voice == "quick" else bench_vendor.SLOW_MS
        run = run_of(
            mix.name,
            load.calls,
            first_byte_ms,
            measured,
            notes,
            pairs=mix.pairs,
            costs=(before, after),
            idle=hands.idle,
        )
        return run, measured


BUILT: Final = "ivr build"
WARMED: Final = "a first call"


@dataclass(frozen=True, slots=True)
class _Hands:
    """Everything a mix is run with."""

    line: Line
    server: Running
    vendor: Child
    phones: Child
    idle: Cost
    """Of the server before its first call."""


def cores() -> tuple[int | None, frozenset[int]]:
    """The server's core, and those of the others; no pinning where there is nothing to choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None, frozenset()
    ours = sorted(os.sched_getaffinity(0))
    if len(ours) == 1:
        return ours[0], frozenset(ours)
    return ours[-1], frozenset(ours[:-1])


def machine() -> dict[str, str]:
    """What it ran on, in words."""
    return {
        "cores": str(os.cpu_count()),
        "processor": next(_processor(), platform.machine()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
    }


def _processor() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for row in Path("/proc/cpuinfo").read_text().splitlines():
            if row.startswith("model name"):
                yield row.partition(":")[2].strip()


def can_build() -> bool:
    """Whether this ivr can make takes ahead."""
    return Path(__file__).with_name("build.py").exists()


def _lay_out(folder: Path, quick_url: str, slow_url: str) -> Line:
    """A flow folder and a store."""
    line = Line(folder / "flows", folder / "store")
    line.flows.mkdir(parents=True)
    line.store.mkdir()
    for name, text in files(quick_url, slow_url).items():
        (line.flows / name).write_text(text, "utf-8")
    return line
