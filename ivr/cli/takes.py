"""``ivr takes``: look at the takes on the shelf, check them, throw old ones away, approve some.

Nothing is made here and no voice is asked; that is ``ivr build``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from ivr.audio import loudness
from ivr.cli.build import TAKES_HELP, chosen, compiled
from ivr.cli.folder import read_folder
from ivr.cli.voices import access_of
from ivr.prompts.lock import COLUMNS, LOCK_FILE, line_of, read_lock, write_lock
from ivr.prompts.shelf import Damage, Shelf, Shelved
from ivr.prompts.wanted import wanted
from ivr.settings import Settings

FAILED: Final = 1
FLOWS_HELP: Final = "The folder of takes.lock."


@click.group()
@click.option("--takes", type=click.Path(file_okay=False, path_type=Path), help=TAKES_HELP)
@click.pass_context
def command(ctx: click.Context, takes: Path | None) -> None:
    """List, check, approve or throw away the takes that were made.

    ivr build makes them.
    """
    ctx.obj = Shelf(takes or Settings.from_environment(os.environ).takes_folder)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object for each take.")
@click.pass_obj
def list_(shelf: Shelf, as_json: bool) -> None:
    """Show every take: its id, voice, language, length, loudness and text."""
    takes, damages = _contents(shelf)
    if as_json:
        click.echo(json.dumps([_as_json(take) for take in takes], ensure_ascii=False, indent=1))
        return
    if takes:
        click.echo(COLUMNS)
    for take in takes:
        click.echo(str(line_of(take, take.voice)))
    size = sum(len(take.audio) for take in takes)
    seconds = sum(take.seconds for take in takes)
    what = f"{_count(takes, 'take')}, {seconds:.0f} s of speech, {size / 1e6:.1f} MB"
    click.echo(f"{what} in {shelf.folder}")
    if damages:
        click.echo(f"{_count(damages, 'damaged file')}; ivr takes verify says which")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Read every take, and say which are damaged; ivr build makes those again.

    Ends with 1 if there are any.
    """
    takes, damages = _contents(ctx.obj)
    if as_json:
        told = [{"file": each.path.name, "reason": each.reason} for each in damages]
        click.echo(json.dumps({"good": len(takes), "damaged": told}, indent=1))
    else:
        for each in damages:
            click.echo(f"{each.path}: {each.reason}")
        click.echo(f"{_count(takes, 'take')} good, {len(damages)} damaged")
    ctx.exit(FAILED if damages else 0)


@command.command()
@click.argument("flows", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def prune(shelf: Shelf, flows: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Throw away what no flow says any more, and what is damaged; never an approved take.

    FLOWS are all the flows folders that use these takes; default: flows.
    """
    settings = Settings.from_environment(os.environ)
    needed = set()
    approved = set()
    for path in flows or (Path("flows"),):
        flow_set = compiled(read_folder(path), settings.environment)
        needed |= {each.key for each in wanted(flow_set, access_of(settings))}
        approved |= {line.take for line in read_lock(path).values() if line.approved}
    takes, damages = _contents(shelf)
    gone = [
        each
        for each in takes
        if each.key not in needed and not each.approved and each.id not in approved
    ]
    leftovers = list(shelf.leftovers())
    if not dry_run:
        for each in gone:
            shelf.remove(each)
        for file in (*(damage.path for damage in damages), *leftovers):
            shelf.remove(file)
    if as_json:
        told = {"gone": [_as_json(each) for each in gone], "damaged": len(damages)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for each in gone:
        click.echo(f"{each.id}  {each.voice}  {each.key.language}  {each.key.text}")
    size = sum(len(each.audio) for each in gone) / 1e6
    verb = "would go" if dry_run else "are gone"
    click.echo(
        f"{_count(gone, 'take')} that nothing says ({size:.1f} MB), "
        f"{_count(damages, 'damaged file')} and {_count(leftovers, 'leftover')} {verb}; "
        f"{len(takes) - len(gone)} stay"
    )


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="TAKE...")
@click.option("--flows", default="flows", type=click.Path(path_type=Path), help=FLOWS_HELP)
@click.option("--undo", is_flag=True, help="Take the approval away.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def approve(shelf: Shelf, names: tuple[str, ...], flows: Path, undo: bool, as_json: bool) -> None:
    """Keep takes as they are: they are neither made again nor thrown away.

    takes.lock says so from then on; commit it. TAKE is an id, as the sheet and takes list show it;
    its beginning is enough.
    """
    takes, _ = _contents(shelf)
    found = chosen(names, (take.id for take in takes))
    marked = [shelf.approve(take, not undo) for take in takes if take.id in found]
    lines = read_lock(flows)
    for take in marked:
        if take.id in lines:
            lines[take.id] = line_of(take, lines[take.id].voice)
    if lines:
        write_lock(flows, lines.values())
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in marked], ensure_ascii=False, indent=1))
        return
    for take in marked:
        click.echo(f"{take.id}  {take.voice}  {take.key.language}  {take.key.text}")
    outside = sum(take.id not in lines for take in marked)
    written = f"; {outside} of them not in {flows / LOCK_FILE}" if outside else ""
    verb = "no longer approved" if undo else "approved"
    click.echo(f"{_count(marked, 'take')} {verb}{written}")


def _contents(shelf: Shelf) -> tuple[list[Shelved], list[Damage]]:
    """What is on the shelf, in the order people look for it."""
    takes: list[Shelved] = []
    damages: list[Damage] = []
    for each in shelf.all():
        match each:
            case Shelved():
                takes.append(each)
            case Damage():
                damages.append(each)
    takes.sort(key=lambda take: (take.voice, take.key.language, take.key.text))
    return takes, damages


def _as_json(take: Shelved) -> dict[str, object]:
    return {
        "take": take.id,
        "voice": take.voice,
        "language": take.key.language,
        "text": take.key.text,
        "seconds": round(take.seconds, 3),
        "dbfs": round(loudness.active_rms_dbfs(take.audio), 1),
        "characters": len(take.key.text),
        "bytes": len(take.audio),
        "sha256": take.sha256,
        "approved": take.approved,
        "places": take.places,
        "shaped_by": take.key.voice,
    }


def _count(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
