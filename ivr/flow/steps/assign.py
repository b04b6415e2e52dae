"""``set``: give variables values.

Each value is plain, or a text with placeholders; a text that is one placeholder and nothing else
keeps its type (``${tries + 1}`` stays a number). All are computed before any is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.text import Template
from ivr.flow.values import Value

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assign:
    """The new values by variable."""

    values: Mapping[str, Template | Value]
    kind: str = "set"
    goes_on: bool = True

    def edges(self) -> Iterator[Edge]:
        """None of its own."""
        return iter(())

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, set the variables, go on."""
        run.say(action.prompt, action)
        for name, (value, tainted) in {
            name: run.compute(value) for name, value in self.values.items()
        }.items():
            run.set(name, value, sensitive=tainted)
        run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> Assign | None:
    """Read a set step."""
    found = reader.mapping(value, "a map like  tries: ${tries + 1}")
    if found is None:
        return None
    values: dict[str, Template | Value] = {}
    for name, node in found.items:
        variable = reader.variable(name)
        computed = isinstance(node, Scalar) and "${" in node.text
        template = reader.template(node) if computed and isinstance(node, Scalar) else None
        if variable is not None:
            values[variable] = template if template is not None else reader.value(node)
    return Assign(values)
