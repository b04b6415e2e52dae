"""``ivr diff``: what callers will notice between two versions of the flows.

Reads the two versions (``versions.py``) and prints what ``ivr.flow.edit.diff`` finds, for people
who answer for a line and need not read YAML. Exit code 0, also where something differs; 2 where a
version cannot be had or compiled.
"""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from ivr.cli.versions import Source, in_git, on_disk, renamed
from ivr.errors import SettingsError
from ivr.flow.edit.diff import Change, Version, Weight, alike, compare
from ivr.settings import Settings

WIDTH_MAX: Final = 100
ONLY_LOOKS: Final = "only layout or comments differ"
OTHER_WORDS: Final = "what differs comes to the same"
HEADS: Final = {
    Weight.WAYS: "Where callers end up",
    Weight.BEHAVIOUR: "How the line behaves",
    Weight.WORDING: "What callers hear",
    Weight.INSIDE: "Behind the scenes",
}


@click.command()
@click.argument("paths", nargs=-1, metavar="[[OLD] NEW]", type=click.Path(path_type=Path))
@click.option(
    "--git",
    "revision",
    metavar="REV",
    help="Where the older version is, like HEAD~3, a tag or a branch.  [default: HEAD]",
)
@click.option("--env", "environment", help="The block of settings.yaml.  [default: IVR_ENV or dev]")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON instead.")
def command(
    paths: tuple[Path, ...], revision: str | None, environment: str | None, as_json: bool
) -> None:
    """Say in plain sentences what has changed for callers.

    OLD and NEW are two flows folders, or two flow files. Where only one is named (default: flows),
    its older version comes from git: that of --git, else the last commit.
    """
    old, new = _sources(paths, revision)
    environment = environment or Settings.from_environment(os.environ).environment
    before, after = old.compiled(environment), new.compiled(environment)
    changes = [
        change
        for change in compare(before, after)
        if new.only is None or change.flow == Path(new.only).stem
    ]
    if as_json:
        click.echo(json.dumps([_object(each) for each in changes], ensure_ascii=False, indent=2))
        return
    click.echo(f"{old.name} → {new.name}")
    if not changes:
        why = ONLY_LOOKS if alike(before, after) else OTHER_WORDS
        why = "the files are the same" if _files(old) == _files(new) else why
        click.echo(f"Callers will notice nothing: {why}.")
    for line in _report(changes, after):
        click.echo(line)


def _sources(paths: Sequence[Path], revision: str | None) -> tuple[Source, Source]:
    """The two versions. Raises :class:`~ivr.errors.SettingsError`."""
    if revision is None and len(paths) == 2:
        old, new = on_disk(paths[0]), on_disk(paths[1])
        if (old.only is None) != (new.only is None):
            raise SettingsError("compare two folders, or two files: one of each cannot be compared")
        if old.only is not None and new.only is not None:
            old = renamed(old, new.only)
        return old, new
    if len(paths) > 1:
        raise SettingsError("with --git name one folder or file; its older version comes from git")
    path = paths[0] if paths else Path("flows")
    return in_git(path, revision or "HEAD"), on_disk(path)


def _files(source: Source) -> object:
    """What was compared, as it was typed."""
    files = source.folder.files
    return files if source.only is None else files[source.only]


def _object(change: Change) -> dict[str, str | None]:
    return {
        "about": change.weight.name.lower(),
        "flow": change.flow,
        "step": change.step,
        "sentence": change.sentence,
    }


def _report(changes: Sequence[Change], after: Version) -> Iterator[str]:
    """Grouped by flow, then by how much callers notice."""
    width = min(shutil.get_terminal_size((WIDTH_MAX, 0)).columns, WIDTH_MAX)
    for flow, found in groupby(changes, lambda change: change.flow):
        yield ""
        yield click.style(_title(flow, after), bold=True)
        for weight, equal in groupby(found, lambda change: change.weight):
            yield f"  {click.style(HEADS[weight], fg='cyan')}"
            for change in equal:
                yield textwrap.fill(
                    change.sentence,
                    width,
                    initial_indent="  - ",
                    subsequent_indent="    ",
                    break_long_words=False,
                    break_on_hyphens=False,
                )


def _title(flow: str | None, after: Version) -> str:
    if flow is None:
        return "The whole line"
    known = after.flows.flows.get(flow)
    title = known.title if known is not None else ""
    return f"{flow}: {title}" if title and title != flow else flow
