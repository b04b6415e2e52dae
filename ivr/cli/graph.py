"""``ivr graph``: a flow as a picture, with what callers hear and where each key leads.

Rings nobody; the flow may have warnings, but it has to load. The picture itself is made by
:mod:`ivr.flow.graph`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import click

from ivr.cli.folder import load_folder, read_folder, show_problems
from ivr.cli.target import choose_flow
from ivr.errors import SettingsError
from ivr.flow import graph
from ivr.flow.graph.mermaid import mermaid
from ivr.flow.graph.svg import svg
from ivr.flow.problems import Severity
from ivr.settings import Settings


@click.command()
@click.argument("flow", required=False)
@click.option(
    "--flows",
    "path",
    default="flows",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The flows folder.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["svg", "mermaid", "json"]),
    help="svg for people, mermaid for documents, json for programs.  [default: by FILE, or svg]",
)
@click.option("--language", help="Of the texts.  [default: the one calls start in]")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write into this file: .svg, .mmd, .md or .json.  [default: print it]",
)
@click.pass_context
def command(
    ctx: click.Context,
    flow: str | None,
    path: Path,
    shape: str | None,
    language: str | None,
    file: Path | None,
) -> None:
    """Draw a flow: its steps, what they say, and where each key and outcome leads.

    FLOW is a flow of the folder, or its file; default: the one that callers reach.
    """
    if flow is not None and flow.endswith(".yaml"):
        path, flow = Path(flow).parent, Path(flow).stem
    folder = read_folder(path)
    loaded = load_folder(folder, environment=Settings.from_environment(os.environ).environment)
    if loaded.flows is None:
        errors = [each for each in loaded.problems if each.severity is Severity.ERROR]
        click.echo(show_problems(errors, folder), err=True)
        ctx.exit(1)
    _, chosen, _ = choose_flow(loaded.flows, flow, None, language)
    drawing = graph.draw(chosen, language=language)
    drawn = _written(drawing, shape or _shape_of(file))
    if file is not None and file.suffix.lower() == ".md":
        drawn = f"```mermaid\n{drawn}```\n"
    if file is None:
        click.echo(drawn, nl=False)
        return
    try:
        file.write_text(drawn, "utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    kinds = Counter("/" in node.step for node in drawing.nodes)
    click.echo(f"{file}: {kinds[False]} steps, {len(drawing.edges)} ways", err=True)


def _shape_of(file: Path | None) -> str:
    """What a file's name asks for."""
    suffix = file.suffix.lower() if file is not None else ""
    return {".mmd": "mermaid", ".md": "mermaid", ".json": "json"}.get(suffix, "svg")


def _written(drawing: graph.Drawing, shape: str) -> str:
    match shape:
        case "json":
            return json.dumps(graph.as_data(drawing), ensure_ascii=False, indent=1) + "\n"
        case "mermaid":
            return mermaid(drawing)
        case _:
            return svg(drawing)
