"""Reads one flow file into a :class:`~ivr.flow.model.Flow`, reporting everything wrong in it.

The parts have files of their own: what is included (``load_include``), what translators wrote
(``load_texts``), what stands above the steps (``load_top``), the defaults (``load_defaults``) and
the steps (``load_steps``). Here they are put in the order in which they need each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.flow import load_top as top
from ivr.flow.files import flow_id
from ivr.flow.load_defaults import load_defaults
from ivr.flow.load_include import merged
from ivr.flow.load_steps import load_steps
from ivr.flow.load_texts import translated
from ivr.flow.model import Flow, Language, Step
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import Reader, TooManyProblems
from ivr.flow.source import Document
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.world import World


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """What came of one flow file."""

    flow: Flow | None
    """None where nothing useful could be read."""
    problems: tuple[Problem, ...]
    files: frozenset[str]
    """The other files it is made of: what it includes, and its translations."""


def load_flow(
    document: Document, documents: Mapping[str, Document], world: World, assets: frozenset[str]
) -> ReadFlow:
    """One flow, of a folder whose files are all in ``documents``."""
    if document.root is None:
        where = Span(document.file, 1, 1, 1, 1)
        empty = Problem("F003", "this flow is empty", where, "add steps:")
        return ReadFlow(None, () if document.problems else (empty,), frozenset())
    reader = Reader(document, documents, world, assets=assets)
    flow: Flow | None = None
    files: frozenset[str] = frozenset()
    try:
        root = reader.mapping(document.root, "a flow: a map with steps:")
        if root is not None:
            top.check_keys(reader, root)
            with_definitions = merged(reader, root)
            files = with_definitions.files
            languages = top.languages(reader, with_definitions.root)
            reader.languages = tuple(language.code for language in languages)
            with_translations = translated(reader, with_definitions.root)
            files |= with_translations.files
            flow = _flow(reader, with_translations.root, languages)
    except TooManyProblems:
        pass
    return ReadFlow(flow, tuple(reader.problems), files)


def _flow(reader: Reader, root: MappingNode, languages: tuple[Language, ...]) -> Flow:
    """The flow, once everything it is made of stands in one map."""
    reader.numbers = top.numbers(reader, root)
    reader.texts = top.texts(reader, root)
    timezone = top.timezone(reader, root)
    defaults = load_defaults(reader, root)
    schedules = top.schedules(reader, root, timezone)
    steps = load_steps(reader, root, defaults)
    title = root.get("title")
    name = flow_id(reader.document.file)
    flow = Flow(
        id=name,
        title=(reader.word(title) if title is not None else None) or name,
        languages=languages,
        timezone=timezone,
        hours=schedules,
        numbers=reader.numbers,
        anytime=top.anytime(reader, root),
        vars=top.variables(reader, root),
        call_limit_ms=top.call_limit(reader, root),
        start=_start(reader, root, steps),
        steps=steps,
        span=root.span,
        inputs=top.inputs(reader, root),
        returns=top.returns(reader, root),
        on_hangup=top.way_out(reader, root, "on_hangup"),
        on_error=top.way_out(reader, root, "on_error"),
        operator=defaults.operator,
        after_key_ms=defaults.after_key_ms,
    )
    for destination in (flow.on_hangup, flow.on_error, *defaults.leads_to):
        top.check_targets(reader, destination, steps)
    return flow


def _start(reader: Reader, root: MappingNode, steps: Mapping[str, Step]) -> str:
    """The step a call starts at: the named one, or the first."""
    first = next(iter(steps), "")
    node = root.get("start")
    chosen = reader.word(node, "a step's name") if node is not None else None
    if node is None or chosen is None or chosen in steps:
        return chosen or first
    message = f"there is no step called “{chosen}”"
    reader.report("F001", message, node.span, did_you_mean(chosen, steps))
    return first
