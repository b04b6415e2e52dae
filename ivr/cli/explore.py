"""``ivr explore``: let random callers loose on the flows of a folder, and say what they ran into.

What they do and what counts as wrong is ``ivr.rehearsal.explore``'s business; here are options and
what is printed. Exit code 0 if nothing was found, 1 if something was, 2 for flows with errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import assert_never

import click

from ivr.cli.folder import Folder, load_folder, read_folder, show_problems
from ivr.cli.test import load_flows
from ivr.errors import SettingsError
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallerHungUp,
    DeadlinePassed,
    ErrandDone,
    Event,
    HangUp,
    Invoke,
    JoinQueue,
    KeyPressed,
    LegFinished,
    Note,
    Noted,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
    Speak,
    StopSpeaking,
    Transfer,
)
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.rehearsal.away import spelled, spelled_leg
from ivr.rehearsal.coverage import summary
from ivr.rehearsal.draws import (
    Act,
    Answers,
    Finishes,
    HangsUp,
    Presses,
    Returns,
    Silent,
    Speaks,
)
from ivr.rehearsal.explore import Explorer, Finding
from ivr.rehearsal.tape import Lengths
from ivr.rehearsal.transcript import Transcript, heading, render
from ivr.rehearsal.walk import walked
from ivr.settings import Settings

CALLS = 10_000
TRAPS = frozenset({"F003", "F008", "F014"})
"""Errors of flows that can be walked all the same: dead ends, endless loops, no way out."""


@click.command(context_settings={"max_content_width": 100})
@click.argument("path", default="flows", type=click.Path(path_type=Path))
@click.option("--calls", default=CALLS, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same calls.")
@click.pass_context
def command(ctx: click.Context, path: Path, calls: int, seed: int) -> None:
    """Let random callers loose on the flows, and show the shortest way into trouble.

    PATH is a flows folder, or one flow of it. Callers press what each step allows, what it does
    not, and what lies on the edge; they are silent, interrupt, hang up; transfers end in every way.
    Found are crashes, dead ends, endless loops, missing values, and callers nobody lets out.
    """
    folder = read_folder(path if path.is_dir() else path.parent)
    flows = _trapped(folder) or load_flows(folder)
    only = None if path.is_dir() else path.stem
    if only is not None and only not in flows.flows:
        raise SettingsError(f"{path} is no flows folder and no flow: name one of those")
    explored = Explorer(flows, seed, only).explore(calls)
    for finding in explored.findings:
        _show(finding, flows, folder)
    for place in explored.undecided:
        click.echo(f"{place}: nobody was seen to get out, and not every way could be tried")
    coverage = explored.coverage
    for problem in coverage.problems():
        span = problem.span
        click.echo(f"{folder.path / span.file}:{span.line}:{span.column} {problem.message}")
    found = len(explored.findings)
    said = "nothing found" if not found else "1 finding" if found == 1 else f"{found} findings"
    click.echo(f"{explored.calls:,} calls, {explored.events:,} events, seed {seed}: {said}")
    click.echo(summary([coverage]))
    if found:
        ctx.exit(1)


def _trapped(folder: Folder) -> FlowSet | None:
    """Flows that the checker refuses only because callers are caught in them.

    What it says is printed; random callers then show the way there. None for all others.
    """
    environment = Settings.from_environment(os.environ).environment
    loaded = load_folder(folder, environment=environment)
    errors = [problem for problem in loaded.problems if problem.severity is Severity.ERROR]
    if not errors or not all(problem.code in TRAPS for problem in errors):
        return None
    flows = load_folder(folder, environment=environment, checked=False).flows
    if flows is not None:
        click.echo(show_problems(errors, folder), err=True)
    return flows


def _show(finding: Finding, flows: FlowSet, folder: Folder) -> None:
    """One finding: where, what, and the shortest call that comes to it."""
    flow, _, step = finding.place.partition("/")
    span = flows.flows[flow].steps[step].span
    place = f"{folder.path / span.file}:{span.line}:{span.column}"
    click.echo(f"{place} {finding.what.value} in {finding.place}: {finding.detail}")
    number = len(finding.path)
    acts = ", ".join(map(_spelled, finding.path)) or "nothing at all"
    click.echo(f"  shortest path, {number} act{'' if number == 1 else 's'}: {acts}")
    start = finding.start
    who = start.caller or "withheld"
    click.echo(f"    {heading(start.flow, start.at)}, from {who} to {start.called}")
    for line in render(_transcript(finding, flows).entries):
        click.echo(f"    {line}")


def _spelled(act: Act) -> str:
    match act:
        case Presses(keys, early):
            named = keys.replace("*", " star ").replace("#", " pound ").strip()
            return f"presses {' '.join(named.split())}" + (" in the midst of it" if early else "")
        case Silent():
            return "is silent"
        case Returns(outcome):
            return f"the time away ends: {outcome.value}"
        case Answers(status, _, early):
            said = str(status) if status is not None else "nothing that can be used"
            return f"the service answers {said}" + (" in the midst of a text" if early else "")
        case Finishes(outcome, _, early):
            return f"it comes to: {outcome}" + (" in the midst of a text" if early else "")
        case Speaks(seconds):
            return f"speaks for {seconds} s" if seconds else "says nothing after the tone"
        case HangsUp():
            return "hangs up"
        case _:
            assert_never(act)


def _transcript(finding: Finding, flows: FlowSet) -> Transcript:
    """The call that comes to the finding, as people read it."""
    told, lengths = Transcript(), Lengths()

    def watch(event: Event, turn: Turn, now: int) -> None:
        match event:
            case KeyPressed(key):
                told.presses(now, key)
            case LegFinished(how):
                told.ivr(now, f"comes back: {how.value}")
            case RequestAnswered(_, status):
                told.ivr(now, f"(is answered: {status if status is not None else 'nothing'})")
            case ErrandDone(_, outcome):
                told.ivr(now, f"(comes back: {outcome})")
            case DeadlinePassed():
                told.caller(now, "has said nothing so far")
            case CallerHungUp():
                told.caller(now, "hangs up")
            case _:
                pass
        for command in turn.commands:
            match command:
                case Speak(utterance):
                    told.says(now, lengths.shown(utterance))
                case StopSpeaking():
                    told.stops(now)
                case Transfer() | JoinQueue() | RunTwiml():
                    told.ivr(now, spelled_leg(command))
                case Request() | Invoke() | SendText() | RecordMessage():
                    told.ivr(now, f"({spelled(command)})")
                case HangUp(outcome):
                    told.ivr(now, f"hangs up ({outcome})")
                case Note(Noted.TROUBLE, _, detail):
                    told.ivr(now, f"(trouble: {detail})")
                case _:
                    pass

    walked(flows, finding.start, finding.path, watch)
    return told
