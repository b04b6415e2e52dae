"""From the texts of a folder to a compiled flow set, or to every problem in it.

Takes ``{path: text}``, so it reads no files; :mod:`ivr.cli.folder` does. The folder is compiled as
one set: flows at its top, ``settings.yaml`` and ``numbers.yaml`` beside them, what flows share in
sub-folders (:mod:`ivr.flow.files`). A set with an error is not given out; warnings and infos come
along with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.borrowed import with_voices
from ivr.flow.check import check, without_allowed
from ivr.flow.files import NUMBERS_FILE, SETTINGS_FILE, flow_ids, is_flow_file
from ivr.flow.load_flow import ReadFlow, load_flow
from ivr.flow.load_numbers import Numbers, load_numbers
from ivr.flow.load_settings import load_settings
from ivr.flow.load_texts import stray
from ivr.flow.load_voices import ProblemOf, problems_of_voices
from ivr.flow.model import Entry, Flow, FlowSet
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.source import Document
from ivr.flow.world import FunctionSpec, World

__all__ = ["NUMBERS_FILE", "SETTINGS_FILE", "Loaded", "is_flow_file", "load"]

_TOLD_ONCE = frozenset({"F001", "X002"})
"""Codes told by the loader and by a rule: one word about a place is enough."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome: a flow set unless there are errors, and everything that was found."""

    flows: FlowSet | None
    problems: tuple[Problem, ...]
    documents: Mapping[str, Document]
    """By file, for showing the line a problem stands in."""


def load(
    files: Mapping[str, str],
    *,
    environment: str = "dev",
    assets: frozenset[str] = frozenset(),
    environ: Mapping[str, str] | None = None,
    functions: Mapping[str, FunctionSpec] | None = None,
    voice_problem: ProblemOf | None = None,
    checked: bool = True,
) -> Loaded:
    """Compile a folder.

    ``files`` are its YAML files by path relative to the folder; ``assets`` the paths of its audio
    files; ``environ`` the variables settings.yaml may read; ``functions`` those that ``do`` may
    call; ``voice_problem`` says what is wrong with the options of a voice. Without ``checked`` only
    what cannot be read is told, and the rules are left out. Never raises for what stands in the
    files.
    """
    environ = environ or {}
    documents = {name: source.read(name, text) for name, text in sorted(files.items())}
    problems = [problem for document in documents.values() for problem in document.problems]
    world, found = load_settings(documents.get(SETTINGS_FILE), environment, environ)
    problems += found
    read = {
        name: load_flow(document, documents, world, assets)
        for name, document in documents.items()
        if is_flow_file(name)
    }
    problems += [problem for each in read.values() for problem in each.problems]
    problems += stray(documents)
    broken = _broken(problems, read)
    flows = with_voices({each.flow.id: each.flow for each in read.values() if each.flow})
    known = flow_ids(documents)
    numbers = load_numbers(documents.get(NUMBERS_FILE), known, flows, world, environ)
    problems += numbers.problems
    if not read:
        where = Span(".", 1, 1, 1, 1)
        problems.append(Problem("Y001", "there is no flow in this folder", where, "add main.yaml"))
    flow_set = _assemble(files, flows, numbers, world, functions or {})
    settings = documents.get(SETTINGS_FILE)
    if voice_problem is not None and settings is not None:
        used = flow_set.voices_used()
        problems += problems_of_voices(settings, world.voices, used, voice_problem)
    if checked:
        problems += check(flow_set, known, broken, documents)
    problems = without_allowed(_once(problems), documents)
    problems.sort(key=Problem.sort_key)
    usable = not any(p.severity is Severity.ERROR for p in problems)
    return Loaded(flow_set if usable else None, tuple(problems), documents)


def _broken(problems: Iterable[Problem], read: Mapping[str, ReadFlow]) -> frozenset[str]:
    """The files with errors, and the flows that are made of one."""
    broken = {p.span.file for p in problems if p.severity is Severity.ERROR}
    return frozenset(broken | {name for name, each in read.items() if each.files & broken})


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once: what is included by several flows is read for each of them."""
    seen: set[object] = set()
    kept: list[Problem] = []
    for problem in problems:
        what = (problem.code, problem.span) if problem.code in _TOLD_ONCE else problem
        if what not in seen:
            seen.add(what)
            kept.append(problem)
    return kept


def _assemble(
    files: Mapping[str, str],
    flows: Mapping[str, Flow],
    numbers: Numbers,
    world: World,
    functions: Mapping[str, FunctionSpec],
) -> FlowSet:
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode(errors="replace"))
    default = numbers.default
    entries = [flow.id for flow in flows.values() if not flow.returns]
    if default is None and not numbers.entries and len(entries) == 1:
        # A folder with one flow that is not run by others needs no numbers.yaml.
        default = Entry(entries[0], None)
    return FlowSet(
        flows=dict(flows),
        numbers=dict(numbers.entries),
        default=default,
        voices=world.voices,
        settings=world.settings,
        hash=digest.hexdigest()[:16],
        emergency=world.emergency,
        allowed_hosts=world.allowed_hosts,
        mailboxes=world.mailboxes,
        events=world.events,
        functions=functions,
        environment=world.environment,
    )
