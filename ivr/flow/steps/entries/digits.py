"""Entries that stay the digits they are: ``digits``, ``pin`` and ``card``. The value is a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.flow.expression import Kind
from ivr.flow.phrases import Phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, Scalar, Sequence
from ivr.flow.steps.entries.entry import Ground, Misfit, Progress
from ivr.flow.steps.entries.limits import NO_LIMITS, Limits

DIGITS_MAX = 32
PIN_LENGTHS = (4, 12)
"""ISO 9564-1 §7.1."""
CARD_LENGTHS = (12, 19)
LUHN = "luhn"
_LENGTH = re.compile(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?")

_BRANDS: tuple[tuple[range, tuple[int, ...]], ...] = (
    (range(3400, 3500), (15,)),  # American Express
    (range(3700, 3800), (15,)),
    (range(3000, 3060), (14, 16, 19)),  # Diners Club
    (range(3095, 3096), (14, 16, 19)),
    (range(3600, 3700), (14, 16, 19)),
    (range(3800, 4000), (14, 16, 19)),
    (range(3528, 3590), (16, 17, 18, 19)),  # JCB
    (range(4000, 5000), (13, 16, 19)),  # Visa
    (range(5100, 5600), (16,)),  # Mastercard
    (range(2221, 2721), (16,)),
    (range(6011, 6012), (16, 19)),  # Discover
    (range(6440, 6600), (16, 19)),
    (range(6200, 6300), (16, 17, 18, 19)),  # UnionPay
)
"""How long the numbers of the brands are, by their first four digits; of others any length is."""


@dataclass(frozen=True, slots=True)
class Digits:
    """So many digits, leading zeros and all."""

    shortest: int = 1
    longest: int = DIGITS_MAX
    luhn: bool = False
    starts: tuple[str, ...] = ()
    """It begins with one of these; empty: with anything."""
    name: ClassVar[str] = "digits"
    kind: ClassVar[Kind] = Kind.TEXT
    secret: ClassVar[bool] = False
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """By its length; with the wrong check digit there is more to come."""
        progress = _by_length(keyed, self.shortest, self.longest)
        if progress is Progress.ENOUGH and isinstance(self.value(keyed, ground), Misfit):
            return Progress.MORE
        return progress

    def value(self, keyed: str, ground: Ground) -> str | Misfit:
        """The digits as they were keyed."""
        if not self.shortest <= len(keyed) <= self.longest:
            return _length_misfit(self.shortest, self.longest)
        if self.luhn and not luhn_ok(keyed):
            return Misfit(Phrase.NO_FIT)
        return keyed if _begins(keyed, self.starts) else Misfit(Phrase.NO_FIT)

    def read_back(self, locale: str) -> str:
        """In groups."""
        return "digits"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """The wrong length."""
        if (self.shortest, self.longest) != (1, DIGITS_MAX):
            yield _length_misfit(self.shortest, self.longest)

    @property
    def wanted(self) -> str:
        """The lengths it takes."""
        return _lengths(self.shortest, self.longest)

    def may_say(self, digits: int) -> bool:
        """A length it takes."""
        return self.shortest <= digits <= self.longest


@dataclass(frozen=True, slots=True)
class Pin:
    """A secret number: never read back, never written down."""

    shortest: int = PIN_LENGTHS[0]
    longest: int = PIN_LENGTHS[1]
    name: ClassVar[str] = "pin"
    kind: ClassVar[Kind] = Kind.TEXT
    secret: ClassVar[bool] = True
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """By its length."""
        return _by_length(keyed, self.shortest, self.longest)

    def value(self, keyed: str, ground: Ground) -> str | Misfit:
        """The digits as they were keyed."""
        if self.shortest <= len(keyed) <= self.longest:
            return keyed
        return Misfit(Phrase.NO_PIN)

    def read_back(self, locale: str) -> str:
        """Not at all."""
        return ""

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """The wrong length, and not which would be right."""
        yield Misfit(Phrase.NO_PIN)

    @property
    def wanted(self) -> str:
        """The lengths it takes."""
        return _lengths(self.shortest, self.longest)

    def may_say(self, digits: int) -> bool:
        """A length it takes."""
        return self.shortest <= digits <= self.longest


@dataclass(frozen=True, slots=True)
class Card:
    """The number of a payment card: Luhn, and a length its brand has. Sensitive."""

    shortest: int = CARD_LENGTHS[0]
    longest: int = CARD_LENGTHS[1]
    starts: tuple[str, ...] = ()
    name: ClassVar[str] = "card"
    kind: ClassVar[Kind] = Kind.TEXT
    secret: ClassVar[bool] = True
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """Whole at the longest number of its brand."""
        lengths = self._lengths(keyed)
        if len(keyed) >= max(lengths):
            return Progress.WHOLE
        fits = not isinstance(self.value(keyed, ground), Misfit)
        return Progress.ENOUGH if fits else Progress.MORE

    def value(self, keyed: str, ground: Ground) -> str | Misfit:
        """The digits as they were keyed."""
        fits = len(keyed) in self._lengths(keyed) and luhn_ok(keyed)
        return keyed if fits and _begins(keyed, self.starts) else Misfit(Phrase.NO_CARD)

    def _lengths(self, keyed: str) -> tuple[int, ...]:
        """The lengths a number that begins like this can have; all where none is left."""
        every = tuple(range(self.shortest, self.longest + 1))
        first = int(keyed[:4]) if len(keyed) >= 4 else 0
        branded = next((lengths for prefixes, lengths in _BRANDS if first in prefixes), every)
        return tuple(length for length in branded if length in every) or every

    def read_back(self, locale: str) -> str:
        """Its last digits only."""
        return "last 4"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """Not all of it, or a slip."""
        yield Misfit(Phrase.NO_CARD)

    @property
    def wanted(self) -> str:
        """The lengths it takes."""
        return _lengths(self.shortest, self.longest)

    def may_say(self, digits: int) -> bool:
        """A length it takes, or the four of which it is four groups."""
        return self.shortest <= digits <= self.longest or digits == 4


def luhn_ok(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _begins(keyed: str, starts: tuple[str, ...]) -> bool:
    return not starts or keyed.startswith(starts)


def _by_length(keyed: str, shortest: int, longest: int) -> Progress:
    if len(keyed) >= longest:
        return Progress.WHOLE
    return Progress.ENOUGH if len(keyed) >= shortest else Progress.MORE


def _lengths(shortest: int, longest: int) -> str:
    return str(shortest) if shortest == longest else f"{shortest}-{longest}"


def _length_misfit(shortest: int, longest: int) -> Misfit:
    if shortest == longest:
        return Misfit(Phrase.NO_ENTRY, (("digits", str(longest)),))
    return Misfit(Phrase.NO_LENGTH, (("digits", str(shortest)), ("most", str(longest))))


# --------------------------------------------------------------------------- reading


def load_digits(reader: Reader, entry: Mapping) -> Digits:
    """``digits``, ``starts_with``, and ``check: luhn``."""
    shortest, longest = _length(reader, entry.get("digits"), (1, DIGITS_MAX), "8 or 4-10")
    return Digits(shortest, longest, is_luhn(entry.get("check")), _starts(reader, entry))


def load_pin(reader: Reader, entry: Mapping) -> Pin:
    """``digits``."""
    return Pin(*_length(reader, entry.get("digits"), PIN_LENGTHS, "4 or 4-6"))


def load_card(reader: Reader, entry: Mapping) -> Card:
    """``digits``, ``starts_with``."""
    shortest, longest = _length(reader, entry.get("digits"), CARD_LENGTHS, "16")
    return Card(shortest, longest, _starts(reader, entry))


def is_luhn(check: Node | None) -> bool:
    """Whether ``check:`` is the name of the rule, not an expression."""
    return isinstance(check, Scalar) and check.text.strip() == LUHN


def _length(
    reader: Reader, node: Node | None, bounds: tuple[int, int], like: str
) -> tuple[int, int]:
    if node is None:
        return bounds
    least, most = bounds
    found = _LENGTH.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
    if found:
        shortest, longest = int(found[1]), int(found[2] or found[1])
        if least <= shortest <= longest <= most:
            return shortest, longest
    reader.wrong_type(node, f"a number of digits from {least} to {most}, like {like}")
    return bounds


def _starts(reader: Reader, entry: Mapping) -> tuple[str, ...]:
    node = entry.get("starts_with")
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    found = [each.text for each in nodes if isinstance(each, Scalar) and each.text.isdecimal()]
    if len(found) == len(nodes) and all(each.isascii() for each in found):
        return tuple(found)
    reader.wrong_type(node, "digits like 4, or a list of such")
    return ()
