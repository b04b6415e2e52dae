"""What ``ivr test`` says of the calls it made: as text, as JSON, and for build servers.

Told of each file as its calls are made; decides nothing. Used by ``test.py`` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import click
import msgspec

from ivr.cli.folder import Folder, show_problems
from ivr.flow.problems import Problem, Span
from ivr.rehearsal.caller import Rehearsed
from ivr.rehearsal.coverage import Coverage, summary
from ivr.rehearsal.script import Script
from ivr.rehearsal.transcript import heading, render


@dataclass(frozen=True, slots=True)
class Tested:
    """One test file and the calls that were made of it."""

    folder: Folder
    name: str
    text: str
    script: Script
    calls: Sequence[Rehearsed]


@dataclass(slots=True)
class Report:
    """The calls of one run, counted and told."""

    verbose: bool = False
    transcript: bool = False
    quiet: bool = False
    """Nothing is printed before the end."""
    passed: int = 0
    failed: int = 0
    unreadable: int = 0
    """Files that could not be read."""
    _files: list[Tested] = field(default_factory=list)
    _covered: list[tuple[Folder, Coverage]] = field(default_factory=list)

    def add(self, file: Tested) -> None:
        """The calls of one file were made."""
        self._files.append(file)
        for call in file.calls:
            self.failed += call.failure is not None
            self.passed += call.failure is None
            if not self.quiet:
                self._show(call, file.folder)
        if file.script.problems:
            self.unreadable += 1
            if not self.quiet:
                folder = replace(file.folder, files={file.name: file.text})
                click.echo(show_problems(file.script.problems, folder), err=True)

    def covered(self, folder: Folder, coverage: Coverage) -> None:
        """All calls of a folder were made, and touched this much of it."""
        self._covered.append((folder, coverage))

    def finish(self, *, as_json: bool) -> None:
        """All calls were made: say how many, and what none of them touched."""
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(self.as_plain())).decode())
            return
        click.echo(f"{self.passed} passed, {self.failed} failed")
        for folder, coverage in self._covered:
            for problem in coverage.problems():
                click.echo(_untouched(problem, folder))
        if self._covered:
            click.echo(summary(coverage for _, coverage in self._covered))

    # ------------------------------------------------------------------ text

    def _show(self, call: Rehearsed, folder: Folder) -> None:
        script, failure = call.script, call.failure
        span = _span_of(call)
        if failure is not None or self.verbose or self.transcript:
            verdict = "passed" if failure is None else "failed"
            click.echo(f"{_place(span, folder)} {verdict}: {script.name}")
        if failure is not None or self.transcript:
            _echo_indented(_lines(call))
        if failure is not None:
            click.echo(f"  > {failure.sentence}")

    # ------------------------------------------------------------------ for programs

    def as_plain(self) -> dict[str, object]:
        """Everything, as JSON has it."""
        result: dict[str, object] = {
            "passed": self.passed,
            "failed": self.failed,
            "unreadable": [
                {"place": _place(problem.span, file.folder), "message": problem.message}
                for file in self._files
                for problem in file.script.problems
            ],
            "calls": [
                {
                    "name": call.script.name,
                    "place": _place(_span_of(call), file.folder),
                    "flow": call.script.setting.flow,
                    "passed": call.failure is None,
                    "message": call.failure.sentence if call.failure is not None else None,
                    "transcript": _lines(call),
                }
                for file in self._files
                for call in file.calls
            ],
        }
        if self._covered:
            result["coverage"] = {
                "summary": summary(coverage for _, coverage in self._covered),
                "folders": [
                    {"folder": str(folder.path), **coverage.as_plain()}
                    for folder, coverage in self._covered
                ],
            }
        return result

    def as_junit(self) -> str:
        """The calls as build servers read them."""
        from ivr.cli.junit import Case, Suite, junit  # XML, which most runs never need

        suites = []
        for file in self._files:
            cases = [
                Case(
                    name=call.script.name,
                    line=_span_of(call).line,
                    message=call.failure.sentence if call.failure is not None else None,
                    detail="\n".join(_lines(call)) if call.failure is not None else "",
                )
                for call in file.calls
            ]
            for problem in file.script.problems:
                told = f"line {problem.span.line}: {problem.message}"
                cases.append(Case("cannot be read", problem.span.line, told, problem.help, True))
            suites.append(Suite((file.folder.path / file.name).as_posix(), cases))
        return junit(suites)


def _span_of(call: Rehearsed) -> Span:
    return call.failure.direction.span if call.failure is not None else call.script.span


def _place(span: Span, folder: Folder) -> str:
    return f"{folder.path / span.file}:{span.line}:{span.column}"


def _untouched(problem: Problem, folder: Folder) -> str:
    place = _place(problem.span, folder)
    return f"{place} {problem.severity.value} {problem.code} {problem.message}"


def _lines(call: Rehearsed) -> list[str]:
    """The transcript, under its heading."""
    setting = call.script.setting
    return [heading(setting.flow, setting.started_at), *render(call.entries)]


def _echo_indented(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"    {line}")
