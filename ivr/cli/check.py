"""``ivr check``: everything that is wrong with the flows of a folder, before a caller finds it.

Compiles as the line does, rings nobody, opens nothing but the files. Exit code 0 without findings,
1 with errors (``--strict``: or warnings), 2 where a folder cannot be read at all.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from ivr.cli.folder import load_folder, read_folder, show_problem
from ivr.flow.load import is_flow_file
from ivr.flow.problems import Severity
from ivr.settings import Settings


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Let warnings fail as errors do.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], strict: bool) -> None:
    """Say what is wrong with the flows of a folder.

    PATHS are flows folders, or flow files of which only the findings are shown; default: flows.
    """
    counts = dict.fromkeys(Severity, 0)
    flows = 0
    for path in paths or (Path("flows"),):
        only = path.name if path.is_file() else None
        folder = read_folder(path.parent if only else path)
        loaded = load_folder(folder, environment=Settings.from_environment(os.environ).environment)
        for problem in loaded.problems:
            if only in (None, problem.span.file):
                click.echo(show_problem(problem, folder))
                counts[problem.severity] += 1
        flows += sum(only in (None, name) for name in folder.files if is_flow_file(name))
    click.echo(_summary(counts, flows))
    if counts[Severity.ERROR] or (strict and counts[Severity.WARNING]):
        ctx.exit(1)


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
