"""What the world outside says in a rehearsed call: who picks up, what services answer, and when.

A test's ``answers:`` come first (``answers.py`` reads them); what they leave open is answered with
the step's own ``example:``. Nothing ever goes out. One :class:`Outside` is one call, because a list
of answers is used in turn. Used by ``errands`` and ``line``; knows no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from ivr.flow.messages import (
    ErrandDone,
    Invoke,
    JoinQueue,
    Leg,
    LegOutcome,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
    Transfer,
)
from ivr.flow.model import FlowSet, Kind
from ivr.flow.steps.do import Do
from ivr.flow.steps.http import Http
from ivr.flow.values import Value
from ivr.rehearsal.patterns import ANYTHING, fits, request_names

REQUEST_MS = 200
"""What a service takes that is well."""
FUNCTION_MS = 200
TEXT_MS = 100
OK = 200


class Unanswered(Exception):
    """Something was asked that neither the test nor an example answers; one sentence."""


@dataclass(frozen=True, slots=True)
class Comes:
    """How a time away ends."""

    outcome: LegOutcome


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answers."""

    status: int | None
    """None: nothing, within the time the step gives it."""
    body: Value = None
    as_example: bool = False
    """The body is the step's example, where it has one."""
    after_ms: int = REQUEST_MS


@dataclass(frozen=True, slots=True)
class Result:
    """What a function, or whoever sends text messages, says."""

    outcome: str
    value: Value = None
    as_example: bool = False
    after_ms: int = FUNCTION_MS


Answer = Comes | Reply | Result


@dataclass(frozen=True, slots=True)
class Stub:
    """One line of ``answers:``: what it is about, whom it means, and the answers in their turn."""

    about: str
    """``transfer``, ``queue``, ``twiml``, ``http``, ``do`` or ``sms``."""
    pattern: str
    answers: tuple[Answer, ...]
    """The last one is given from then on."""

    def means(self, names: Iterable[str]) -> bool:
        """Whether one of these names is meant."""
        return any(fits(self.pattern, name) for name in names)


def legs(outcomes: Mapping[str, LegOutcome]) -> tuple[Stub, ...]:
    """Stubs for transfers alone, by target."""
    return tuple(Stub("transfer", name, (Comes(how),)) for name, how in outcomes.items())


@dataclass(slots=True)
class Outside:
    """The world of one call."""

    flows: FlowSet
    stubs: tuple[Stub, ...]
    """The nearest first."""
    _turns: dict[int, int] = field(default_factory=dict, init=False)
    """How many answers each stub has given, by its place."""

    def _answer(self, about: str, names: Iterable[str]) -> Answer | None:
        known = tuple(names)
        for place, stub in enumerate(self.stubs):
            if stub.about == about and stub.means(known):
                turn = self._turns.get(place, 0)
                self._turns[place] = turn + 1
                return stub.answers[min(turn, len(stub.answers) - 1)]
        return None

    # ------------------------------------------------------------------ time away

    def leg(self, leg: Leg) -> LegOutcome:
        """How this time away ends; where nothing is said, well."""
        match leg:
            case Transfer(name=name, number=number, together=others):
                rung = [(name, number), *((each.name, each.address) for each in others)]
                return _of_all([self._comes("transfer", names) for names in rung])
            case JoinQueue(name=name):
                return self._comes("queue", (name,))
            case RunTwiml(step=step):
                return self._comes("twiml", (step,))
            case _:
                assert_never(leg)

    def _comes(self, about: str, names: Iterable[str]) -> LegOutcome:
        answer = self._answer(about, names)
        return answer.outcome if isinstance(answer, Comes) else LegOutcome.DONE

    # ------------------------------------------------------------------ errands

    def request(self, request: Request, kind: Kind | None) -> tuple[int, RequestAnswered]:
        """After how many milliseconds a service answers, and what.

        Raises :class:`Unanswered` where neither the test nor the step says anything.
        """
        names = request_names(request.method, request.url, self.flows.settings)
        answer = self._answer("http", names)
        shown = kind.example if isinstance(kind, Http) and kind.has_example else None
        if not isinstance(answer, Reply):
            if not (isinstance(kind, Http) and kind.has_example):
                raise Unanswered(
                    f"nothing answers {request.name}: add it to answers:, or add  example:  to the "
                    f"step {request.step}"
                )
            answer = Reply(OK, as_example=True)
        if answer.status is None or answer.after_ms >= request.timeout_ms:
            seconds = f"{request.timeout_ms / 1000:g}"
            problem = f"no whole answer within {seconds} s"
            return request.timeout_ms, RequestAnswered(request.id, None, None, problem)
        body = shown if answer.as_example else answer.body
        return answer.after_ms, RequestAnswered(request.id, answer.status, body)

    def invoke(self, invoke: Invoke, kind: Kind | None) -> tuple[int, ErrandDone]:
        """After how many milliseconds a function returns, and what."""
        answer = self._answer("do", (invoke.function,))
        if not isinstance(answer, Result):
            answer = Result("done", as_example=True)
        if answer.after_ms >= invoke.timeout_ms:
            problem = f"was not done within {invoke.timeout_ms / 1000:g} s"
            return invoke.timeout_ms, ErrandDone(invoke.id, "failed", None, problem)
        example = kind.example if isinstance(kind, Do) else None
        value = example if answer.as_example else answer.value
        known = self.flows.functions.get(invoke.function)
        streams = known is not None and known.streams
        narrates = streams and value is not None and answer.outcome != "failed"
        return answer.after_ms, ErrandDone(invoke.id, answer.outcome, value, narrates=narrates)

    def send(self, text: SendText) -> tuple[int, ErrandDone]:
        """After how many milliseconds a text message is on its way, or is not."""
        answer = self._answer("sms", (text.to,))
        if not isinstance(answer, Result):
            return TEXT_MS, ErrandDone(text.id, "done")
        return answer.after_ms, ErrandDone(text.id, answer.outcome)


def pieces(value: Value) -> str:
    """The text of a function that brings it piece by piece, as it is spoken."""
    parts = value if isinstance(value, list) else [value]
    return " ".join(" ".join(str(part).split()) for part in parts if part is not None)


def _of_all(outcomes: list[LegOutcome]) -> LegOutcome:
    """What ringing several at once comes to: whoever answers has the call."""
    order = (LegOutcome.DONE, LegOutcome.NO_ANSWER, LegOutcome.BUSY, LegOutcome.FAILED)
    return next((outcome for outcome in order if outcome in outcomes), outcomes[0])


__all__ = [
    "ANYTHING",
    "Answer",
    "Comes",
    "Outside",
    "Reply",
    "Result",
    "Stub",
    "Unanswered",
    "legs",
    "pieces",
]
