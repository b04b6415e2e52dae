"""What ``ivr dev`` prints: one line when all is well, and otherwise what is wrong, as ever.

Findings look as ``ivr check`` shows them and failed calls as ``ivr test`` does. Told of readings
(in a thread), of flow sets and of tests; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from ivr.cli.folder import Folder, show_problem
from ivr.cli.report import Report, Tested
from ivr.cli.watching import Read
from ivr.flow.problems import Problem, Severity
from ivr.server.editions import Finding
from ivr.server.sets import Sets
from ivr.server.studio.rehearsals import Rehearsal

FAILURES_MAX: Final = 3
"""Calls that failed and are shown after a save."""


class Screen:
    """The terminal of one ``ivr dev``."""

    def __init__(self) -> None:
        self._read: Read | None = None
        self._sets: Sets | None = None
        self._refused: tuple[Finding, ...] = ()

    def read(self, read: Read) -> None:
        """A folder is being read. Called in a thread."""
        self._read = read

    def follow(self, sets: Sets) -> None:
        """Tell of the sets as they change."""
        self._sets = sets
        sets.listen(self._changed)

    def begin(self, folder: Path, address: str) -> None:
        """The server answers."""
        click.echo(f"studio  {address}")
        click.echo(f"{folder} is watched: save a file, and the next call hears it. Ctrl-C ends.")

    def say(self, text: str) -> None:
        """One line."""
        click.echo(text)

    def outside(self, told: Mapping[str, object]) -> None:
        """Something a call asked for was answered here."""
        click.echo(f"  outside: {told.get('text')}")

    def problems(self) -> None:
        """What the checker says of the last reading; what is only worth knowing is left out."""
        if self._read is None:
            return
        for problem in _shown(self._read.loaded.problems):
            click.echo(show_problem(problem, self._read.folder))

    def rehearsed(self, rehearsal: Rehearsal) -> None:
        """The tests were made again."""
        sets = self._sets
        if sets is None or sets.refused or self._read is None:
            return
        self.problems()
        self._failures(rehearsal, self._read.folder)
        click.echo(self._line(rehearsal))

    def _failures(self, rehearsal: Rehearsal, folder: Folder) -> None:
        """The first calls that failed; the others are nearly always the same."""
        report, left = Report(), FAILURES_MAX
        for file in rehearsal.files:
            failed = [call for call in file.calls if call.failure is not None]
            report.add(Tested(folder, file.name, file.text, file.script, failed[:left]))
            left -= min(left, len(failed))
        more = sum(file.failed for file in rehearsal.files) - report.failed
        if more:
            click.echo(f"and {more} more:  ivr test {folder.path}  shows them all")

    def _line(self, rehearsal: Rehearsal) -> str:
        flows = len(rehearsal.used.flows.flows)
        parts = [
            f"set {rehearsal.used.number}",
            f"{flows} flow{'' if flows == 1 else 's'}",
            _tests(rehearsal),
            f"{rehearsal.seconds:.1f} s",
        ]
        assert self._read is not None
        findings = len(_shown(self._read.loaded.problems))
        if findings:
            parts.insert(2, f"{findings} finding{'' if findings == 1 else 's'}")
        return " · ".join(parts)

    def _changed(self) -> None:
        """Another set, or one that was refused."""
        assert self._sets is not None
        refused = self._sets.refused
        if not refused or refused is self._refused:
            self._refused = refused
            return
        self._refused = refused
        self.problems()
        for each in refused:
            if not each.file:  # no rule of the checker's
                click.echo(str(each.message))
        click.echo(f"not used; set {self._sets.now.number} goes on")


def _shown(problems: tuple[Problem, ...]) -> list[Problem]:
    return [each for each in problems if each.severity is not Severity.INFO]


def _tests(rehearsal: Rehearsal) -> str:
    made = sum(len(file.calls) for file in rehearsal.files)
    failed = sum(file.failed for file in rehearsal.files)
    unreadable = sum(bool(file.script.problems) for file in rehearsal.files)
    if not made and not unreadable:
        return "no tests"
    plural = "" if made == 1 else "s"
    if failed or unreadable:
        files = "" if unreadable == 1 else "s"
        cannot = f", {unreadable} test file{files} cannot be read" if unreadable else ""
        return f"{failed} of {made} test{plural} failed{cannot}"
    return f"{made} test{plural} passed"
