"""``transfer``: connect the caller to a number, and come back with how it went.

The step's text is heard to its end first. Outcomes are always the same names: ``done`` (answered,
talk over; default: hang up), ``busy``, ``no_answer``, ``failed``, and ``otherwise`` for those
without a destination of their own. LANGUAGE.md §2.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Command, LegOutcome, Transfer
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

RING_MS = 25_000
"""About five rings."""
OPTIONS = frozenset({"ring", "caller_id", "limit"})
OUTCOMES = frozenset({"done", "busy", "no_answer", "failed", "otherwise"})


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Whom to ring, for how long, and where each outcome leads."""

    target: str
    """A name of ``numbers:`` or the number itself."""
    ring_ms: int
    caller_id: str | None
    limit_ms: int | None
    outcomes: Mapping[str, Destination]
    kind: str = "transfer"
    goes_on: bool = False

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
        for name, destination in self.outcomes.items():
            yield Edge(name, destination)

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the caller leaves once everything was heard."""
        run.say(action.prompt, action)
        run.leave_when_heard()

    def command(self, run: Run) -> Command:
        """The transfer itself."""
        numbers = run.flow.numbers
        return Transfer(
            name=self.target,
            number=numbers.get(self.target, self.target),
            ring_ms=self.ring_ms,
            caller_id=numbers.get(self.caller_id, self.caller_id) if self.caller_id else None,
            limit_ms=self.limit_ms,
            step=run.state.place.step,
        )

    def returned(self, run: Run, action: Action, outcome: LegOutcome) -> None:
        """Go where the outcome leads."""
        destination = self.outcomes.get(outcome.value)
        if destination is None and outcome is LegOutcome.DONE:
            run.end("transferred")
            return
        if destination is None:
            destination = self.outcomes.get("otherwise")
        if destination is None or not run.go(destination):
            run.say_goodbye("not_connected")


def load(reader: Reader, entry: MappingNode, value: Node) -> TransferTo | None:
    """Read a transfer step."""
    target = reader.number(value)
    ring, caller_id, limit = entry.get("ring"), entry.get("caller_id"), entry.get("limit")
    outcomes: dict[str, Destination] = {}
    for name, node in entry.items:
        if name.text in OUTCOMES and (found := reader.destination(node)) is not None:
            outcomes[name.text] = found
    rest = {"busy", "no_answer", "failed"}
    if "otherwise" not in outcomes and not rest <= outcomes.keys() and isinstance(value, Scalar):
        missing = ", ".join(sorted(rest - outcomes.keys()))
        message = f"nothing is said about {missing}"
        reader.warn("T002", message, value.span, "add  otherwise: step")
    if target is None:
        return None
    return TransferTo(
        target=target,
        ring_ms=reader.duration(ring, 5_000, 600_000, RING_MS) if ring is not None else RING_MS,
        caller_id=reader.number(caller_id) if caller_id is not None else None,
        limit_ms=reader.duration(limit, 10_000, 14_400_000, 0) if limit is not None else None,
        outcomes=outcomes,
    )
