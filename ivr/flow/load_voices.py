"""Reads ``voices:`` of settings.yaml, and finds the places of what providers say of their options.

What a provider takes is known by the room ``voices``, which this one may not ask; so
:func:`problems_of_voices` is given the question as a callable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import replace

from ivr.flow.load_variables import variables_in, with_variables
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.reader import Reader
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.world import EMBEDDED, Option, VoiceSpec

BUILT_IN: Mapping[str, VoiceSpec] = {EMBEDDED: VoiceSpec(EMBEDDED, EMBEDDED)}
"""The voice that is always there."""
ProblemOf = Callable[[VoiceSpec], str | None]
"""What is wrong with a voice, in one sentence; None if nothing is."""
FAULTS_MAX = 20
"""Of one voice."""


def load_voices(reader: Reader, node: Node, environ: Mapping[str, str]) -> dict[str, VoiceSpec]:
    """The voices by name, without the embedded one that is always there."""
    found = reader.mapping(node, "a map of voices, like  sarah: {provider: embedded}")
    specs: dict[str, VoiceSpec] = {}
    fallbacks: list[tuple[Node, str]] = []
    for name, value in found.items if found else ():
        entry = reader.mapping(value, "a map like {provider: embedded}")
        if entry is None:
            continue
        like = _base(reader, entry, specs)
        options = dict(like.options) if like else {}
        provider = like.provider if like else None
        fallback: list[str] = []
        for key, option in entry.items:
            if key.text == "provider":
                provider = reader.word(option, "a provider like embedded")
            elif key.text == "fallback":
                fallback = _names(reader, option, fallbacks)
            elif key.text != "like":
                options[key.text] = _option(reader, option, environ)
        if provider is None and like is None and entry.get("like") is not None:
            continue  # told already
        if provider is None:
            remedy = "add provider: embedded"
            reader.report("S007", f"the voice {name.text} has no provider", name.span, remedy)
            continue
        specs[name.text] = VoiceSpec(name.text, provider, options, tuple(fallback))
    for place, wanted in fallbacks:
        if wanted not in specs and wanted not in BUILT_IN:
            remedy = did_you_mean(wanted, specs.keys() | BUILT_IN.keys())
            reader.report("S007", f"there is no voice “{wanted}”", place.span, remedy)
    return specs


def _base(reader: Reader, entry: MappingNode, specs: Mapping[str, VoiceSpec]) -> VoiceSpec | None:
    """The voice that ``like`` names; its ladder of fallbacks is its own."""
    node = entry.get("like")
    name = reader.word(node, "a voice above") if node is not None else None
    if node is None or name is None:
        return None
    if name not in specs:
        remedy = did_you_mean(name, specs) or "write the other voice above this one"
        reader.report("S007", f"there is no voice “{name}” above", node.span, remedy)
    return specs.get(name)


def _names(reader: Reader, node: Node, seen: list[tuple[Node, str]]) -> list[str]:
    nodes = node.items if isinstance(node, Sequence) else (node,)
    names = [(n, word) for n in nodes if (word := reader.word(n, "a voice's name")) is not None]
    seen += names
    return [word for _, word in names]


def _option(reader: Reader, node: Node, environ: Mapping[str, str]) -> Option:
    """An option as it was written, with ``${env.NAME}`` put in."""
    match node:
        case Scalar():
            return with_variables(reader, node, environ)
        case Sequence():
            return [_plain(reader, item, environ) for item in node.items]
        case MappingNode():
            return {name.text: _plain(reader, value, environ) for name, value in node.items}


def _plain(reader: Reader, node: Node, environ: Mapping[str, str]) -> str:
    if isinstance(node, Scalar):
        return with_variables(reader, node, environ)
    reader.wrong_type(node, "a plain value")
    return ""


# --------------------------------------------------------------------------- what providers say


def problems_of_voices(
    document: Document, voices: Mapping[str, VoiceSpec], used: Set[str], problem_of: ProblemOf
) -> list[Problem]:
    """What is wrong with the options of the voices, each at its place.

    An error where callers may hear the voice, and where the fault does not lie in a variable of
    this machine, which may be another where the line runs; else a warning.
    """
    root = document.root
    node = root.get("voices") if isinstance(root, MappingNode) else None
    entries = dict(node.items) if isinstance(node, MappingNode) else {}
    found: dict[Span, Problem] = {}
    for name, entry in entries.items():
        spec = voices.get(name.text)
        if spec is None or not isinstance(entry, MappingNode):
            continue  # told already
        chain = [entry, *_inherited(entry, {n.text: e for n, e in entries.items()})]
        for message, place in _faults(spec, chain, problem_of):
            variables = sorted(set(variables_in(place)))
            grave = name.text in used and not variables
            severity = Severity.ERROR if grave else Severity.WARNING
            what, _, remedy = message.removeprefix(f"{document.file}: ").rstrip(".").partition("; ")
            if variables:
                remedy = f"set {', '.join(variables)} where the line runs"
            problem = Problem("S007", what, place.span, remedy, severity)
            # Voices that are like another one share its faults.
            if place.span not in found or grave:
                found[place.span] = problem
    return list(found.values())


def _inherited(entry: MappingNode, entries: Mapping[str, Node]) -> Iterator[MappingNode]:
    """The entries this one is like, the nearest first."""
    seen: set[str] = set()
    while True:
        like = entry.get("like")
        if not isinstance(like, Scalar) or like.text in seen:
            return
        seen.add(like.text)
        base = entries.get(like.text)
        if not isinstance(base, MappingNode):
            return
        yield base
        entry = base


def _faults(
    spec: VoiceSpec, chain: list[MappingNode], problem_of: ProblemOf
) -> Iterator[tuple[str, Node]]:
    """Every fault with its place: the option without which there would be another, or none.

    Providers tell the first fault only, so each option that is found out is taken away, and the
    provider asked again.
    """
    for _ in range(FAULTS_MAX):
        message = problem_of(spec)
        if message is None:
            return
        for place, less in _without_one(spec, chain, message):
            if problem_of(less) != message:
                yield message, place
                spec = less
                break
        else:
            yield message, _nearest(chain, message)
            return


def _without_one(
    spec: VoiceSpec, chain: list[MappingNode], message: str
) -> Iterator[tuple[Node, VoiceSpec]]:
    """The voice without each of its options, those the message names first."""
    for name, node in _options(spec, chain, message):
        option = spec.options[name]
        if isinstance(node, MappingNode) and isinstance(option, Mapping):
            for inner, place in node.items:
                fewer = {key: value for key, value in option.items() if key != inner.text}
                yield place, replace(spec, options={**spec.options, name: fewer})
        rest = {key: value for key, value in spec.options.items() if key != name}
        yield node, replace(spec, options=rest)


def _options(spec: VoiceSpec, chain: list[MappingNode], message: str) -> list[tuple[str, Node]]:
    """The options of a voice with their places, in the order in which a message names them."""
    places = {name.text: node for entry in reversed(chain) for name, node in entry.items}
    known = [(name, node) for name, node in places.items() if name in spec.options]
    return sorted(known, key=lambda each: message.find(each[0]) % (len(message) + 1))


def _nearest(chain: list[MappingNode], message: str) -> Node:
    """The place of what is missing: an option that says nothing, or the provider that wants it."""
    for entry in chain:
        for name, option in entry.items:
            if name.text not in ("like", "provider", "fallback") and name.text in message:
                return option
    return next((node for e in chain if (node := e.get("provider")) is not None), chain[0])
