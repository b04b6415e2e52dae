"""Reads ``settings.yaml`` (voices, environments) and ``numbers.yaml`` (who answers a number)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.flow.model import Entry, Flow
from ivr.flow.problems import Problem
from ivr.flow.reader import E164, Reader, TooManyProblems, did_you_mean
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.values import Value
from ivr.flow.world import EMBEDDED, NO_EMERGENCY, Emergency, Option, VoiceSpec, World

SETTINGS_KEYS = frozenset({"voices", "environments", "emergency"})
EMERGENCY_KEYS = frozenset({"say", "operator"})
APOLOGY_CHARS_MAX = 500
"""The carrier's own voice may have to say it, in one go."""
_ENV = re.compile(r"\$\{\s*env\.([A-Z][A-Z0-9_]*)\s*\}")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_BUILT_IN = {EMBEDDED: VoiceSpec(EMBEDDED, EMBEDDED)}


def load_settings(
    document: Document | None, environment: str, environ: Mapping[str, str]
) -> tuple[World, list[Problem]]:
    """The outside world as the folder describes it; without a file, the embedded voice alone.

    ``environ`` is what ``${env.NAME}`` may read.
    """
    if document is None or document.root is None:
        return World(_BUILT_IN, {}), []
    reader = Reader(document)
    try:
        world = _world(reader, document.root, environment, environ)
    except TooManyProblems:
        world = World(_BUILT_IN, {})
    return world, reader.problems


def _world(reader: Reader, node: Node, environment: str, environ: Mapping[str, str]) -> World:
    root = reader.mapping(node, "a map with voices: and environments:")
    if root is None:
        return World(_BUILT_IN, {})
    for name, _ in root.items:
        if name.text not in SETTINGS_KEYS:
            remedy = did_you_mean(name.text, SETTINGS_KEYS)
            reader.report("S001", f"“{name.text}” is not known in settings", name.span, remedy)
    voices = root.get("voices")
    specs = _voices(reader, voices, environ) if voices is not None else {}
    environments = root.get("environments")
    settings = _environment(reader, environments, environment) if environments is not None else {}
    emergency = root.get("emergency")
    words = _emergency(reader, emergency) if emergency is not None else NO_EMERGENCY
    return World({**_BUILT_IN, **specs}, settings, words)


def _emergency(reader: Reader, node: Node) -> Emergency:
    found = reader.mapping(node, "a map like {say: {en: We are sorry.}, operator: +13125550123}")
    texts: dict[str, str] = {}
    operator: str | None = None
    for name, value in found.items if found else ():
        match name.text:
            case "say":
                said = reader.mapping(value, "a text for each language, like {en: We are sorry.}")
                for language, text in said.items if said else ():
                    code, words = reader.language(language), reader.word(text, "a text")
                    if words is not None and len(words) > APOLOGY_CHARS_MAX:
                        message = f"{len(words)} characters; {APOLOGY_CHARS_MAX} is the most here"
                        reader.report("S007", message, text.span, "say it shorter")
                    elif code is not None and words is not None:
                        texts[code] = " ".join(words.split())
            case "operator":
                operator = reader.number(value)
            case _:
                remedy = did_you_mean(name.text, EMERGENCY_KEYS)
                message = f"“{name.text}” is not known here"
                reader.report("S001", message, name.span, remedy)
    return Emergency(texts, operator)


def _voices(reader: Reader, node: Node, environ: Mapping[str, str]) -> dict[str, VoiceSpec]:
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
        if wanted not in specs and wanted not in _BUILT_IN:
            remedy = did_you_mean(wanted, specs.keys() | _BUILT_IN.keys())
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
            return _from_environment(reader, node, environ)
        case Sequence():
            return [_plain(reader, item, environ) for item in node.items]
        case MappingNode():
            return {name.text: _plain(reader, value, environ) for name, value in node.items}


