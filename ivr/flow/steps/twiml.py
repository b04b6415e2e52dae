"""``twiml``: the escape hatch: let the carrier do what a document of its own language says.

The step's text is heard first; then the call leaves our stream and comes back when the document is
done. Values are put in with ``&``, ``<`` and quotes made harmless. Outcomes: ``done`` (default:
hang up), ``failed``, ``otherwise``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ivr.flow.messages import Command, LegOutcome, RunTwiml, secret_marker
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.state import Wait
from ivr.flow.steps import outcomes
from ivr.flow.text import Placeholder, Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES = frozenset({"done", "failed", "otherwise"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (section 2.2)."""


@dataclass(frozen=True, slots=True)
class Twiml:
    """The document, and where each outcome leads."""

    document: Template
    secrets: Mapping[str, str]
    outcomes: Mapping[str, Destination]
    kind: str = "twiml"
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

    def templates(self) -> Iterator[Template]:
        """The document."""
        yield self.document

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; the caller leaves once everything was heard."""
        run.say(action.prompt, action)
        run.leave_when_heard()

    def command(self, run: Run, target: int) -> Command:
        """The document with its values."""
        scope = {**run.scope(), "secrets": self.secrets}
        return RunTwiml(self.document.plain(scope, _harmless), run.state.place.step)

    def returned(self, run: Run, action: Action, outcome: LegOutcome, wait: Wait) -> None:
        """Go where the outcome leads."""
        if outcome is LegOutcome.DONE and "done" not in self.outcomes:
            run.end("transferred")
        elif not outcomes.follow(run, self.outcomes, outcome.value):
            run.say_goodbye("not_connected")


def _harmless(part: Placeholder, text: str) -> str:
    """A value that can only be text in a document; what XML cannot hold is left out."""
    if any(name.path[0] == "secrets" for name in part.expression.names):
        return text  # a marker: who sends the document makes the secret harmless
    return escape(_NOT_XML.sub("", text), {'"': "&quot;", "'": "&apos;"})


def load(reader: Reader, entry: MappingNode, value: Node) -> Twiml | None:
    """Read a twiml step."""
    if not isinstance(value, Scalar) or not value.text.lstrip().startswith("<"):
        reader.wrong_type(value, "a document like <Response>…</Response>")
        return None
    document = reader.template(value)
    found = outcomes.read(reader, entry, OUTCOMES)
    if document is None:
        return None
    paths = (name.path for name in document.names)
    secrets = {path[1] for path in paths if path[0] == "secrets" and len(path) > 1}
    return Twiml(document, {name: secret_marker(name) for name in secrets}, found)
