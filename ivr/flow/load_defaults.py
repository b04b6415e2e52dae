"""``defaults:``: options for all steps of a kind that do not say otherwise.

A step's own word comes first, then the flow's, then that of the files it includes, then the line's
own. Defaults are put into the steps as nodes, before the kinds read them, so that no kind knows of
them and what is wrong with one is told once, where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.flow.load_keys import refuse
from ivr.flow.model import Destination
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.steps import COMMON, KINDS

FAIL = "fail"
AFTER_KEY_MS_MAX = 5_000
_GENERAL = frozenset({FAIL, "operator", "after_key"})

Pair = tuple[Scalar, Node]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What ``defaults:`` says."""

    options: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)
    """By kind."""
    fail: Pair | None = None
    """For every kind that has this outcome."""
    operator: Destination | None = None
    after_key_ms: int = 0
    leads_to: tuple[Destination, ...] = ()
    """Where ``fail`` and ``operator`` lead."""

    def put_into(self, entry: MappingNode, kind: str) -> MappingNode:
        """An action with the defaults of its kind behind its own keys."""
        own = set(entry.keys())
        added = [pair for pair in self.options.get(kind, ()) if pair[0].text not in own]
        own.update(name.text for name, _ in added)
        if self.fail is not None and FAIL in KINDS[kind].outcomes and FAIL not in own:
            added.append(self.fail)
        return MappingNode((*entry.items, *added), entry.span) if added else entry


def load_defaults(reader: Reader, root: MappingNode) -> Defaults:
    """The defaults of a flow, with those it includes."""
    node = root.get("defaults")
    found = reader.mapping(node, "a map like  menu: {tries: 2}") if node is not None else None
    if found is None:
        return Defaults()
    options: dict[str, tuple[Pair, ...]] = {}
    for name, value in found.items:
        if name.text in KINDS:
            options[name.text] = _of_kind(reader, name.text, value)
        elif name.text not in _GENERAL:
            refuse(reader, name, "defaults", "defaults", _GENERAL | KINDS.keys())
    after_key = found.get("after_key")
    fail = next((pair for pair in found.items if pair[0].text == FAIL), None)
    operator_node = found.get("operator")
    operator = reader.destination(operator_node) if operator_node is not None else None
    return Defaults(
        options=options,
        fail=fail,
        operator=operator,
        leads_to=(
            *((operator,) if operator is not None else ()),
            *_destinations(reader, fail[1] if fail is not None else None),
        ),
        after_key_ms=(
            reader.duration(after_key, 0, AFTER_KEY_MS_MAX, 0) if after_key is not None else 0
        ),
    )


def _destinations(reader: Reader, node: Node | None) -> tuple[Destination, ...]:
    """Where ``fail`` leads: one destination, or one for each cause."""
    if node is None:
        return ()
    nodes = [value for _, value in node.items] if isinstance(node, MappingNode) else [node]
    found = [reader.destination(each) for each in nodes]
    return tuple(destination for destination in found if destination is not None)


def _of_kind(reader: Reader, kind: str, node: Node) -> tuple[Pair, ...]:
    """The options for one kind, without those that cannot stand there."""
    found = reader.mapping(node, "a map of options, like {tries: 2}")
    known = KINDS[kind].options | KINDS[kind].outcomes
    good: list[Pair] = []
    for name, value in found.items if found else ():
        if name.text in known:
            good.append((name, value))
        elif name.text in COMMON or name.text in KINDS:
            message = f"“{name.text}” is for each step to say, and no default"
            reader.report("S006", message, name.span, "write it in the steps")
        else:
            refuse(reader, name, kind, f"defaults of {kind}", known)
    return tuple(good)
