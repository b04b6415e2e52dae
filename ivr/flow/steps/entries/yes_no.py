"""A question with two answers, 1 for yes and 2 for no; the value is true or false."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.flow.expression import Kind
from ivr.flow.phrases import Phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping
from ivr.flow.steps.entries.entry import Ground, Misfit, Progress
from ivr.flow.steps.entries.limits import NO_LIMITS, Limits

YES, NO = "1", "2"


@dataclass(frozen=True, slots=True)
class YesNo:
    """One key; any other is no choice, as in a menu."""

    name: ClassVar[str] = "yes_no"
    kind: ClassVar[Kind] = Kind.FLAG
    secret: ClassVar[bool] = False
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no answer."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """The first key decides."""
        return Progress.WHOLE

    def value(self, keyed: str, ground: Ground) -> bool | Misfit:
        """True for yes."""
        return keyed == YES if keyed in (YES, NO) else Misfit(Phrase.NO_FIT)

    def read_back(self, locale: str) -> str:
        """Not at all."""
        return ""

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """None: what is no choice is told by its key."""
        yield from ()

    @property
    def wanted(self) -> str:
        """One key."""
        return ""

    def may_say(self, digits: int) -> bool:
        """Anything: it is not about this entry."""
        return True


def load_yes_no(reader: Reader, entry: Mapping) -> YesNo:
    """There is nothing to choose."""
    return YesNo()
