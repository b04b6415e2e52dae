"""``language``: go on in another language: voice, texts, formatters and the words for keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Noted
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """The language to go on in."""

    code: str
    kind: str = "language"
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
        """Switch first: what the step says is said in the new language."""
        if run.state.language != self.code:
            run.state.language = self.code
            run.note(Noted.LANGUAGE, self.code)
        run.say(action.prompt, action)
        run.advance(action.goto)


def load(reader: Reader, entry: Mapping, value: Node) -> SwitchLanguage | None:
    """Read a language step."""
    code = reader.declared_language(value)
    return SwitchLanguage(code) if code is not None else None
