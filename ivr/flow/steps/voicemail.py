"""``voicemail``: let the caller leave a message in a mailbox of the service.

Outcomes: ``done`` (default: goodbye) and ``empty``, where there was nothing to keep (default: as
``done``). How a recording begins and ends is in :mod:`ivr.flow.steps.recording`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import ErrandDone, RequestAnswered
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.problems import Span
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node
from ivr.flow.state import Once, Wait
from ivr.flow.steps import outcomes, recording
from ivr.flow.steps.recording import DONE, EMPTY, FAILED, Limits
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = recording.OPTIONS | {"transcribe"}
OUTCOMES = frozenset({"done", "empty"})


@dataclass(frozen=True, slots=True)
class Voicemail:
    """The mailbox, how the recording begins and ends, and where its outcomes lead."""

    mailbox: str
    span: Span
    """Of the mailbox's name."""
    limits: Limits
    transcribe: bool
    outcomes: Mapping[str, Destination]
    kind: str = "voicemail"
    goes_on: bool = False
    again: bool = False
    hold: str | None = None
    sensitive: bool = False

    @property
    def end_key(self) -> str:
        """The key that ends the recording, and the text before it."""
        return self.limits.end_key

    def edges(self) -> Iterator[Edge]:
        """One for each outcome that was given a destination."""
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
        recording.begin(run, self.limits, self.mailbox, transcribe=self.transcribe)

    def end(self, run: Run, wait: Wait) -> None:
        """The caller pressed the end key."""
        recording.end(run, wait)

    def hung_up(self, run: Run, wait: Wait) -> None:
        """The caller is gone: the message stays."""
        recording.hung_up(run, wait)

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Whether there is a message."""
        assert isinstance(event, ErrandDone)
        return event.outcome

    def lost(self) -> str:
        """Nobody tells what became of it."""
        return FAILED

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Let it be reviewed, or keep it and go on."""
        wait = run.state.wait
        assert wait is not None
        if outcome == FAILED:
            run.trouble("the message could not be recorded")
        elif outcome == EMPTY:
            empty = self.outcomes.get(EMPTY) or self.outcomes.get(DONE)
            recording.goodbye_or(run, empty, "hangup")
        elif self.limits.review:
            recording.review(run, wait)
        else:
            self._keep(run, wait)

    def _keep(self, run: Run, wait: Wait) -> None:
        recording.keep(run, wait)
        recording.goodbye_or(run, self.outcomes.get(DONE), "hangup")

    # ------------------------------------------------------------------ while it is reviewed

    def key(self, run: Run, action: Action, key: str) -> None:
        """1 sends it, 2 records again, 3 plays it."""
        wait = run.state.wait
        assert wait is not None
        if recording.reviewed(run, action, key):
            self._keep(run, wait)

    def timeout(self, run: Run, action: Action) -> None:
        """Silence: asked again, then kept."""
        wait = run.state.wait
        assert wait is not None
        if recording.unreviewed(run):
            self._keep(run, wait)

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """The question of the review, again."""
        recording.review_again(run, wait)


def load(reader: Reader, entry: MappingNode, value: Node) -> Voicemail | None:
    """Read a voicemail step."""
    mailbox, transcribe = reader.word(value, "a mailbox or an address"), entry.get("transcribe")
    limits = recording.load(reader, entry)
    found = outcomes.read(reader, entry, OUTCOMES)
    if not mailbox:
        return None
    wanted = reader.flag(transcribe) if transcribe is not None else False
    return Voicemail(mailbox, value.span, limits, wanted, found)
