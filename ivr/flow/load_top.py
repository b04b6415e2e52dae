"""Reads what stands above the steps of a flow: languages, hours, numbers, variables, ways out.

One function for each key, called by :mod:`ivr.flow.load_flow` in the order the parts need each
other. ``defaults:`` and ``include:`` have files of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from ivr.flow import hours
from ivr.flow.borrowed import UNSAID
from ivr.flow.files import flow_ids
from ivr.flow.hours import Schedule
from ivr.flow.model import CALL_LIMIT_MS, RESERVED_DESTINATIONS, Destination, Language
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.steps import COMMON, KINDS, RESERVED
from ivr.flow.steps.menu import menu_key
from ivr.flow.values import Value

TOP_KEYS = frozenset(
    {
        *("ivr", "title", "description", "include", "defaults"),
        *("language", "languages", "voice", "timezone", "hours", "numbers", "texts", "anytime"),
        *("inputs", "returns", "vars", "limits", "start", "steps", "on_hangup", "on_error"),
    }
)
LANGUAGE_VERSION = "1"
CALL_LIMITS_MS = (60_000, 4 * 3_600_000)
NAMES_MAX = 50
"""Of ``inputs`` and of ``returns``."""
_RUN = frozenset({"with", "save", "otherwise"})
"""Keys beside ``run``, where the outcomes of a flow stand too."""


def check_keys(reader: Reader, root: MappingNode) -> None:
    """Every key at the top has to be known, and the version of the language ours."""
    for name, _ in root.items:
        if name.text not in TOP_KEYS:
            message = f"“{name.text}” is not known at the top of a flow"
            reader.report("S001", message, name.span, did_you_mean(name.text, TOP_KEYS))
    version = root.get("ivr")
    if isinstance(version, Scalar) and version.text != LANGUAGE_VERSION:
        message = f"this is language version {version.text}"
        reader.report("S007", message, version.span, f"write  ivr: {LANGUAGE_VERSION}")


def languages(reader: Reader, root: MappingNode) -> tuple[Language, ...]:
    """The languages with their voices; the first one is where calls start."""
    many, one, voice_node = root.get("languages"), root.get("language"), root.get("voice")
    voice = (reader.voice(voice_node) if voice_node is not None else None) or UNSAID
    if many is not None:
        if one is not None:
            message = "language: and languages: stand side by side"
            reader.report("S005", message, one.span, "keep languages:")
        found = reader.mapping(many, "a map like  en-US: {voice: sarah}")
        each = [_language(reader, name, node) for name, node in found.items] if found else []
        return tuple(lang for lang in each if lang) or (Language("en-US", voice),)
    code = reader.language(one) if one is not None else None
    return (Language(code or "en-US", voice),)


def _language(reader: Reader, name: Scalar, node: Node) -> Language | None:
    code = reader.language(name)
    entry = reader.mapping(node, "a map like {voice: sarah}")
    if entry is None or code is None:
        return None
    reader.only(entry, {"voice"})
    voice = entry.get("voice")
    return Language(code, (reader.voice(voice) if voice is not None else None) or UNSAID)


def timezone(reader: Reader, root: MappingNode) -> str:
    """The flow's clock."""
    node = root.get("timezone")
    name = reader.word(node, "a time zone like America/Chicago") if node else None
    if node is None or name is None:
        return "UTC"
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"there is no time zone “{name}”"
        reader.report("S007", message, node.span, "write it like America/Chicago")
        return "UTC"
    return name


def schedules(reader: Reader, root: MappingNode, timezone: str) -> dict[str, Schedule]:
    """The opening hours by name."""
    node = root.get("hours")
    found = reader.mapping(node, "a map of schedules") if node is not None else None
    read: dict[str, Schedule] = {}
    for name, value in found.items if found else ():
        entry = reader.mapping(value, "a map like  mon-fri: 8:00-17:30")
        if entry is None:
            continue
        compiled = hours.compile(_written(reader, entry), timezone=timezone)
        for finding in compiled.findings:
            span = _span_at(name, entry, finding.path)
            reader.problems.append(
                Problem(finding.code, finding.message, span, finding.help, finding.severity)
            )
        if compiled.schedule is not None:
            read[name.text] = compiled.schedule
    return read


def _written(reader: Reader, entry: MappingNode) -> dict[str, str | list[str]]:
    """A schedule as it was written: texts and lists of texts."""
    written: dict[str, str | list[str]] = {}
    for name, value in entry.items:
        match value:
            case Scalar():
                written[name.text] = value.text
            case Sequence():
                words = [reader.word(item, "a day or a calendar") for item in value.items]
                written[name.text] = [word for word in words if word is not None]
            case MappingNode():
                reader.wrong_type(value, "times like 8:00-17:30, or a list")
    return written


def _span_at(name: Scalar, entry: MappingNode, path: tuple[str | int, ...]) -> Span:
    """The place of a value inside a schedule, by its path of keys and indexes."""
    node: Node = entry if path else name
    for key in path:
        match node:
            case MappingNode() if (found := node.get(str(key))) is not None:
                node = found
            case Sequence() if isinstance(key, int) and key < len(node.items):
                node = node.items[key]
    return node.span