def _plain(reader: Reader, node: Node, environ: Mapping[str, str]) -> str:
    if isinstance(node, Scalar):
        return _from_environment(reader, node, environ)
    reader.wrong_type(node, "a plain value")
    return ""


def _from_environment(reader: Reader, node: Scalar, environ: Mapping[str, str]) -> str:
    """The text with variables of the process put in; one that is not set is empty.

    Secrets have no business in a settings file, so their names are refused.
    """

    def value(found: re.Match[str]) -> str:
        if _SECRET.search(found[1]):
            message = f"{found[1]} looks like a secret, and secrets are not for settings.yaml"
            reader.report("S007", message, node.span, "the service reads its keys by itself")
            return ""
        return environ.get(found[1], "")

    return _ENV.sub(value, node.text)


def _environment(reader: Reader, node: Node, environment: str) -> Mapping[str, Value]:
    found = reader.mapping(node, "a map of environments, like  dev: {name: value}")
    if found is None:
        return {}
    own = found.get(environment)
    if own is None:
        known = did_you_mean(environment, found.keys())
        reader.report("S007", f"there is no environment “{environment}” here", found.span, known)
        return {}
    values = reader.mapping(own, "a map of settings")
    return {name.text: reader.value(value) for name, value in values.items} if values else {}


def load_numbers(
    document: Document | None, known: frozenset[str], flows: Mapping[str, Flow]
) -> tuple[dict[str, Entry], Entry | None, list[Problem]]:
    """Which called number starts which flow, and the entry for all others (``default:``)."""
    if document is None or document.root is None:
        return {}, None, []
    reader = Reader(document)
    numbers: dict[str, Entry] = {}
    try:
        default = _entries(reader, document.root, known, flows, numbers)
    except TooManyProblems:
        default = None
    return numbers, default, reader.problems


def _entries(
    reader: Reader,
    node: Node,
    known: frozenset[str],
    flows: Mapping[str, Flow],
    numbers: dict[str, Entry],
) -> Entry | None:
    """Fill the table of numbers; the entry under ``default``."""
    root = reader.mapping(node, "a map like  +13125550100: clinic")
    default: Entry | None = None
    for name, value in root.items if root else ():
        entry = _entry(reader, value, known, flows)
        if name.text == "default":
            default = entry
        elif E164.fullmatch(name.text) is None:
            remedy = "write it with plus and country code, like +13125550100; or default"
            reader.report("T001", f"“{name.text}” is not a telephone number", name.span, remedy)
        elif entry is not None:
            numbers[name.text] = entry
    return default


def _entry(
    reader: Reader, node: Node, known: frozenset[str], flows: Mapping[str, Flow]
) -> Entry | None:
    if isinstance(node, Sequence):
        reader.wrong_type(node, "a flow's name, or {flow: clinic, language: es-US}")
        return None
    flow_node = node.get("flow") if isinstance(node, MappingNode) else node
    if isinstance(node, MappingNode):
        for name, _ in node.items:
            if name.text not in ("flow", "language"):
                remedy = did_you_mean(name.text, ("flow", "language"))
                reader.report("S001", f"“{name.text}” is not known here", name.span, remedy)
    if not isinstance(flow_node, Scalar):
        reader.report("S007", "this number has no flow", node.span, "add  flow: clinic")
        return None
    if flow_node.text not in known:
        remedy = did_you_mean(flow_node.text, known)
        reader.report("F001", f"there is no flow “{flow_node.text}”", flow_node.span, remedy)
        return None
    language = node.get("language") if isinstance(node, MappingNode) else None
    code = reader.language(language) if language is not None else None
    flow = flows.get(flow_node.text)
    if code is not None and language is not None and flow is not None:
        declared = [declared.code for declared in flow.languages]
        if code not in declared:
            message = f"the flow {flow.id} does not speak {code}"
            reader.report("L002", message, language.span, did_you_mean(code, declared))
    return Entry(flow_node.text, code)
