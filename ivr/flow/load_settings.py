"""Reads ``settings.yaml`` (voices, environments) and ``numbers.yaml`` (who answers a number)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow.model import Entry, Flow
from ivr.flow.problems import Problem
from ivr.flow.reader import E164, Reader, did_you_mean
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.values import Value
from ivr.flow.world import EMBEDDED, VoiceSpec, World

SETTINGS_KEYS = frozenset({"voices", "environments"})
_BUILT_IN = {EMBEDDED: VoiceSpec(EMBEDDED, EMBEDDED)}


def load_settings(document: Document | None, environment: str) -> tuple[World, list[Problem]]:
    """The outside world as the folder describes it; without a file, the embedded voice alone."""
    if document is None or document.root is None:
        return World(_BUILT_IN, {}), []
    reader = Reader(document)
    root = reader.mapping(document.root, "a map with voices: and environments:")
    if root is None:
        return World(_BUILT_IN, {}), reader.problems
    for name, _ in root.items:
        if name.text not in SETTINGS_KEYS:
            remedy = did_you_mean(name.text, SETTINGS_KEYS)
            reader.report("S001", f"“{name.text}” is not known in settings", name.span, remedy)
    voices = root.get("voices")
    specs = _voices(reader, voices) if voices is not None else {}
    environments = root.get("environments")
    settings = _environment(reader, environments, environment) if environments is not None else {}
    return World({**_BUILT_IN, **specs}, settings), reader.problems


def _voices(reader: Reader, node: Node) -> dict[str, VoiceSpec]:
    found = reader.mapping(node, "a map of voices, like  sarah: {provider: embedded}")
    specs: dict[str, VoiceSpec] = {}
    for name, value in found.items if found else ():
        entry = reader.mapping(value, "a map like {provider: embedded}")
        if entry is None:
            continue
        options: dict[str, str] = {}
        for key, option in entry.items:
            text = reader.word(option, "a plain value")
            if text is not None:
                options[key.text] = text
        like = options.pop("like", None)
        if like is not None and like not in specs:
            remedy = did_you_mean(like, specs) or "write the other voice above this one"
            reader.report("S007", f"there is no voice “{like}” above", entry.span, remedy)
        base = specs.get(like) if like else None
        provider = options.pop("provider", base.provider if base else None)
        if provider is None:
            reader.report(
                "S007",
                f"the voice {name.text} has no provider",
                name.span,
                "add provider: embedded",
            )
            continue
        merged = {**(base.options if base else {}), **options}
        specs[name.text] = VoiceSpec(name.text, provider, merged)
    return specs


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
    root = reader.mapping(document.root, "a map like  +13125550100: clinic")
    numbers: dict[str, Entry] = {}
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
    return numbers, default, reader.problems


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
