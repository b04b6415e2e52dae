"""``do``: call a function the developers registered, and go on with what it says.

The only door from a flow to code. It gets the values under ``with``, and nothing else of the call;
what it returns is kept in ``save``. It begins once earlier notices were heard. Outcomes are the
ones the function declares, and ``failed``: it raised, took longer than its time limit, or was given
what it does not take. A function that brings text piece by piece is spoken as the pieces come; a
key stops it as it stops any text. LANGUAGE.md §2.9, §5.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import ErrandDone, Invoke, RequestAnswered
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.steps import outcomes
from ivr.flow.steps.common import COMMON
from ivr.flow.text import Template
from ivr.flow.values import Value
from ivr.flow.written import Written, read_map, tainted, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

TIMEOUT_MS = 4_000
"""Where neither the step nor the function says anything."""
OPTIONS = frozenset({"with", "save", "timeout", "hold", "example", "finish"})
OUTCOMES = frozenset({"failed", "otherwise"})
DONE = "done"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Do:
    """The function, what it is given, and where each outcome leads."""

    function: str
    arguments: Mapping[str, Written]
    save: str | None
    timeout_ms: int | None
    hold: str | None
    example: Value
    finish: bool
    outcomes: Mapping[str, Destination]
    kind: str = "do"
    goes_on: bool = True
    again: bool = False

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
        return outcomes.edges(self.outcomes)

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None but what is said anywhere."""
        return iter(())

    def templates(self) -> Iterator[Template]:
        """Every text that is computed."""
        for written in self.arguments.values():
            yield from templates(written)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, and call."""
        run.take_turn(action)

    def begin(self, run: Run, action: Action) -> None:
        """Call the function."""
        known = run.flows.functions.get(self.function)
        limit = self.timeout_ms or (known.timeout_ms if known is not None else TIMEOUT_MS)
        invoke = Invoke(
            id=run.next_errand(),
            function=self.function,
            arguments={name: run.compute(value)[0] for name, value in self.arguments.items()},
            timeout_ms=limit,
            step=run.state.place.step,
            example=self.example,
            finish=self.finish,
        )
        run.begin(invoke, f"do {self.function}", limit)

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Keep what it returned."""
        assert isinstance(event, ErrandDone)
        if event.outcome == FAILED:
            return FAILED
        if self.save is not None:
            given = self.arguments.values()
            secret = any(tainted(value, run.state.sensitive) for value in given)
            run.set(self.save, event.value, sensitive=secret)
        return event.outcome

    def reads_secrets(self, run: Run) -> bool:
        """Whether it was given anything sensitive; what it says then is sensitive too."""
        return any(tainted(value, run.state.sensitive) for value in self.arguments.values())

    def lost(self) -> str:
        """No answer is a failure."""
        return FAILED

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Go where the outcome leads."""
        if outcome == DONE:
            run.advance(action.goto)
        elif not outcomes.follow(run, self.outcomes, outcome):
            run.trouble(f"{self.function} ended with “{outcome}”, and nothing is said about that")


def load(reader: Reader, entry: MappingNode, value: Node) -> Do | None:
    """Read a do step; whether the function exists is the checker's to tell."""
    function = reader.word(value, "the name of a registered function")
    save, timeout, hold = entry.get("save"), entry.get("timeout"), entry.get("hold")
    example, finish = entry.get("example"), entry.get("finish")
    clip = reader.clip(hold) if hold is not None else None
    arguments = read_map(reader, entry.get("with"), "a map like  number: ${call.from}")
    found = outcomes.read(reader, entry, None, OPTIONS | COMMON | {"do"})
    if not function:
        return None
    return Do(
        function=function,
        arguments=arguments,
        save=reader.variable(save) if save is not None else None,
        timeout_ms=reader.duration(timeout, 100, 60_000, TIMEOUT_MS)
        if timeout is not None
        else None,
        hold=clip.file if clip is not None else None,
        example=reader.value(example) if example is not None else None,
        finish=reader.flag(finish) if finish is not None else False,
        outcomes=found,
    )
