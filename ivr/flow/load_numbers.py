"""Reads ``numbers.yaml``: which called number starts which flow, in which language and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.flow.load_variables import value_with_variables
from ivr.flow.model import Entry, Flow
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem
from ivr.flow.reader import E164, Reader, TooManyProblems
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.values import Value
from ivr.flow.world import World

DEFAULT = "default"
"""Stands for every other number."""
ENTRY_KEYS = ("flow", "language", "settings")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where calls start."""

    entries: Mapping[str, Entry]
    default: Entry | None
    problems: tuple[Problem, ...]


def load_numbers(
    document: Document | None,
    known: frozenset[str],
    flows: Mapping[str, Flow],
    world: World,
    environ: Mapping[str, str],
) -> Numbers:
    """The table of numbers; ``known`` are the ids of all flows, those with errors too."""
    if document is None or document.root is None:
        return Numbers({}, None, ())
    reader = Reader(document)
    reading = _Numbers(reader, known, flows, world, environ)
    entries: dict[str, Entry] = {}
    try:
        default = reading.table(document.root, entries)
    except TooManyProblems:
        default = None
    return Numbers(entries, default, tuple(reader.problems))


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What reading an entry needs."""

    reader: Reader
    known: frozenset[str]
    flows: Mapping[str, Flow]
    world: World
    environ: Mapping[str, str]

    def table(self, node: Node, entries: dict[str, Entry]) -> Entry | None:
        """Fill the table; the entry under ``default``."""
        root = self.reader.mapping(node, "a map like  +13125550100: clinic")
        default: Entry | None = None
        for name, value in root.items if root else ():
            entry = self._entry(value)
            if name.text == DEFAULT:
                default = entry
            elif E164.fullmatch(name.text) is None:
                remedy = "write it with plus and country code, like +13125550100; or default"
                message = f"“{name.text}” is not a telephone number"
                self.reader.report("T001", message, name.span, remedy)
            elif entry is not None:
                entries[name.text] = entry
        return default

    def _entry(self, node: Node) -> Entry | None:
        if isinstance(node, Sequence):
            self.reader.wrong_type(node, "a flow's name, or {flow: clinic, language: es-US}")
            return None
        if isinstance(node, Scalar):
            return Entry(node.text, None) if self._may_answer(node) else None
        self.reader.only(node, ENTRY_KEYS)
        flow, language, settings = (node.get(key) for key in ENTRY_KEYS)
        if not isinstance(flow, Scalar):
            self.reader.report("S007", "this number has no flow", node.span, "add  flow: clinic")
            return None
        if not self._may_answer(flow):
            return None
        code = self.reader.language(language) if language is not None else None
        if code is not None and language is not None:
            self._check_language(code, language, flow.text)
        return Entry(flow.text, code, self._settings(settings) if settings is not None else {})

    def _may_answer(self, node: Scalar) -> bool:
        """Whether there is such a flow, and it is no sub-flow."""
        if node.text not in self.known:
            remedy = did_you_mean(node.text, self.known)
            self.reader.report("F001", f"there is no flow “{node.text}”", node.span, remedy)
            return False
        flow = self.flows.get(node.text)
        if flow is None or not flow.returns:
            return True
        message = f"“{flow.id}” is run by other flows (it has returns:) and answers no calls"
        names = sorted(self.known - {f.id for f in self.flows.values() if f.returns})
        remedy = (
            f"name another one: {', '.join(names)}" if names else "name a flow without returns:"
        )
        self.reader.report("S007", message, node.span, remedy)
        return False

    def _check_language(self, code: str, node: Node, flow: str) -> None:
        found = self.flows.get(flow)
        declared = [language.code for language in found.languages] if found else [code]
        if code not in declared:
            message = f"the flow {flow} does not speak {code}"
            self.reader.report("L002", message, node.span, did_you_mean(code, declared))

    def _settings(self, node: Node) -> Mapping[str, Value]:
        """What differs from the settings of the environment, for calls to this number."""
        found = self.reader.mapping(node, "a map of settings, like {town: Springfield}")
        settings: dict[str, Value] = {}
        for name, value in found.items if found else ():
            if name.text not in self.world.settings:
                message = f"there is no setting “{name.text}” that this could replace"
                remedy = did_you_mean(name.text, self.world.settings)
                remedy = remedy or "add it to environments: in settings.yaml"
                self.reader.report("X002", message, name.span, remedy)
            else:
                settings[name.text] = value_with_variables(self.reader, value, self.environ)
        return settings
