"""``sms``: send the caller, or somebody else, a text message.

``text`` is what is sent, in the caller's language. The flow goes on as soon as the message is
safely on its way; ``failed`` is where it cannot be: no number, or nobody takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import ErrandDone, RequestAnswered, SendText, Words
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import E164, Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.steps import outcomes
from ivr.flow.text import Template
from ivr.flow.values import plain_text
from ivr.flow.written import Plain, Written, read, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset({"text"})
OUTCOMES = frozenset({"failed"})
TIMEOUT_MS = 4_000
TEXT_MAX = 1_600
"""Characters Twilio takes of one message."""
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sms:
    """To whom, and what."""

    to: Written
    text: Prompt
    outcomes: Mapping[str, Destination]
    kind: str = "sms"
    goes_on: bool = True
    again: bool = False
    hold: str | None = None
    finish: bool = True

    def edges(self) -> Iterator[Edge]:
        """``failed``."""
        return outcomes.edges(self.outcomes)

    def prompts(self) -> Iterator[Prompt]:
        """None: its text is read, not heard."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None."""
        return iter(())

    def templates(self) -> Iterator[Template]:
        """To whom."""
        return templates(self.to)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the message is sent once earlier notices were heard."""
        run.take_turn(action)

    def begin(self, run: Run, action: Action) -> None:
        """Send it."""
        to = plain_text(run.compute(self.to)[0])
        parts = run.compose(self.text, action)
        text = " ".join(part.public for part in parts if isinstance(part, Words))[:TEXT_MAX]
        if E164.fullmatch(to) is None or not text:
            self.done(run, action, FAILED)
            return
        sending = SendText(run.next_errand(), to, text, run.state.place.step)
        run.begin(sending, "sms", TIMEOUT_MS)

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Whether it is on its way."""
        assert isinstance(event, ErrandDone)
        return event.outcome

    def lost(self) -> str:
        """No answer is a failure."""
        return FAILED

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Go on; a failure nobody provides for is no reason to end a call."""
        if outcome != FAILED or not outcomes.follow(run, self.outcomes, outcome):
            run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> Sms | None:
    """Read an sms step."""
    text = entry.get("text")
    if text is None:
        reader.report("S007", "this message has no text", value.span, "add  text: What is sent")
    prompt = reader.prompt(text) if text is not None else None
    to = _to(reader, value)
    found = outcomes.read(reader, entry, OUTCOMES)
    return Sms(to, prompt, found) if to is not None and prompt is not None else None


def _to(reader: Reader, node: Node) -> Written | None:
    """To whom: a name of ``numbers:``, a number, or an expression."""
    if not isinstance(node, Scalar):
        reader.wrong_type(node, "a number, or ${call.from}")
        return None
    if "${" in node.text:
        return read(reader, node)
    number = reader.number(node)
    return Plain(reader.numbers.get(number, number)) if number is not None else None
