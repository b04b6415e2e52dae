"""``ivr build``: make every fixed prompt's take before a caller wants it.

Counts what is missing, tells what it will cost, makes it, and writes the lock file. Where nothing
is missing nobody is asked, no voice is opened, and what only a real build needs is not imported: it
may run before every start. A build that is stopped keeps what it has made; the next one goes on.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from ivr.cli.folder import Folder, load_folder, read_folder, show_problems
from ivr.cli.voices import VENDOR, access_of
from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.prompts.build import Failed, Made, Result, make
from ivr.prompts.lock import LOCK_FILE, Disputed, Line, read_lock, settle, shortened, write_lock
from ivr.prompts.shelf import ID_CHARS, Damage, Shelf, digest, write_whole
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Wanted, wanted
from ivr.settings import Settings
from ivr.voices.access import Access

ASK_ABOVE_CHARS: Final = 2_000
"""A build that costs more is asked about; about two minutes of speech."""
TOGETHER_MAX: Final = 20
ALL: Final = "all"
SHEET_FILE: Final = "sheet.html"
FAILED: Final = 1
INTERRUPTED: Final = 130

TAKES_HELP: Final = "The folder of takes.  [default: IVR_TAKES, or takes in IVR_STORE]"


@dataclass
class Work:
    """What one build is about."""

    folder: Folder
    shelf: Shelf
    access: Access
    takes: Sequence[Wanted]
    together: int | None
    missing: list[Wanted] = field(default_factory=list)
    """To be made."""
    results: list[Result] = field(default_factory=list)
    renewed: frozenset[TakeKey] = frozenset()
    """Named by somebody to be made again, approved or not."""

    @property
    def failures(self) -> list[Failed]:
        """What could not be made."""
        return [each for each in self.results if isinstance(each, Failed)]


@click.command(context_settings={"max_content_width": 100})
@click.argument("flows", default="flows", type=click.Path(path_type=Path))
@click.option("--takes", type=click.Path(file_okay=False, path_type=Path), help=TAKES_HELP)
@click.option("--dry-run", is_flag=True, help="Only tell what is missing and what it would cost.")
@click.option("--yes", is_flag=True, help=f"Do not ask above {ASK_ABOVE_CHARS:,} characters.")
@click.option(
    "--again",
    multiple=True,
    metavar="TAKE|all",
    help="Make a take again that is there; all: every one that is not approved.",
)
@click.option(
    "--together",
    type=click.IntRange(1, TOGETHER_MAX),
    help="Requests at a time.  [default: what the vendor says it allows, less one]",
)
@click.option("--sheet", is_flag=True, help="Also write a page to listen to all takes.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Where --sheet writes it.  [default: {SHEET_FILE} in the folder of takes]",
)
@click.pass_context
def command(
    ctx: click.Context,
    flows: Path,
    takes: Path | None,
    dry_run: bool,
    yes: bool,
    again: tuple[str, ...],
    together: int | None,
    sheet: bool,
    output: Path | None,
) -> None:
    """Make the takes of all fixed prompts, in every voice and language.

    Takes that are there are not made again, so it costs something only for what is new. What
    callers hear is written to takes.lock in the flows folder, for review. Where nobody can be asked
    and it would cost more than 2,000 characters, --yes is needed.

    Ends with 0 when every take is there, with 1 when one is missing, with 2 when it cannot begin.
    """
    settings = Settings.from_environment(os.environ)
    folder = read_folder(flows)
    flow_set = compiled(folder, settings.environment)
    access = access_of(settings)
    shelf = Shelf(takes or settings.takes_folder)
    work = Work(folder, shelf, access, wanted(flow_set, access), together)
    if dry_run:
        _look(work, again)
        _forecast(work)
        return
    with shelf.building(lambda: click.echo("Another build is at work here; waiting for it …")):
        _look(work, again)
        _forecast(work)
        code = _build(work, yes=yes) if work.missing else 0
        disputed = _write_lock(work)
        if sheet or output is not None:
            _write_sheet(work, output or shelf.folder / SHEET_FILE, takes)
    ctx.exit(code or (FAILED if disputed else 0))


def compiled(folder: Folder, environment: str) -> FlowSet:
    """The flow set of a folder; :class:`~ivr.errors.SettingsError` where it has errors."""
    loaded = load_folder(folder, environment=environment)
    if loaded.flows is None:
        errors = [each for each in loaded.problems if each.severity is Severity.ERROR]
        click.echo(show_problems(errors, folder), err=True)
        raise SettingsError(f"the flows in {folder.path} have errors, so nothing can be said")
    return loaded.flows


def chosen(names: Iterable[str], takes: Iterable[str]) -> set[str]:
    """The takes that are meant by these beginnings of their ids.

    Raises :class:`~ivr.errors.SettingsError` for a name that fits none, or more than one.
    """
    known = sorted(set(takes))
    found = set()
    for name in names:
        fitting = [each for each in known if each.startswith(name.lower())]
        if len(fitting) != 1 or not name:
            how = "there is no take" if not fitting else f"{len(fitting)} takes begin with"
            raise SettingsError(f"{how} {name!r}; ivr takes list shows them all")
        found.add(fitting[0])
    return found


# --------------------------------------------------------------------------- what is to be done


def _look(work: Work, again: Collection[str]) -> None:
    """Find out what is missing, damaged, or to be made again."""
    named = frozenset[str]()
    if names := [each for each in again if each != ALL]:
        named = frozenset(chosen(names, (digest(each.key)[:ID_CHARS] for each in work.takes)))
    approved = {line.take for line in read_lock(work.folder.path).values() if line.approved}
    renewed = set()
    for each in work.takes:
        name = digest(each.key)[:ID_CHARS]
        found = work.shelf.look(each.key)
        if isinstance(found, Damage):
            click.echo(f"{found.path.name} is damaged and is made again: {found.reason}")
        if name in named:
            renewed.add(each.key)
        elif found is None or isinstance(found, Damage):
            pass
        elif ALL not in again or found.approved or name in approved:
            continue
        work.missing.append(each)
    work.renewed = frozenset(renewed)


def _forecast(work: Work) -> None:
    """Tell what is to be made. Where it is nothing, nothing more is loaded for saying so."""
    if not work.takes:
        click.echo("No flow says a fixed text.")
    elif not work.missing:
        click.echo(f"All {len(work.takes)} takes are there.")
    else:
        from ivr.cli import bill

        bill.terminal().print(bill.forecast(work.missing, len(work.takes), work.access))


def _build(work: Work, *, yes: bool) -> int:
    """Make what is missing; the exit code."""
    from ivr.cli import bill

    possible = []
    for each in work.missing:
        if why := _impossible(each, work.access):
            work.results.append(Failed(each, why))
        else:
            possible.append(each)
    cost = sum(each.characters for each in possible if not each.local)
    if cost > ASK_ABOVE_CHARS and not yes:
        _ask(cost)
    code = 0
    try:
        asyncio.run(_make(work, possible))
    except KeyboardInterrupt:
        code = INTERRUPTED
        click.echo("Stopped; what was made stays, and the next build goes on from there.")
    bill.terminal().print(bill.outcome(work.results))
    return code or (FAILED if work.failures else 0)


def _impossible(take: Wanted, access: Access) -> str:
    """Why nobody needs to be asked for it; empty if somebody may be."""
    if not take.spoken:
        return f"the voice {take.spec.name} does not speak {take.words.language}"
    if take.spec.provider == VENDOR and access.elevenlabs_key is None:
        return "ELEVENLABS_API_KEY is not set; ivr doctor says where to find it"
    return ""


def _ask(cost: int) -> None:
    """Ask before much is spent; raises where the answer is no, or nobody can answer."""
    if not sys.stdin.isatty():
        raise SettingsError(
            f"this build would spend {cost:,} characters of the vendor's quota, and nobody can be "
            f"asked here: add --yes (above {ASK_ABOVE_CHARS:,} it is needed), or look at it with "
            "--dry-run"
        )
    click.confirm(f"Spend {cost:,} characters of the vendor's quota?", abort=True)


async def _make(work: Work, takes: Sequence[Wanted]) -> None:
    from ivr.cli.bill import Bar, terminal
    from ivr.cli.render import account_of

    with Bar(len(takes), terminal()) as bar:

        def told(result: Result) -> None:
            work.results.append(result)
            bar.moved(result)

        async def account(of: Sequence[Wanted]) -> None:
            specs = {each.spec.name: each.spec for each in of}.values()
            async with account_of(specs, work.access, work.together) as voices:
                await make(of, voices, work.shelf, told)

        try:
            async with asyncio.TaskGroup() as group:
                for local in (False, True):
                    if of := [each for each in takes if each.local is local]:
                        group.create_task(account(of))
        except* SettingsError as errors:
            raise errors.exceptions[0] from None


# --------------------------------------------------------------------------- what is written


def _write_lock(work: Work) -> Sequence[Disputed]:
    before = read_lock(work.folder.path)
    made = frozenset(each.wanted.key for each in work.results if isinstance(each, Made))
    lines, disputed = settle(work.takes, work.shelf, before, work.renewed & made)
    if write_lock(work.folder.path, lines):
        path = work.folder.path / LOCK_FILE
        click.echo(f"{path} {_changes(before.values(), lines)}")
    for each in disputed:
        click.echo(
            f"take {each.line.take}, {shortened(each.line.text)}, was approved and is another one "
            f"here: listen to it and run  ivr takes approve {each.line.take},  or copy the "
            f"approved one to {work.shelf.folder}"
        )
    return disputed


def _changes(before: Iterable[Line], after: Iterable[Line]) -> str:
    """``has 3 new lines, 1 changed, 2 gone``."""
    old = {line.take: line for line in before}
    new = {line.take: line for line in after}
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[name] != new[name] for name in old.keys() & new.keys()),
        "gone": len(old.keys() - new.keys()),
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return f"has {', '.join(told)}" if told else "is written anew"


def _write_sheet(work: Work, path: Path, takes: Path | None) -> None:
    from ivr.prompts.sheet import Commands, Entry, page

    reasons = {each.wanted.key: each.reason for each in work.failures}
    entries = [
        Entry(each, work.shelf.find(each.key), reasons.get(each.key, "")) for each in work.takes
    ]
    flows = shlex.quote(str(work.folder.path))
    given = f" --takes {shlex.quote(str(takes))}" if takes is not None else ""
    commands = Commands(
        approve=f"ivr takes{given} approve TAKES --flows {flows}",
        again=f"ivr build {flows}{given} TAKES --sheet",
    )
    try:
        write_whole(path, page(entries, str(work.folder.path), commands).encode())
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"{path} lets you listen to them")
