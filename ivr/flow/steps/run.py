"""``run``: lead the caller through another flow, and go on with the outcome it returns.

The other flow sees only what it is given under ``with``, as ``inputs.NAME``; what it returns as a
value is kept in ``save``. Its outcomes are keys of this action; ``otherwise`` leads the rest. The
anytime keys of this flow work in the other one too, where it has none of its own for them.
LANGUAGE.md §5.3, §5.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.problems import Span
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.steps import outcomes
from ivr.flow.steps.common import COMMON
from ivr.flow.text import Template
from ivr.flow.values import Value
from ivr.flow.written import Written, read_map, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset({"with", "save"})
OUTCOMES = frozenset({"otherwise"})


@dataclass(frozen=True, slots=True)
class RunFlow:
    """Which flow, with what, and where each of its outcomes leads."""

    flow: str
    inputs: Mapping[str, Written]
    save: str | None
    outcomes: Mapping[str, Destination]
    span: Span
    """Of the flow's name."""
    kind: str = "run"
    goes_on: bool = True

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
        return outcomes.edges(self.outcomes)

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def templates(self) -> Iterator[Template]:
        """Every text that is computed."""
        for written in self.inputs.values():
            yield from templates(written)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, and go into the other flow."""
        run.say(action.prompt, action)
        given = {name: run.compute(value) for name, value in self.inputs.items()}
        values = {name: value for name, (value, _) in given.items()}
        secret = frozenset(name for name, (_, hidden) in given.items() if hidden)
        run.run_flow(self.flow, values, secret)

    def returned(self, run: Run, action: Action, outcome: str, value: Value, secret: bool) -> None:
        """The other flow is over; ``run`` stands at this action again."""
        if self.save is not None:
            run.set(self.save, value, sensitive=secret)
        if not outcomes.follow(run, self.outcomes, outcome):
            run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> RunFlow | None:
    """Read a run step; whether the flow exists is the checker's to tell."""
    flow, save = reader.word(value, "the name of a flow"), entry.get("save")
    inputs = read_map(reader, entry.get("with"), "a map like  number: ${call.from}")
    found = outcomes.read(reader, entry, None, OPTIONS | COMMON | {"run"})
    variable = reader.variable(save) if save is not None else None
    if not flow:
        return None
    return RunFlow(flow.removeprefix("/"), inputs, variable, found, value.span)
