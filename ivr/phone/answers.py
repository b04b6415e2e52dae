"""Who picks up when the simulated carrier connects the caller to somebody else, and what they do.

One answer per target, or several for one time after the other, as a person writes them:
``front_desk: no_answer``, ``+13125550123: answered 20s``, ``agents: busy, accepted``, ``*: busy``
for everybody else, ``queue sales: full``, ``conference room7: answered``. Rings are shorter than in
life, so that nobody waits: the waiting is real, its length is not, and the terminal says so. Used
by ``Telephone`` (numbers) and by ``ivr call`` (names too: only the flow knows them).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

RING_MS: Final = 2_000
"""A telephone that nobody answers rings so long here, and never longer than ``timeout``."""
PICK_UP_MS: Final = 1_000
"""When somebody answers, after so long."""
TALK_MS: Final = 3_000
"""How long they talk, unless the answer says it."""
TALK_MS_MAX: Final = 14_400_000
LISTEN_MS: Final = 1_000
"""Somebody who does not want the call listens to a whisper for so long."""
KEY: Final = "1"
"""What somebody presses who is asked for a key, unless the answer says it."""


class Outcome(Enum):
    """What the other telephone does; the most hopeful first."""

    ANSWERED = "answered"
    """Somebody picks up, takes the call with a key if asked, and talks."""
    MACHINE = "machine"
    """An answering machine picks up: it never presses a key."""
    REFUSED = "refused"
    """Somebody picks up, listens to a whisper, and hangs up."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    """A person pressed decline; networks report that as busy (SIP 486)."""
    FAILED = "failed"
    FULL = "full"
    """Of a queue: nobody more may wait there."""
    TOO_LONG = "too_long"
    """Of a queue: nobody ever takes the call."""


SYNONYMS: Final = {"accepted": "answered", "done": "answered", "closed": "failed"}
"""Other words for the same, as flow tests and people write them."""
_TALKS: Final = frozenset({Outcome.ANSWERED, Outcome.MACHINE})
_PICKS_UP: Final = frozenset({*_TALKS, Outcome.REFUSED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens when a number is called."""

    outcome: Outcome
    talk_ms: int = 0
    after_ms: int | None = None
    """How long it rings before that; None: as long as it does here."""
    key: str = ""
    """Pressed where a key is asked for; empty: ``KEY``."""

    @property
    def ring_ms(self) -> int:
        """How long it rings."""
        if self.after_ms is not None:
            return self.after_ms
        match self.outcome:
            case Outcome.NO_ANSWER | Outcome.TOO_LONG:
                return RING_MS
            case Outcome.BUSY | Outcome.FAILED | Outcome.FULL:
                return 0
            case _:
                return PICK_UP_MS

    @property
    def picks_up(self) -> bool:
        """Whether there is anybody, or anything, to hear a whisper."""
        return self.outcome in _PICKS_UP

    @property
    def status(self) -> str:
        """Twilio's DialCallStatus for it."""
        match self.outcome:
            case Outcome.ANSWERED | Outcome.MACHINE | Outcome.REFUSED:
                return "completed"
            case Outcome.NO_ANSWER | Outcome.TOO_LONG:
                return "no-answer"
            case Outcome.BUSY | Outcome.DECLINED:
                return "busy"
            case Outcome.FAILED | Outcome.FULL:
                return "failed"

    def __str__(self) -> str:
        """As it is written: ``answered 3s``."""
        talk = f" {self.talk_ms / 1000:g}s" if self.outcome in _TALKS else ""
        after = "" if self.after_ms is None else f" after {self.after_ms / 1000:g}s"
        key = f" key {self.key}" if self.key else ""
        return self.outcome.value + talk + after + key


ANSWERED: Final = Answer(Outcome.ANSWERED, TALK_MS)

_ANSWER = re.compile(
    r"(?P<outcome>[a-z_-]+)"
    r"(?:\s+(?P<seconds>\d+(?:\.\d+)?)\s*s(?:econds)?)?"
    r"(?:\s+after\s+(?P<after>\d+(?:\.\d+)?)\s*s(?:econds)?)?"
    r"(?:\s+key\s+(?P<key>[0-9*#]))?"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """Who picks up, by name or number; ``otherwise`` for everybody who is not named."""

    by_target: Mapping[str, tuple[Answer, ...]]
    """One for each time they are called; the last one from then on."""
    otherwise: Answer = ANSWERED

    def answer(self, *targets: str, time: int = 0) -> Answer:
        """The answer of the first of these names that one was written for, the nth time."""
        for target in targets:
            if target in self.by_target:
                answers = self.by_target[target]
                return answers[min(time, len(answers) - 1)]
        return self.otherwise


@dataclass(slots=True)
class Asked:
    """The answers of one call, each given in its turn."""

    answers: Answers
    _times: Counter[str] = field(default_factory=Counter)

    def answer(self, *targets: str) -> Answer:
        """The next answer of whoever has these names."""
        known = next((target for target in targets if target in self.answers.by_target), "")
        time = self._times[known]
        self._times[known] += 1
        return self.answers.answer(*targets, time=time)


EVERYBODY_ANSWERS: Final = Answers({})


def parse_answer(text: str) -> Answer:
    """``busy``, ``answered 20s``, ``machine``, ``answered 20s after 5s key 2`` …

    Raises ``ValueError`` with a sentence for anything else.
    """
    found = _ANSWER.fullmatch(text.strip())
    names = {outcome.value: outcome for outcome in Outcome}
    word = found["outcome"].replace("-", "_") if found else ""
    outcome = names.get(SYNONYMS.get(word, word))
    if found is None or outcome is None:
        raise ValueError(f"{text.strip()!r} is no answer; there are {', '.join(names)}")
    if found["seconds"] and outcome not in _TALKS:
        raise ValueError(f"{text.strip()!r}: only somebody who answers can talk")
    talk_ms = 0
    if outcome in _TALKS:
        talk_ms = round(float(found["seconds"]) * 1000) if found["seconds"] else TALK_MS
    after_ms = round(float(found["after"]) * 1000) if found["after"] else None
    return Answer(outcome, min(talk_ms, TALK_MS_MAX), after_ms, found["key"] or "")


def parse_answers(text: str) -> Answers:
    """Answers as lines or separated by commas: ``front_desk: no_answer, *: busy``.

    A piece without a name is what the one before does the next time. A line may begin with
    ``transfer``, as in flow tests; ``#`` begins a comment at the start of a line. Raises
    ``ValueError`` with a sentence naming the piece that is wrong.
    """
    by_target: dict[str, tuple[Answer, ...]] = {}
    otherwise, last = ANSWERED, None
    for piece in re.split(r"[\n,]", text):
        if not piece.strip() or piece.lstrip().startswith("#"):
            continue
        target, colon, answer = piece.rpartition(":")
        target = target.strip().removeprefix("transfer ").strip().strip("'\"")
        if not colon and last is not None:
            by_target[last] = (*by_target[last], parse_answer(piece))
        elif not colon or not target:
            raise ValueError(f"{piece.strip()!r}: write the target first, as in  front_desk: busy")
        elif target == "*":
            otherwise, last = parse_answer(answer), None
        else:
            by_target[target], last = (parse_answer(answer),), target
    return Answers(by_target, otherwise)
