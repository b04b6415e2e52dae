"""Entries that are counted: ``number`` and ``money``. The value is a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ivr.flow.expression import Kind, Scope
from ivr.flow.phrases import Phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Scalar
from ivr.flow.speech import FormatError, tongue_of
from ivr.flow.steps.entries.entry import Ground, Misfit, Progress
from ivr.flow.steps.entries.limits import NO_LIMITS, Given, Limits, number, numbers

NUMBER_DIGITS_MAX = 15
"""Longer ones are spoken by nobody, and exact in no float."""
AMOUNT_DIGITS_MAX = 12
"""Before the decimal point."""
DECIMALS = 2
STAR, CENTS = "star", "cents"


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, zero or more."""

    limits: Limits = NO_LIMITS
    name: ClassVar[str] = "number"
    kind: ClassVar[Kind] = Kind.NUMBER
    secret: ClassVar[bool] = False

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """Whole when it fits and no longer number does, or when it has the most digits."""
        most = number(self.limits.most, ground.scope)
        if len(keyed) >= _longest(most, NUMBER_DIGITS_MAX):
            return Progress.WHOLE
        if isinstance(self.value(keyed, ground), Misfit):
            return Progress.MORE
        longer_fits = most is None or int(keyed) * 10 <= most
        return Progress.ENOUGH if longer_fits else Progress.WHOLE

    def value(self, keyed: str, ground: Ground) -> int | Misfit:
        """The number; leading zeros are nothing."""
        value = int(keyed or 0)
        return _beyond(Decimal(value), self.limits, ground.scope, *self._misfits()) or value

    def read_back(self, locale: str) -> str:
        """As a number."""
        return "number"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """Too small, too large."""
        yield from (misfit for misfit in self._misfits() if misfit.limit is not None)

    def _misfits(self) -> tuple[Misfit, Misfit]:
        return (
            Misfit(Phrase.NUMBER_LEAST, limit=self.limits.least, formatter="number"),
            Misfit(Phrase.NUMBER_MOST, limit=self.limits.most, formatter="number"),
        )

    @property
    def wanted(self) -> str:
        """As many as the largest has, where that is known."""
        most = _known(self.limits)
        return "" if most is None else f"up to {_longest(most, NUMBER_DIGITS_MAX)}"

    def may_say(self, digits: int) -> bool:
        """Not more than the largest has."""
        return digits <= _longest(_known(self.limits), NUMBER_DIGITS_MAX)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, with star as its decimal point, or keyed in cents."""

    limits: Limits = NO_LIMITS
    cents: bool = False
    """The last two digits are cents, and there is no point."""
    name: ClassVar[str] = "money"
    kind: ClassVar[Kind] = Kind.NUMBER
    secret: ClassVar[bool] = False

    def takes_star(self, keyed: str) -> bool:
        """The first star is the decimal point; a second one starts the amount again."""
        return not self.cents and "*" not in keyed

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """Whole with its second decimal, or when it is too large whatever follows."""
        most = number(self.limits.most, ground.scope)
        whole, point, decimals = keyed.partition("*")
        longest = _longest(most, AMOUNT_DIGITS_MAX)
        if self.cents:
            done = len(keyed) >= (longest + DECIMALS)
        else:
            done = len(decimals) >= DECIMALS or (not point and len(whole) > longest)
        if done:
            return Progress.WHOLE
        fits = not isinstance(self.value(keyed, ground), Misfit)
        return Progress.ENOUGH if fits else Progress.MORE

    def value(self, keyed: str, ground: Ground) -> int | float | Misfit:
        """The amount in units of the currency."""
        if not keyed.strip("*"):
            return Misfit(Phrase.NO_AMOUNT)
        whole, _, decimals = keyed.partition("*")
        amount = Decimal(f"{whole or 0}.{decimals or 0}")
        if self.cents:
            amount = Decimal(keyed).scaleb(-DECIMALS)
        misfits = self._misfits(self.read_back(ground.locale))
        beyond = _beyond(amount, self.limits, ground.scope, *misfits)
        if beyond is not None:
            return beyond
        return int(amount) if amount == amount.to_integral_value() else float(amount)

    def read_back(self, locale: str) -> str:
        """As an amount, or a number where the language has no currency of its own."""
        try:
            return "money" if tongue_of(locale).currency else "number"
        except FormatError:
            return "number"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """No amount, too small, too large."""
        yield Misfit(Phrase.NO_AMOUNT)
        for misfit in self._misfits(self.read_back(locale)):
            if misfit.limit is not None:
                yield misfit

    def _misfits(self, formatter: str) -> tuple[Misfit, Misfit]:
        return (
            Misfit(Phrase.AMOUNT_LEAST, limit=self.limits.least, formatter=formatter),
            Misfit(Phrase.AMOUNT_MOST, limit=self.limits.most, formatter=formatter),
        )

    @property
    def wanted(self) -> str:
        """That is open."""
        return ""

    def may_say(self, digits: int) -> bool:
        """Anything: “two digits for the cents”."""
        return True


def _longest(most: Decimal | None, otherwise: int) -> int:
    """How many digits the largest whole number has."""
    return otherwise if most is None else min(otherwise, len(str(max(0, int(most)))))


def _known(limits: Limits) -> Decimal | None:
    """The largest, where it is the same in every call."""
    return number(limits.most, {}) if isinstance(limits.most, Given) else None


def _beyond(
    value: Decimal, limits: Limits, scope: Scope, too_small: Misfit, too_large: Misfit
) -> Misfit | None:
    least, most = number(limits.least, scope), number(limits.most, scope)
    if least is not None and value < least:
        return too_small
    return too_large if most is not None and value > most else None


# --------------------------------------------------------------------------- reading


def load_number(reader: Reader, entry: Mapping) -> Number:
    """``min`` and ``max``."""
    return Number(numbers(reader, entry))


def load_money(reader: Reader, entry: Mapping) -> Money:
    """``min``, ``max``, and ``format``: ``star`` or ``cents``."""
    node = entry.get("format")
    written = node.text.strip() if isinstance(node, Scalar) else None
    if node is not None and written not in (STAR, CENTS):
        reader.wrong_type(node, f"{STAR} (12*50) or {CENTS} (1250)")
    return Money(numbers(reader, entry), written == CENTS)
