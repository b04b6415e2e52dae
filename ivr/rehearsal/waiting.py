"""Whether a call keeps the ``budget`` of its steps: a model of waiting on the virtual clock.

What has a take begins at once, and what only a voice can say after the time voices are assumed to
take (``ivr.flow.latency``). Less is waited for where something else is still being said, and where
lookahead (``ivr.flow.ahead``) could know the text while the caller was listening. It moves no time:
the call goes on as if nobody had waited, and a budget that was passed is told. Told by ``line``,
read by ``caller``.

Not modelled: the network, a slow or failing vendor, takes that were not built, limits on how much
may be asked for ahead, and what is made ready between a call's webhook and its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.flow.ahead import next_words
from ivr.flow.latency import first_sound_ms
from ivr.flow.messages import Part, Utterance, Words
from ivr.flow.model import Budget, FlowSet
from ivr.flow.state import State


@dataclass(frozen=True, slots=True)
class Late:
    """A step that a caller had to wait for longer than its budget allows."""

    step: str
    budget: Budget
    needed_ms: int

    @property
    def sentence(self) -> str:
        """What happened, where the budget stands, and what can be done."""
        where = f"{self.budget.span.file}:{self.budget.span.line}"
        return (
            f"the first sound of “{self.step}” needs {self.needed_ms} ms, and its budget ({where}) "
            f"is {self.budget.ms} ms: a voice must say how it begins, and could not know it "
            "earlier; begin with fixed words, or allow more"
        )


@dataclass(slots=True)
class Waiting:
    """What is known ahead in one call, and which budgets it has passed."""

    flows: FlowSet
    late: list[Late] = field(default_factory=list, init=False)
    _watched: bool = field(init=False)
    _entered: str = field(default="", init=False)
    """The step that was entered and has not made a sound yet."""
    _known: Mapping[Words, int] = field(default_factory=dict, init=False)
    """Texts that could be said next, and since when that was known."""

    def __post_init__(self) -> None:
        """Flows without a budget cost no time."""
        steps = (step for flow in self.flows.flows.values() for step in flow.steps.values())
        self._watched = any(step.budget is not None for step in steps)

    def enters(self, place: str) -> None:
        """A step was entered: ``flow/step``."""
        self._entered = place

    def speaks(self, utterance: Utterance, now: int, begins: int) -> None:
        """Something is said, and would begin then if its audio were there."""
        if f"{utterance.flow}/{utterance.step}" != self._entered:
            return
        self._entered = ""
        budget = self.flows.flows[utterance.flow].steps[utterance.step].budget
        if budget is None:
            return
        needed_ms = max(0, now + self._ready_in(utterance.parts[0], now) - begins)
        if needed_ms > budget.ms:
            self.late.append(Late(utterance.step, budget, needed_ms))

    def listens(self, state: State, now: int) -> None:
        """The caller is listening, or thinking: what could be said next is asked for now."""
        if self._watched:
            before = self._known
            ahead = next_words(self.flows, state, now)
            self._known = {each: before.get(each, now) for each in ahead}

    def _ready_in(self, part: Part, now: int) -> int:
        cost_ms = first_sound_ms(part, self.flows.voices)
        known = self._known.get(part) if isinstance(part, Words) else None
        return cost_ms if known is None else max(0, cost_ms - (now - known))
