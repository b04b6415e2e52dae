"""``record_call``: begin, pause, go on with or end the recording of the whole call.

It happens once earlier notices were heard. While something sensitive is keyed the machine pauses
the recording by itself. LANGUAGE.md §2.11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow import tape
from ivr.flow.messages import Recording
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordTheCall:
    """What to do with the recording."""

    what: Recording
    kind: str = "record_call"
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

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt; it is done once earlier notices were heard."""
        run.take_turn(action)

    def begin(self, run: Run, action: Action) -> None:
        """Do it, and go on."""
        tape.told(run, self.what)
        run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> RecordTheCall | None:
    """Read a record_call step."""
    if isinstance(value, Scalar) and value.text in {what.value for what in Recording}:
        return RecordTheCall(Recording(value.text))
    reader.wrong_type(value, "start, pause, resume or stop")
    return None
