"""Reads ``settings.yaml``, the only file that knows the outside world, for one environment.

Voices have a file of their own (``load_voices``), and so have the numbers (``load_numbers``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from ivr.flow.load_events import load_events
from ivr.flow.load_variables import value_with_variables, variables_in
from ivr.flow.load_voices import BUILT_IN, load_voices
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem
from ivr.flow.reader import Reader, TooManyProblems
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.values import Value
from ivr.flow.world import NO_EMERGENCY, Emergency, Mailbox, World

SETTINGS_KEYS = frozenset(
    {"voices", "environments", "emergency", "allowed_hosts", "mailboxes", "events"}
)
EMERGENCY_KEYS = frozenset({"say", "operator"})
MAILBOX_KEYS = frozenset({"keep", "mail"})
APOLOGY_CHARS_MAX = 500
"""The carrier's own voice may have to say it, in one go."""
KEEP_DAYS = 90
"""How long messages are kept where a mailbox says nothing."""
KEEP_DAYS_MAX = 3_650
ENTRIES_MAX = 1_000
"""Of ``allowed_hosts`` and ``mailboxes``."""
LACKING = "N004"
PAGES = {
    LACKING: """A setting that an environment does not have.

    The same flows run everywhere, so what one environment is told, the others should be told too.
    Also told where a setting reads a variable of the process that is not set.

    Wrong::

        environments:
          dev: {clinic_api: http://127.0.0.1:9000}
          production: {}

    Right::

        environments:
          dev: {clinic_api: http://127.0.0.1:9000}
          production: {clinic_api: https://api.northside.example}
    """,
}
T = TypeVar("T")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+(@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)?")
_DAYS = re.compile(r"(\d{1,5})d")


def load_settings(
    document: Document | None, environment: str, environ: Mapping[str, str]
) -> tuple[World, list[Problem]]:
    """The outside world as the folder describes it; without a file, the embedded voice alone.

    ``environ`` is what ``${env.NAME}`` may read.
    """
    nothing = World(BUILT_IN, {}, environment=environment)
    if document is None or document.root is None:
        return nothing, []
    reader = Reader(document)
    try:
        world = _world(reader, document.root, environment, environ)
    except TooManyProblems:
        world = None
    return world or nothing, reader.problems


def _world(
    reader: Reader, node: Node, environment: str, environ: Mapping[str, str]
) -> World | None:
    root = reader.mapping(node, "a map with voices: and environments:")
    if root is None:
        return None
    for name, _ in root.items:
        if name.text not in SETTINGS_KEYS:
            remedy = did_you_mean(name.text, SETTINGS_KEYS)
            reader.report("S001", f"“{name.text}” is not known in settings", name.span, remedy)
    voices, environments = root.get("voices"), root.get("environments")
    emergency, hosts = root.get("emergency"), root.get("allowed_hosts")
    mailboxes, events = root.get("mailboxes"), root.get("events")
    return World(
        voices={**BUILT_IN, **(load_voices(reader, voices, environ) if voices else {})},
        settings=_settings(reader, environments, environment, environ) if environments else {},
        emergency=_emergency(reader, emergency) if emergency else NO_EMERGENCY,
        environment=environment,
        allowed_hosts=_hosts(reader, hosts) if hosts else frozenset(),
        mailboxes=_mailboxes(reader, mailboxes) if mailboxes else {},
        events=load_events(reader, events, environment, environ, LACKING) if events else (),
    )


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


def _hosts(reader: Reader, node: Node) -> frozenset[str]:
    """Whom ``http`` may ask: ``api.example.com``, or with a port."""
    if isinstance(node, MappingNode):
        reader.wrong_type(node, "a list of hosts, like [api.example.com]")
        return frozenset()
    hosts: set[str] = set()
    for each in _few(reader, node.items if isinstance(node, Sequence) else (node,), node):
        host = reader.word(each, "a host like api.example.com")
        if host is None:
            continue
        if _HOST.fullmatch(host.lower()) is None:
            bare = host.split("//")[-1].split("/")[0].lower()
            message = f"“{host}” is not the name of a host"
            remedy = bare if _HOST.fullmatch(bare) else "api.example.com"
            reader.report("S007", message, each.span, f"write  {remedy}")
        else:
            hosts.add(host.lower())
    return frozenset(hosts)


