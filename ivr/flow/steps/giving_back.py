"""``return``: end this flow with an outcome, and go on in the one that runs it.

The outcome is one of the flow's ``returns``; ``value`` goes along with it. LANGUAGE.md §5.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.problems import Span
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.steps.run import RunFlow
from ivr.flow.text import Template
from ivr.flow.written import Plain, Written, read, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset({"value"})
OUTCOMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Return:
    """The outcome and the value."""

    outcome: str
    value: Written
    span: Span
    """Of the outcome."""
    kind: str = "return"
    goes_on: bool = False

    def edges(self) -> Iterator[Edge]:
        """None: it leads out of the flow."""
        return iter(())

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def templates(self) -> Iterator[Template]:
        """Every text that is computed."""
        return templates(self.value)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, and go back."""
        run.say(action.prompt, action)
        value, secret = run.compute(self.value)
        back = run.come_back()
        if back is None:
            run.trouble("a flow returned that nobody runs")
        else:
            cast(RunFlow, back.kind).returned(run, back, self.outcome, value, secret)


def load(reader: Reader, entry: MappingNode, value: Node) -> Return | None:
    """Read a return step; whether the outcome is declared is the checker's to tell."""
    outcome, given = reader.word(value, "an outcome of returns:"), entry.get("value")
    written = read(reader, given) if given is not None else Plain(None)
    return Return(outcome, written, value.span) if outcome else None
