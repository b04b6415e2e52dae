"""``transfer``: connect the caller to somebody, and come back with how it went.

The step's text is heard to its end first. A list is tried in order, or all at once (``together``).
Outcomes are always the same names: ``done`` (answered, talk over; default: hang up), ``busy``,
``no_answer``, ``failed``, and ``otherwise`` for those without a destination of their own. What a
list came to is what its last target came to. LANGUAGE.md §2.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Command, LegOutcome, Target, Transfer, Words
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.state import Wait
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

RING_MS = 25_000
"""About five rings."""
TARGETS_MAX = 10
"""As many as one ``<Dial>`` takes."""
OPTIONS = frozenset(
    {"ring", "caller_id", "limit", "whisper", "accept", "hold", "together", "blind", "record_talk"}
)
OUTCOMES = frozenset({"done", "busy", "no_answer", "failed", "otherwise"})
_ADDRESS = re.compile(
    r"sip:[^\s@]+@[^\s@]+|client:[A-Za-z0-9_.-]{1,100}|conference:[A-Za-z0-9_.-]{1,100}"
)


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Whom to ring, for how long, and where each outcome leads."""

    targets: tuple[str, ...]
    """Names of ``numbers:``, or addresses."""
    ring_ms: int
    caller_id: str | None
    limit_ms: int | None
    outcomes: Mapping[str, Destination]
    together: bool = False
    whisper: Prompt | None = None
    accept: str = ""
    hold: str | None = None
    blind: bool = False
    record: bool = False
    kind: str = "transfer"
    goes_on: bool = False

    @property
    def target(self) -> str:
        """Who is rung first."""
        return self.targets[0]

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
        for name, destination in self.outcomes.items():
            yield Edge(name, destination)

    def prompts(self) -> Iterator[Prompt]:
        """What the other side is told."""
        if self.whisper is not None:
            yield self.whisper

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the caller leaves once everything was heard."""
        run.say(action.prompt, action)
        run.leave_when_heard()

    def command(self, run: Run, target: int) -> Command:
        """The transfer itself."""
        numbers = run.flow.numbers
        targets = [Target(name, numbers.get(name, name)) for name in self.targets]
        parts = run.compose(self.whisper, run.action) if self.whisper is not None else ()
        return Transfer(
            name=targets[target].name,
            number=targets[target].address,
            ring_ms=self.ring_ms,
            caller_id=numbers.get(self.caller_id, self.caller_id) if self.caller_id else None,
            limit_ms=self.limit_ms,
            step=run.state.place.step,
            together=tuple(targets[1:]) if self.together else (),
            whisper=tuple(part for part in parts if isinstance(part, Words)),
            accept=self.accept,
            hold=self.hold,
            blind=self.blind,
            record=self.record,
        )

    def returned(self, run: Run, action: Action, outcome: LegOutcome, wait: Wait) -> None:
        """Ring the next one, or go where the outcome leads."""
        more = not self.together and wait.target + 1 < len(self.targets)
        if outcome is not LegOutcome.DONE and more:
            run.leave_when_heard(wait.target + 1)
            return
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
    nodes = value.items if isinstance(value, Sequence) else (value,)
    targets = [name for node in nodes if (name := _target(reader, node)) is not None]
    if len(nodes) > TARGETS_MAX:
        message = f"{len(nodes)} targets; {TARGETS_MAX} is the most"
        reader.report("S007", message, value.span, "ring fewer, or use a queue")
    rooms = [name for name in targets if name.startswith("conference:")]
    if rooms and len(targets) > 1 and _flag(reader, entry, "together"):
        message = f"{rooms[0]} is a room, which is not rung together with others"
        reader.report("S007", message, value.span, "leave together out: they are tried in order")
    ring, caller_id, limit = entry.get("ring"), entry.get("caller_id"), entry.get("limit")
    whisper, hold, accept = entry.get("whisper"), entry.get("hold"), entry.get("accept")
    outcomes: dict[str, Destination] = {}
    for key, node in entry.items:
        if key.text in OUTCOMES and (found := reader.destination(node)) is not None:
            outcomes[key.text] = found
    rest = {"busy", "no_answer", "failed"}
    if "otherwise" not in outcomes and not rest <= outcomes.keys() and targets:
        missing = ", ".join(sorted(rest - outcomes.keys()))
        message = f"nothing is said about {missing}"
        reader.warn("T002", message, value.span, "add  otherwise: step")
    if not targets:
        return None
    clip = reader.clip(hold) if hold is not None else None
    return TransferTo(
        targets=tuple(targets),
        ring_ms=reader.duration(ring, 5_000, 600_000, RING_MS) if ring is not None else RING_MS,
        caller_id=reader.number(caller_id) if caller_id is not None else None,
        limit_ms=reader.duration(limit, 10_000, 14_400_000, 0) if limit is not None else None,
        outcomes=outcomes,
        together=_flag(reader, entry, "together"),
        whisper=reader.prompt(whisper) if whisper is not None else None,
        accept=_key(reader, accept) if accept is not None else "",
        hold=clip.file if clip is not None else None,
        blind=_flag(reader, entry, "blind"),
        record=_flag(reader, entry, "record_talk"),
    )


def _target(reader: Reader, node: Node) -> str | None:
    if isinstance(node, Scalar) and _ADDRESS.fullmatch(node.text):
        return node.text
    return reader.number(node)


def _flag(reader: Reader, entry: MappingNode, key: str) -> bool:
    node = entry.get(key)
    return reader.flag(node) if node is not None else False


def _key(reader: Reader, node: Node) -> str:
    """The key with which the other side takes the call."""
    if isinstance(node, Scalar) and re.fullmatch(r"[0-9]", node.text):
        return node.text
    reader.wrong_type(node, "one key from 0 to 9")
    return ""
