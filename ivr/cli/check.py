"""``ivr check``: everything that is wrong with the flows of a folder, before a caller finds it.

Compiles as the line does, rings nobody, opens nothing but the files. Exit code 0 without findings,
1 with errors (``--strict``: or warnings), 2 where a folder cannot be read at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ivr.cli.folder import Folder, load_folder, read_folder, show_problem
from ivr.errors import SettingsError
from ivr.flow.check import SEVERITIES, manual, page
from ivr.flow.load import is_flow_file
from ivr.flow.problems import Problem, Severity
from ivr.flow.reader import did_you_mean
from ivr.settings import Settings

ALL_CODES = "all"
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with the folder it is about."""

    problem: Problem
    folder: Folder

    @property
    def file(self) -> str:
        """The path of its file from here."""
        return str(self.folder.path / self.problem.span.file)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Let warnings fail as errors do.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="text for people, json for programs, github for annotations in a pull request.",
)
@click.option(
    "--explain", metavar="CODE", help="Say what a code means, and exit; `all` for every code."
)
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], strict: bool, shape: str, explain: str | None
) -> None:
    """Say what is wrong with the flows of a folder.

    PATHS are flows folders, or flow files of which only the findings are shown; default: flows.
    """
    if explain is not None:
        click.echo(_explained(explain))
        return
    told: list[Told] = []
    flows = 0
    for path in paths or (Path("flows"),):
        only = path.name if path.is_file() else None
        folder = read_folder(path.parent if only else path)
        loaded = load_folder(folder, environment=Settings.from_environment(os.environ).environment)
        told += [Told(p, folder) for p in loaded.problems if only in (None, p.span.file)]
        flows += sum(only in (None, name) for name in folder.files if is_flow_file(name))
    counts = {s: sum(each.problem.severity is s for each in told) for s in Severity}
    click.echo(_shown(shape, told, counts, flows))
    if counts[Severity.ERROR] or (strict and counts[Severity.WARNING]):
        ctx.exit(1)


def _explained(code: str) -> str:
    """The page of a code. Raises :class:`~ivr.errors.SettingsError` if there is none."""
    if code == ALL_CODES:
        return manual().rstrip("\n")
    written = page(code.upper())
    if written is None:
        remedy = did_you_mean(code.upper(), SEVERITIES) or "`ivr check --explain all` has them all"
        raise SettingsError(f"there is no code {code}: {remedy}")
    return f"{code.upper()} ({SEVERITIES[code.upper()].value})\n\n{written}"


# --------------------------------------------------------------------------- what is printed


def _shown(shape: str, told: Sequence[Told], counts: dict[Severity, int], flows: int) -> str:
    match shape:
        case "json":
            return _json(told, counts, flows)
        case "github":
            return "\n".join([*map(_annotation, told), _summary(counts, flows)])
        case _:
            shown = [show_problem(each.problem, each.folder) for each in told]
            return "\n".join([*shown, _summary(counts, flows)])


def _json(told: Sequence[Told], counts: dict[Severity, int], flows: int) -> str:
    """One object: every finding, and how many there are of each severity."""
    findings = [
        {
            "file": each.file,
            "line": each.problem.span.line,
            "column": each.problem.span.column,
            "end_line": each.problem.span.end_line,
            "end_column": each.problem.span.end_column,
            "severity": each.problem.severity.value,
            "code": each.problem.code,
            "message": each.problem.message,
            "help": each.problem.help,
        }
        for each in told
    ]
    numbers = {f"{severity.value}s": count for severity, count in counts.items()}
    return json.dumps({"flows": flows, **numbers, "findings": findings}, ensure_ascii=False)


def _annotation(told: Told) -> str:
    """A workflow command, which shows the finding at its line of a pull request.

    docs.github.com, “Workflow commands for GitHub Actions”: values escape ``%``, line breaks, and
    in properties ``:`` and ``,``.
    """
    problem, span = told.problem, told.problem.span
    properties = {
        "file": told.file,
        "line": str(span.line),
        "col": str(span.column),
        "endLine": str(span.end_line),
        "endColumn": str(max(span.end_column, 1)),
        "title": problem.code,
    }
    written = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    message = problem.message + (f" ({problem.help})" if problem.help else "")
    return f"::{_GITHUB[problem.severity]} {written}::{_escaped(message)}"


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _summary(counts: dict[Severity, int], flows: int) -> str:
    """``no findings in 2 flows``, or ``3 errors, 1 warning``; infos are no findings."""
    findings = [
        _counted(counts[severity], severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
        if counts[severity]
    ]
    infos = [_counted(counts[Severity.INFO], "info")] if counts[Severity.INFO] else []
    return ", ".join((findings or [f"no findings in {_counted(flows, 'flow')}"]) + infos)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