def _mailboxes(reader: Reader, node: Node) -> dict[str, Mailbox]:
    """Where voicemails are kept, for how long, and whether they are mailed."""
    found = reader.mapping(node, "a map like  front_desk: {keep: 90d}")
    mailboxes: dict[str, Mailbox] = {}
    for name, value in _few(reader, found.items, found) if found else ():
        entry = reader.mapping(value, "a map like {keep: 90d, mail: yes}")
        if _MAILBOX.fullmatch(name.text) is None:
            reader.wrong_type(name, "a name like front_desk, or an address")
        elif entry is not None:
            mailboxes[name.text] = _mailbox(reader, name, entry)
    return mailboxes


def _mailbox(reader: Reader, name: Scalar, entry: MappingNode) -> Mailbox:
    address = "@" in name.text
    keep, mail = KEEP_DAYS, address
    for key, value in entry.items:
        match key.text:
            case "keep":
                keep = _days(reader, value)
            case "mail":
                mail = reader.flag(value)
                if mail and not address:
                    message = f"“{name.text}” is no address, so its messages cannot be mailed"
                    remedy = "call the mailbox by an address, like desk@example.com"
                    reader.report("S007", message, value.span, remedy)
            case _:
                remedy = did_you_mean(key.text, MAILBOX_KEYS)
                reader.report("S001", f"“{key.text}” is not known here", key.span, remedy)
    return Mailbox(name.text, keep, mail)


def _days(reader: Reader, node: Node) -> int:
    found = _DAYS.fullmatch(node.text) if isinstance(node, Scalar) else None
    days = int(found[1]) if found else 0
    if not 1 <= days <= KEEP_DAYS_MAX:
        reader.wrong_type(node, f"a number of days, like 90d, up to {KEEP_DAYS_MAX}d")
        return KEEP_DAYS
    return days


def _few(reader: Reader, entries: tuple[T, ...], node: Node) -> tuple[T, ...]:
    """The entries, or none after a report that there are too many."""
    if len(entries) <= ENTRIES_MAX:
        return entries
    message = f"{len(entries)} entries; {ENTRIES_MAX} is the most"
    reader.report("S007", message, node.span, "leave some out")
    return ()


# --------------------------------------------------------------------------- environments


def _settings(
    reader: Reader, node: Node, environment: str, environ: Mapping[str, str]
) -> Mapping[str, Value]:
    """``settings.*`` of the current environment; all of them are looked through."""
    found = reader.mapping(node, "a map of environments, like  dev: {name: value}")
    blocks: dict[str, MappingNode] = {}
    for name, value in found.items if found else ():
        block = reader.mapping(value, "a map of settings")
        if block is not None:
            blocks[name.text] = block
            _compare(reader, name, block, found)
    if found is not None and found.get(environment) is None:
        known = did_you_mean(environment, found.keys())
        reader.report("S007", f"there is no environment “{environment}” here", found.span, known)
        # So that not every use of every setting is told as well.
        return {name.text: None for block in blocks.values() for name, _ in block.items}
    settings: dict[str, Value] = {}
    for each, block in blocks.items():
        read = {n.text: value_with_variables(reader, v, environ) for n, v in block.items}
        if each == environment:
            settings = read
            _tell_unset(reader, block, environ)
    return settings


def _compare(reader: Reader, name: Scalar, block: MappingNode, all_: MappingNode | None) -> None:
    """Tell the settings that other environments have and this one lacks."""
    own = set(block.keys())
    others = [(n.text, b) for n, b in all_.items if isinstance(b, MappingNode)] if all_ else []
    lacking = {n.text: other for other, b in others for n, _ in b.items if n.text not in own}
    for key, other in lacking.items():
        message = f"the environment {name.text} has no “{key}”, and {other} has one"
        reader.warn(LACKING, message, name.span, f"add  {key}: …  to {name.text}")


def _tell_unset(reader: Reader, block: MappingNode, environ: Mapping[str, str]) -> None:
    for name, value in block.items:
        for variable in variables_in(value):
            if variable not in environ:
                message = f"{variable} is not set, so “{name.text}” is incomplete"
                remedy = f"set {variable} where the line runs"
                reader.warn(LACKING, message, value.span, remedy)
