"""Who picks up when the simulated carrier connects the caller to somebody else.

One answer per target, as a person writes it: ``front_desk: no_answer``, ``+13125550123: answered
20s``, ``*: busy`` for everybody else. Rings are shorter than in life, so that nobody waits: the
waiting is real, its length is not, and the terminal says so. Used by ``Telephone`` (numbers) and by
``ivr call`` (names too: only the flow knows them).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

RING_MS = 2000
"""A telephone that nobody answers rings so long here, and never longer than ``timeout``."""
PICK_UP_MS = 1000
"""When somebody answers, after so long."""
TALK_MS = 3000
"""How long they talk, unless the answer says it."""
TALK_MS_MAX = 3_600_000


class Outcome(Enum):
    """What the other telephone does."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    """A person pressed decline; networks report that as busy (SIP 486)."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens when a number is called."""

    outcome: Outcome
    talk_ms: int = 0

    @property
    def ring_ms(self) -> int:
        """How long it rings before that."""
        match self.outcome:
            case Outcome.NO_ANSWER:
                return RING_MS
            case Outcome.ANSWERED | Outcome.DECLINED:
                return PICK_UP_MS
            case Outcome.BUSY | Outcome.FAILED:
                return 0

    @property
    def status(self) -> str:
        """Twilio's DialCallStatus for it."""
        match self.outcome:
            case Outcome.ANSWERED:
                return "completed"
            case Outcome.NO_ANSWER:
                return "no-answer"
            case Outcome.BUSY | Outcome.DECLINED:
                return "busy"
            case Outcome.FAILED:
                return "failed"

    def __str__(self) -> str:
        """As it is written: ``answered 3s``."""
        talk = f" {self.talk_ms / 1000:g}s" if self.outcome is Outcome.ANSWERED else ""
        return self.outcome.value + talk


ANSWERED = Answer(Outcome.ANSWERED, TALK_MS)

_ANSWER = re.compile(r"(?P<outcome>[a-z_-]+)(?:\s+(?P<seconds>\d+(?:\.\d+)?)\s*s(?:econds)?)?")


@dataclass(frozen=True, slots=True)
class Answers:
    """Who picks up, by name or number; ``otherwise`` for everybody who is not named."""

    by_target: Mapping[str, Answer]
    otherwise: Answer = ANSWERED

    def answer(self, *targets: str) -> Answer:
        """The answer of the first of these names or numbers that one was written for."""
        for target in targets:
            if target in self.by_target:
                return self.by_target[target]
        return self.otherwise


EVERYBODY_ANSWERS = Answers({})


def parse_answer(text: str) -> Answer:
    """``no_answer``, ``busy``, ``declined``, ``failed``, ``answered`` or ``answered 20s``.

    Raises ``ValueError`` with a sentence for anything else.
    """
    found = _ANSWER.fullmatch(text.strip())
    names = {outcome.value: outcome for outcome in Outcome}
    outcome = names.get(found["outcome"].replace("-", "_")) if found else None
    if found is None or outcome is None:
        raise ValueError(f"{text.strip()!r} is no answer; there are {', '.join(names)}")
    if outcome is not Outcome.ANSWERED:
        if found["seconds"]:
            raise ValueError(f"{text.strip()!r}: only somebody who answers can talk")
        return Answer(outcome)
    talk_ms = round(float(found["seconds"]) * 1000) if found["seconds"] else TALK_MS
    return Answer(outcome, min(talk_ms, TALK_MS_MAX))


def parse_answers(text: str) -> Answers:
    """Answers as lines or separated by commas: ``front_desk: no_answer, *: busy``.

    A line may begin with ``transfer``, as in flow tests; ``#`` begins a comment at the start of a
    line. Raises ``ValueError`` with a sentence naming the piece that is wrong.
    """
    by_target: dict[str, Answer] = {}
    otherwise = ANSWERED
    for piece in re.split(r"[\n,]", text):
        if not piece.strip() or piece.lstrip().startswith("#"):
            continue
        target, colon, answer = piece.rpartition(":")
        target = target.strip().removeprefix("transfer ").strip().strip("'\"")
        if not colon or not target:
            raise ValueError(f"{piece.strip()!r}: write the target first, as in  front_desk: busy")
        if target == "*":
            otherwise = parse_answer(answer)
        else:
            by_target[target] = parse_answer(answer)
    return Answers(by_target, otherwise)
