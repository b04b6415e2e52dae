"""What a language needs so that every formatter can speak it: one :class:`Tongue` each.

A new locale is one of these in a file of its own and a line in the table of
:mod:`ivr.flow.speech.table`. Most fields are words; the functions are where grammar differs (which
noun form a number takes, how a date or a time of day is said). Other languages get what CLDR and
num2words know, from :mod:`ivr.flow.speech.cldr`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from ivr.flow.values import EvaluationError


class FormatError(EvaluationError):
    """A value a formatter cannot speak, or a language it has no words for; one sentence."""


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing that is counted."""

    one: str
    many: str
    feminine: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """A large number with a name of its own, above the plain digits."""

    value: int
    one: str
    many: str
    """With ``{}`` for how many of it."""


@dataclass(frozen=True, slots=True)
class ScaledNumber:
    """Numbers as digits and names of scales: “45 thousand 678 point 5”.

    Mixed on purpose: every voice reads three digits right, and knows the gender of “21” by the noun
    that follows, while a long row of digits or commas is read as a year, digit by digit, or wrong.
    """

    minus: str
    point: str
    scales: tuple[Scale, ...]
    """The largest first."""

    def __call__(self, number: Decimal, plain_below: int) -> str:
        """The number in words; decimals digit by digit."""
        whole, _, decimals = f"{abs(number):f}".partition(".")
        decimals = decimals.rstrip("0")
        said = self._whole(int(whole), plain_below)
        if decimals:
            said = f"{said} {self.point} {' '.join(decimals)}"
        return f"{self.minus} {said}" if number < 0 and (int(whole) or decimals) else said

    def _whole(self, whole: int, plain_below: int) -> str:
        if whole < plain_below:
            return str(whole)
        said: list[str] = []
        for scale in self.scales:
            count, whole = divmod(whole, scale.value)
            if count:
                many = self._whole(count, self.scales[-1].value)
                said.append(scale.one if count == 1 else scale.many.format(many))
        if whole:
            said.append(str(whole))
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Currency:
    """How an amount is said; without a smaller unit the decimals are."""

    unit: Noun
    part: Noun | None = None


@dataclass(frozen=True, slots=True)
class OpeningWords:
    """The words of opening hours as one sentence piece, to follow “We are open”."""

    every_day: str
    always: str
    """Every day, all day."""
    all_day: str
    times: str
    """With ``{}`` for the opening and the closing time."""
    days: Callable[[Sequence[Sequence[int]]], str]
    """Runs of weekdays (Monday is 0), each in order."""
    clock: Callable[[time], str]
    """A time of day where ``times`` has the article or needs none."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """Words and grammar of one locale."""

    code: str
    country: str
    """ISO code; telephone numbers of this country are read without its prefix."""
    currency: str
    """ISO code of an amount that names none."""
    yes: str
    no: str
    both: str
    """“and”, between the last two of several."""
    either: str
    """“or”."""
    plus: str
    minus: str
    percent: str
    """With ``{}`` for the number."""
    plain_below: int
    """A voice reads whole numbers right in plain digits up to here."""
    number: Callable[[Decimal, int], str]
    """A number, in plain digits below the whole number given."""
    counted: Callable[[str, int, Noun], str]
    """A number in words, the number, and what is counted."""
    ordinal: Callable[[int, bool], str]
    """The number, and whether the feminine is wanted."""
    listed: Callable[[Sequence[str], str], str]
    """Several things, joined by the word given."""
    dated: Callable[[date, bool, bool], str]
    """A date, with the weekday or not, with the year or not."""
    weekday: Callable[[date], str]
    timed: Callable[[time], str]
    date_time: str
    """With ``{date}`` and ``{time}``."""
    units: Mapping[str, Noun]
    """``day``, ``hour``, ``minute``, ``second``."""
    currencies: Mapping[str, Currency]
    symbols: Mapping[str, str]
    """How characters are called that are no letters and no digits."""
    alphabet: Mapping[str, str]
    """A word for each letter, to spell over a bad line."""
    as_in: str
    """With ``{letter}`` and ``{word}``."""
    money_join: str = ""
    """Between units and parts, if it is not ``both``."""
    opening: OpeningWords | None = None
    month_first: bool = False
    """Dates are written, and keyed, with the month before the day."""
    twelve_hours: bool = False
    """Times are told by the half of the day, not from 0 to 23."""
