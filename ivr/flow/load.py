"""From the texts of a folder to a compiled flow set, or to every problem in it.

Takes ``{path: text}``, so it reads no files; :mod:`ivr.cli.folder` does. The folder is compiled as
one set: flows at its top, ``settings.yaml`` and ``numbers.yaml`` beside them. A set with an error
is not given out; warnings and infos come along with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.check import check, without_allowed
from ivr.flow.load_flow import load_flow
from ivr.flow.load_settings import load_numbers, load_settings
from ivr.flow.model import Entry, Flow, FlowSet
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.source import Document
from ivr.flow.world import World

SETTINGS_FILE = "settings.yaml"
NUMBERS_FILE = "numbers.yaml"


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
    checked: bool = True,
) -> Loaded:
    """Compile a folder.

    ``files`` are its YAML files by path relative to the folder; ``assets`` the paths of its audio
    files; ``environ`` the variables settings.yaml may read. Without ``checked`` only what cannot be
    read is told, and the rules are left out. Never raises for what stands in the files.
    """
    documents = {name: source.read(name, text) for name, text in sorted(files.items())}
    problems = [problem for document in documents.values() for problem in document.problems]
    world, found = load_settings(documents.get(SETTINGS_FILE), environment, environ or {})
    problems += found
    flows: dict[str, Flow] = {}
    for name, document in documents.items():
        if not is_flow_file(name):
            continue
        flow, found = load_flow(document, world, assets)
        problems += found
        if flow is not None:
            flows[flow.id] = flow
    broken = {p.span.file for p in problems if p.severity is Severity.ERROR}
    numbers, default, found = load_numbers(documents.get(NUMBERS_FILE), flow_ids(documents), flows)
    problems += found
    if not any(is_flow_file(name) for name in documents):
        where = Span(".", 1, 1, 1, 1)
        problems.append(Problem("Y001", "there is no flow in this folder", where, "add main.yaml"))
    flow_set = _assemble(files, flows, numbers, default, world)
    if checked:
        problems += check(flow_set, flow_ids(documents), broken, documents)
    problems = without_allowed(problems, documents)
    problems.sort(key=Problem.sort_key)
    usable = not any(p.severity is Severity.ERROR for p in problems)
    return Loaded(flow_set if usable else None, tuple(problems), documents)


def is_flow_file(name: str) -> bool:
    """Whether a file of the folder is a flow: it stands at the top and is no settings file."""
    return "/" not in name and name not in (SETTINGS_FILE, NUMBERS_FILE)


def flow_ids(documents: Mapping[str, Document]) -> frozenset[str]:
    """The ids of all flows of the folder, those with errors too."""
    return frozenset(name.rsplit(".", 1)[0] for name in documents if is_flow_file(name))


def _assemble(
    files: Mapping[str, str],
    flows: Mapping[str, Flow],
    numbers: Mapping[str, Entry],
    default: Entry | None,
    world: World,
) -> FlowSet:
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode(errors="replace"))
    if default is None and not numbers and len(flows) == 1:
        # A folder with one flow needs no numbers.yaml.
        default = Entry(next(iter(flows)), None)
    return FlowSet(
        flows=dict(flows),
        numbers=dict(numbers),
        default=default,
        voices=world.voices,
        settings=world.settings,
        hash=digest.hexdigest()[:16],
        emergency=world.emergency,
    )
