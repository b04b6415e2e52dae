"""The tests of a folder in several processes: what ``make test`` and ``make test-storm`` run.

The processes are plain pytest. Each takes one test file after the other from a common queue until
none is left, collects it and runs it: a file is read, compiled and set up in one process only, and
what it waits for is filled with the work of others. (Where each process collects every file before
the first test begins, as xdist's do, that costs more than it gains.) Whoever fails, is lost, or
leaves a file that it took unfinished makes the whole fail.

Without a folder it is all of ``tests/`` but what has a command of its own (:data:`APART`). Not for
chosen tests: ``make test ARGS="-k menu"`` is pytest itself, in one process.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import pytest

TESTS: Final = Path(__file__).parent
PROCESSES: Final = min(12, 4 * (os.cpu_count() or 1))
"""More than there are cores: much of what tests do is waiting for sockets and timers."""
APART: Final = {
    "browser": "make test-browser",
    "editor": "make test-editor",
    "image": "make image",
    "postgres": "make test-postgres",
    "simulation": "make test-storm",
}
"""Folders that another command runs: what needs more than Python and make, or minutes. ``.ci/run``
runs them all."""
FIRST: Final = (
    "cli/test_call_bank.py",
    "cli/test_build.py",
    "cli/test_call.py",
    "cli/test_call_outside.py",
    "cli/test_bench_run.py",
    "server/test_overload.py",
    "server/test_hostile.py",
    "voices/embedded/test_voice.py",
    "rehearsal/test_explore.py",
    "cli/test_say.py",
    "cli/test_serve.py",
    "server/test_twilio.py",
    "server/test_telephone.py",
    "voices/elevenlabs/test_voice.py",
    "voices/embedded/test_nano.py",
    "cli/test_vendor.py",
    "cli/test_bench_server.py",
    "phone/test_load.py",
    "flow/edit/test_layout.py",
    "server/studio/test_door.py",
    "server/test_wire.py",
)
"""What takes longest is begun first, so that not everybody waits for it at the end."""
LONGEST_SHOWN: Final = 3

PLUGIN: Final = "tests.side_by_side"
OPTION: Final = "--take-from"
"""Given to the processes: the folder, and two pipes, of the queue and for the news."""
RECORD_BYTES: Final = 100
"""Of the queue: a file, filled up with blanks. Written and read at once, it is never torn."""
GOOD: Final = ("passed", "skipped", "xfailed")


def queue_of(folder: Path) -> list[str]:
    """The test files of a folder, in the order in which they are begun."""
    within = sorted(path.relative_to(folder) for path in folder.rglob("test_*.py"))
    apart = APART if folder == TESTS else {}
    files = [path.as_posix() for path in within if path.parts[0] not in apart]
    return sorted(files, key=lambda file: FIRST.index(file) if file in FIRST else len(FIRST))


# --- in each process -----------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """This module is a plugin of the processes that it starts."""
    parser.addoption(OPTION, help="used by tests/side_by_side.py")


def pytest_configure(config: pytest.Config) -> None:
    """Take files, if there is something to take them from."""
    given: str | None = config.getoption(OPTION)
    if given is not None:
        folder, queue, news = json.loads(given)
        config.pluginmanager.register(Taker(Path(folder), queue, news))


class Taker:
    """Takes files from the queue, runs them, and tells what became of them."""

    def __init__(self, folder: Path, queue: int, news: int) -> None:
        for pipe in (queue, news):
            os.set_inheritable(pipe, False)
        self._folder, self._queue, self._news = folder, queue, news
        self._results: Counter[str] = Counter()
        self._folders: dict[Path, pytest.Collector | None] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Nothing is collected before it is taken."""
        session.config.args = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """One file after the other, until none is left."""
        collected = 0
        while record := os.read(self._queue, RECORD_BYTES):
            file, began_s = record.decode().rstrip(), time.monotonic()
            self._tell(began=file)
            collected += self._run(session, self._folder / file)
            took_s = time.monotonic() - began_s
            self._tell(ended=file, took_s=took_s, results=self._results)
            self._results.clear()
        session.testscollected = collected
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_directory(
        self, path: Path
    ) -> Generator[None, pytest.Collector | None, pytest.Collector | None]:
        """A folder is the same for all of its files: the fixtures of its conftest belong to it."""
        made = yield
        return self._folders.setdefault(path, made)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Coming too late is no fault."""
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def _run(self, session: pytest.Session, path: Path) -> int:
        """Collect and run one file, as pytest does with all; returns how many tests there were."""
        items = session.perform_collect([str(path)])
        for item, following in zip(items, [*items[1:], None], strict=False):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail or session.shouldstop:
                raise session.Interrupted(session.shouldfail or session.shouldstop)
        return len(items)

    def _tell(self, **news: object) -> None:
        os.write(self._news, json.dumps(news).encode() + b"\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count the files that could not be collected, or asked to be left out."""
        if not report.passed:
            self._results["error" if report.failed else "skipped"] += 1

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Count the tests, and print no letter for each."""
        category, _, word = yield
        if category:
            self._results[category] += 1
        return category, "", word


# --- the starter ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What the processes told."""

    files: list[str]
    running: set[str] = field(default_factory=set)
    took_s: dict[str, float] = field(default_factory=dict)
    results: Counter[str] = field(default_factory=Counter)

    def hear(self, news: Mapping[str, Any]) -> Iterator[str]:
        """Take in what a process told; the lines to be shown for it."""
        match news:
            case {"began": file}:
                self.running.add(file)
            case {"ended": file, "took_s": took_s, "results": results}:
                before = self._tenths
                self.running.remove(file)
                self.took_s[file] = took_s
                self.results.update(results)
                bad = {what: number for what, number in results.items() if what not in GOOD}
                if bad:
                    yield f"{file}: {said(bad)}"
                if self._tenths > before:
                    yield f"{self._tenths * 10:3d} %  {said(self.results)}"
            case other:
                raise AssertionError(other)

    @property
    def _tenths(self) -> int:
        return 10 * len(self.took_s) // len(self.files)

    @property
    def whole(self) -> bool:
        """Whether every file was brought to its end, and there was something in them."""
        return self.took_s.keys() == set(self.files) and bool(self.results)

    def summary(self) -> Iterator[str]:
        """What the total does not tell."""
        if self.running:
            yield f"begun and not finished: {', '.join(sorted(self.running))}"
        if unbegun := set(self.files) - self.took_s.keys() - self.running:
            yield f"not begun: {len(unbegun)} of {len(self.files)} files"
        files = sorted(self.took_s, key=self.took_s.__getitem__, reverse=True)[:LONGEST_SHOWN]
        yield f"longest: {', '.join(f'{file} {self.took_s[file]:.0f} s' for file in files)}"


