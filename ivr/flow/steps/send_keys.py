"""``send_keys``: play the tones of keys into the call, for whoever listens at the other end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import Tones
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS: frozenset[str] = frozenset()
OUTCOMES: frozenset[str] = frozenset()
KEYS_MAX = 32


@dataclass(frozen=True, slots=True)
class PlayKeys:
    """The keys; ``w`` waits half a second."""

    keys: str
    kind: str = "send_keys"
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
        """Say the prompt, then the tones; a key of the caller does not cut them."""
        run.say(action.prompt, action)
        run.say_parts((Tones(self.keys),), interruptible=False)
        run.advance(action.goto)


def load(reader: Reader, entry: MappingNode, value: Node) -> PlayKeys | None:
    """Read a send_keys step."""
    keys = re.sub(r"[\s-]", "", value.text) if isinstance(value, Scalar) else ""
    if re.fullmatch(rf"[0-9*#wW]{{1,{KEYS_MAX}}}", keys):
        return PlayKeys(keys.lower())
    reader.wrong_type(value, f"up to {KEYS_MAX} keys in quotes, like '12w34#'")
    return None
