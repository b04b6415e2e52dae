"""``set``: give variables values.

Each value is plain, or a text with placeholders, or a list or map of them; a text that is one
placeholder and nothing else keeps its type (``${tries + 1}`` stays a number). All are computed
before any is set. ``call.patience`` can be set too: how much longer than others this caller may
take to press a key, from 1 to 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.text import Template
from ivr.flow.values import EvaluationError, Value, is_number
from ivr.flow.written import Written, read, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES: frozenset[str] = frozenset()
PATIENCE = "call.patience"
PATIENCE_MAX = 5


@dataclass(frozen=True, slots=True)
class Assign:
    """The new values by variable."""

    values: Mapping[str, Written]
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

    def templates(self) -> Iterator[Template]:
        """Every text that is computed."""
        for written in self.values.values():
            yield from templates(written)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, set the variables, go on."""
        run.say(action.prompt, action)
        computed = {name: run.compute(value) for name, value in self.values.items()}
        for name, (value, secret) in computed.items():
            if name == PATIENCE:
                run.state.patience = _patience(value)
            else:
                run.set(name, value, sensitive=secret)
        run.advance(action.goto)


def _patience(value: Value) -> float:
    if is_number(value) and 1 <= value <= PATIENCE_MAX:
        return float(value)
    raise EvaluationError(f"call.patience is a number from 1 to {PATIENCE_MAX}")


def load(reader: Reader, entry: MappingNode, value: Node) -> Assign | None:
    """Read a set step."""
    found = reader.mapping(value, "a map like  tries: ${tries + 1}")
    if found is None:
        return None
    values: dict[str, Written] = {}
    for name, node in found.items:
        variable = PATIENCE if name.text == PATIENCE else reader.variable(name)
        written = read(reader, node)
        if variable is not None:
            values[variable] = written
    return Assign(values)
