"""``queue``: let the caller wait until somebody is free.

The step's text is heard first. Outcomes: ``done`` (somebody answered, talk over; default: hang up),
``full``, ``too_long`` (longer than ``limit``), ``closed``, ``failed``, and ``otherwise``.
LANGUAGE.md §2.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Command, JoinQueue, LegOutcome
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.state import Wait
from ivr.flow.steps import outcomes
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset({"hold", "limit"})
OUTCOMES = frozenset({"done", "full", "too_long", "closed", "failed", "otherwise"})
LIMIT_MS = (10_000, 7_200_000)


@dataclass(frozen=True, slots=True)
class Queue:
    """Which queue, for how long, and where each outcome leads."""

    name: str
    hold: str | None
    limit_ms: int | None
    outcomes: Mapping[str, Destination]
    kind: str = "queue"
    goes_on: bool = False

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
        return outcomes.edges(self.outcomes)

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

    def command(self, run: Run, target: int) -> Command:
        """To the queue."""
        return JoinQueue(self.name, self.hold, self.limit_ms, run.state.place.step)

    def returned(self, run: Run, action: Action, outcome: LegOutcome, wait: Wait) -> None:
        """Go where the outcome leads."""
        if outcome is LegOutcome.DONE and "done" not in self.outcomes:
            run.end("transferred")
        elif not outcomes.follow(run, self.outcomes, outcome.value):
            run.say_goodbye("not_connected")


def load(reader: Reader, entry: MappingNode, value: Node) -> Queue | None:
    """Read a queue step."""
    name, hold, limit = reader.word(value, "a queue's name"), entry.get("hold"), entry.get("limit")
    clip = reader.clip(hold) if hold is not None else None
    found = outcomes.read(reader, entry, OUTCOMES)
    if not name:
        return None
    return Queue(
        name,
        clip.file if clip is not None else None,
        reader.duration(limit, *LIMIT_MS, default_ms=LIMIT_MS[1]) if limit is not None else None,
        found,
    )
