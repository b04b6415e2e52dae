"""``event``: tell something to those who listen outside, for statistics or a webhook.

Nothing answers, so the flow goes on at once. Sensitive values are left out by the checker (R002).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Emit
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.text import MASK, Template
from ivr.flow.written import Written, read_map, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset({"with"})
OUTCOMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TellEvent:
    """The event's name and what goes along with it."""

    name: str
    data: Mapping[str, Written]
    kind: str = "event"
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
        for written in self.data.values():
            yield from templates(written)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the event is told once earlier notices were heard."""
        run.take_turn(action)

    def begin(self, run: Run, action: Action) -> None:
        """Tell it, and go on."""
        computed = {name: run.compute(value) for name, value in self.data.items()}
        data = {name: MASK if secret else value for name, (value, secret) in computed.items()}
        place = run.state.place
        run.commands.append(Emit(self.name, data, place.step, place.flow))
        run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> TellEvent | None:
    """Read an event step."""
    name = reader.word(value, "an event's name")
    data = read_map(reader, entry.get("with"), "a map like  reason: ${why}")
    return TellEvent(name, data) if name else None