def said(results: Mapping[str, int]) -> str:
    """``4792 passed, 1 failed``."""
    ordered = sorted(results.items(), key=lambda result: -result[1])
    return ", ".join(f"{number} {what}" for what, number in ordered) or "nothing"


def main(folder: Path = TESTS, processes: int = PROCESSES) -> int:
    """Run all test files of a folder; the exit code."""
    began_s = time.monotonic()
    tally = Tally(queue_of(folder))
    (queue, queue_in), (news, news_in) = os.pipe(), os.pipe()
    with ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(processes)]
        started = [start(folder, queue, news_in, output) for output in outputs]
        os.close(queue)
        os.close(news_in)
        line_up(tally.files, queue_in)
        listen(news, tally)
        codes = [process.wait() for process in started]
        for code, output in zip(codes, outputs, strict=True):
            if code:
                output.seek(0)
                print(output.read().decode(errors="replace"))
    for line in tally.summary():
        print(line)
    print(f"{said(tally.results)} in {time.monotonic() - began_s:.1f} s, {processes} processes")
    return 1 if any(codes) or not tally.whole else 0


def start(folder: Path, queue: int, news: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start one process; everything it prints goes to ``output``."""
    # What one process has compiled is there for the others and for the next run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN]
    command += [OPTION, json.dumps([str(folder), queue, news])]
    # Each would overwrite what the others remember of failures; and percentages are the starter's.
    command += ["-p", "no:cacheprovider", "-o", "console_output_style=classic"]
    if sys.stdout.isatty():
        command.append("--color=yes")
    return subprocess.Popen(
        command,
        cwd=TESTS.parent,
        env=environment,
        pass_fds=(queue, news),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def line_up(files: Iterable[str], queue: int) -> None:
    """Put the files into the queue; whoever takes one finds the end when there is no more."""
    with contextlib.suppress(BrokenPipeError):  # nobody is left, and each will have said why
        for file in files:
            record = file.encode().ljust(RECORD_BYTES)
            assert len(record) == RECORD_BYTES, f"{file}: shorter names, or longer records"
            os.write(queue, record)
    os.close(queue)


def listen(news: int, tally: Tally) -> None:
    """Show what the processes tell until the last one has ended."""
    with open(news, "rb") as told:
        try:
            for line in told:
                for shown in tally.hear(json.loads(line)):
                    print(shown, flush=True)
        except KeyboardInterrupt:  # which the processes got as well
            told.read()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if sys.argv[1:] else TESTS))