def numbers(reader: Reader, root: MappingNode) -> dict[str, str]:
    """The names for telephone numbers."""
    node = root.get("numbers")
    found = reader.mapping(node, "a map of numbers") if node is not None else None
    read = {name.text: reader.number(value) for name, value in found.items} if found else {}
    return {name: number for name, number in read.items() if number is not None}


def texts(reader: Reader, root: MappingNode) -> dict[str, Node]:
    """The named texts, as nodes: they are read where they are said."""
    node = root.get("texts")
    found = reader.mapping(node, "a map of texts") if node is not None else None
    return {name.text: value for name, value in found.items} if found else {}


def anytime(reader: Reader, root: MappingNode) -> dict[str, Destination]:
    """The keys that work in every menu."""
    node = root.get("anytime")
    found = reader.mapping(node, "a map like  0: operator") if node is not None else None
    keys: dict[str, Destination] = {}
    for name, value in found.items if found else ():
        key = menu_key(reader, name)
        destination = reader.destination(value)
        if key is not None and len(key) > 1:
            message = f"“{name.text}” is more than one key"
            reader.report("M004", message, name.span, "anytime: takes single keys")
        elif key is not None and destination is not None:
            keys[key] = destination
    return keys


def variables(reader: Reader, root: MappingNode) -> dict[str, Value]:
    """The variables with their first values."""
    node = root.get("vars")
    found = reader.mapping(node, "a map like  tries: 0") if node is not None else None
    values: dict[str, Value] = {}
    for name, value in found.items if found else ():
        variable = reader.variable(name)
        if variable is not None:
            values[variable] = reader.value(value)
    return values


def call_limit(reader: Reader, root: MappingNode) -> int:
    """How long a call may take, in milliseconds."""
    node = root.get("limits")
    found = reader.mapping(node, "a map like {call: 15m}") if node is not None else None
    limit = CALL_LIMIT_MS
    for name, value in found.items if found else ():
        if name.text == "call":
            limit = reader.duration(value, *CALL_LIMITS_MS, CALL_LIMIT_MS)
        else:
            message = f"“{name.text}” is not known in limits"
            reader.report("S001", message, name.span, did_you_mean(name.text, ("call",)))
    return limit


def inputs(reader: Reader, root: MappingNode) -> tuple[str, ...]:
    """What the flow is given by whoever runs it."""
    node = root.get("inputs")
    nodes = _listed(reader, node, "a list of names, like [card, language]") if node else ()
    return _unlike(reader, [(each, reader.variable(each)) for each in nodes])


def returns(reader: Reader, root: MappingNode) -> tuple[str, ...]:
    """The outcomes of a flow that others run."""
    node = root.get("returns")
    nodes = _listed(reader, node, "a list of outcomes, like [verified, gave_up]") if node else ()
    if node is not None and isinstance(node, Sequence) and not nodes:
        reader.report("S007", "this list is empty", node.span, "name an outcome, like [done]")
    taken = COMMON | KINDS.keys() | RESERVED | _RUN
    return _unlike(reader, [(each, reader.outcome(each, taken)) for each in nodes])


def _listed(reader: Reader, node: Node, wanted: str) -> tuple[Node, ...]:
    if isinstance(node, MappingNode):
        reader.wrong_type(node, wanted)
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    if len(nodes) > NAMES_MAX:
        message = f"{len(nodes)} names; {NAMES_MAX} is the most"
        reader.report("S007", message, node.span, "leave some out")
        return ()
    return nodes


def _unlike(reader: Reader, names: list[tuple[Node, str | None]]) -> tuple[str, ...]:
    """The names, each once (Y003 for the second)."""
    read: list[str] = []
    for node, name in names:
        if name in read:
            message = f"“{name}” stands in this list twice"
            reader.report("Y003", message, node.span, "keep one of them")
        elif name is not None:
            read.append(name)
    return tuple(read)


def way_out(reader: Reader, root: MappingNode, key: str) -> Destination | None:
    """``on_hangup`` or ``on_error``."""
    node = root.get(key)
    return reader.destination(node) if node is not None else None


def check_targets(reader: Reader, destination: Destination | None, steps: Collection[str]) -> None:
    """What a flow's own ways out, or a default, lead to has to exist (F001)."""
    known = flow_ids(reader.documents)
    for branch in destination or ():
        target = branch.target
        if target in RESERVED_DESTINATIONS or target in steps:
            continue
        if target.startswith("/"):
            if target[1:] not in known:
                message = f"there is no flow called “{target[1:]}”"
                remedy = did_you_mean(target, [f"/{name}" for name in known])
                reader.report("F001", message, branch.span, remedy)
            continue
        names = [*steps, *RESERVED_DESTINATIONS]
        message = f"there is no step called “{target}”"
        if branch.span.file != reader.document.file:
            message += f" in {reader.document.file}, which includes this"
        reader.report("F001", message, branch.span, did_you_mean(target, names))
