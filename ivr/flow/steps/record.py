"""``record``: record what the caller says into a variable, and go on.

The variable holds ``{id, seconds}``; the sound itself is kept by the service. ``empty`` is where
there was nothing. How a recording begins and ends is in :mod:`ivr.flow.steps.recording`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import ErrandDone, RequestAnswered
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.state import Once, Wait
from ivr.flow.steps import outcomes, recording
from ivr.flow.steps.recording import EMPTY, FAILED, Limits
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = recording.OPTIONS
OUTCOMES = frozenset({"empty"})


@dataclass(frozen=True, slots=True)
class RecordCaller:
    """The variable, how the recording begins and ends, and where ``empty`` leads."""

    variable: str
    limits: Limits
    outcomes: Mapping[str, Destination]
    kind: str = "record"
    goes_on: bool = True
    again: bool = False
    hold: str | None = None
    sensitive: bool = False

    @property
    def end_key(self) -> str:
        """The key that ends the recording, and the text before it."""
        return self.limits.end_key

    def edges(self) -> Iterator[Edge]:
        """``empty``."""
        return outcomes.edges(self.outcomes)

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """The question of the review."""
        return recording.own_texts(self.limits, language)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the tone comes once it was heard."""
        run.take_turn(action, once=Once.EVERYTHING)

    def begin(self, run: Run, action: Action) -> None:
        """Record."""
        recording.begin(run, self.limits, None, transcribe=False)

    def end(self, run: Run, wait: Wait) -> None:
        """The caller pressed the end key."""
        recording.end(run, wait)

    def hung_up(self, run: Run, wait: Wait) -> None:
        """The caller is gone: what they said stays."""
        recording.hung_up(run, wait)

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Keep what is known of the recording."""
        assert isinstance(event, ErrandDone)
        if event.outcome not in (EMPTY, FAILED):
            run.set(self.variable, event.value)
        return event.outcome

    def lost(self) -> str:
        """Nobody tells what became of it."""
        return FAILED

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Let it be reviewed, or keep it and go on."""
        wait = run.state.wait
        assert wait is not None
        if outcome == FAILED:
            run.trouble("what the caller said could not be recorded")
        elif outcome == EMPTY:
            if not outcomes.follow(run, self.outcomes, EMPTY):
                run.advance(action.goto)
        elif self.limits.review:
            recording.review(run, wait)
        else:
            self._keep(run, action, wait)

    def _keep(self, run: Run, action: Action, wait: Wait) -> None:
        recording.keep(run, wait)
        run.advance(action.goto)

    # ------------------------------------------------------------------ while it is reviewed

    def key(self, run: Run, action: Action, key: str) -> None:
        """1 keeps it, 2 records again, 3 plays it."""
        wait = run.state.wait
        assert wait is not None
        if recording.reviewed(run, action, key):
            self._keep(run, action, wait)

    def timeout(self, run: Run, action: Action) -> None:
        """Silence: asked again, then kept."""
        wait = run.state.wait
        assert wait is not None
        if recording.unreviewed(run):
            self._keep(run, action, wait)

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """The question of the review, again."""
        recording.review_again(run, wait)


def load(reader: Reader, entry: MappingNode, value: Node) -> RecordCaller | None:
    """Read a record step."""
    variable = reader.variable(value)
    limits = recording.load(reader, entry)
    found = outcomes.read(reader, entry, OUTCOMES)
    return RecordCaller(variable, limits, found) if variable is not None else None
