"""Entries on the calendar and the clock: ``date`` and ``time``.

Their order and their clock are those of the caller's language unless ``format:`` says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar

from ivr.flow.expression import Kind
from ivr.flow.phrases import Phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Scalar
from ivr.flow.speech import FormatError, tongue_of
from ivr.flow.steps.entries.entry import Ground, Misfit, Progress
from ivr.flow.steps.entries.limits import NO_LIMITS, Limits, day, day_of_call, days

YEARS = range(1850, 2150)
"""Other years are slips."""
YEARS_AHEAD = 20
"""A year of two digits is at most so far in the future, where no limit says otherwise."""
NOON = 12
DATE_FORMATS = ("MMDDYYYY", "DDMMYYYY", "MMDDYY", "DDMMYY")
TIME_FORMATS = ("12", "24")


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar: two digits for the month and the day, two or four for the year."""

    limits: Limits = NO_LIMITS
    format: str = ""
    """One of :data:`DATE_FORMATS`; empty: the order of the language, six digits or eight."""
    name: ClassVar[str] = "date"
    kind: ClassVar[Kind] = Kind.DATE
    secret: ClassVar[bool] = False

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """With six digits it is whole if the last two cannot begin a year of four."""
        if len(keyed) >= max(self._lengths):
            return Progress.WHOLE
        if isinstance(self.value(keyed, ground), Misfit):
            return Progress.MORE
        goes_on = any(str(year).startswith(keyed[4:]) for year in YEARS)
        return Progress.ENOUGH if goes_on else Progress.WHOLE

    def value(self, keyed: str, ground: Ground) -> date | Misfit:
        """The day, if the calendar has it and it lies between the limits."""
        found = self._days(keyed, ground) if len(keyed) in self._lengths else ()
        least, most = day(self.limits.least, ground.scope), day(self.limits.most, ground.scope)
        early, late = self._limit_misfits()
        misfit: Misfit | None = None
        for each in found:
            if least is not None and each < least:
                misfit = misfit or early
            elif most is not None and each > most:
                misfit = misfit or late
            else:
                return each
        return misfit or Misfit(_no_date(self.month_first(ground.locale)))

    def _days(self, keyed: str, ground: Ground) -> tuple[date, ...]:
        """What the digits can mean, the likeliest first; several for years of two digits."""
        first, second, rest = int(keyed[:2]), int(keyed[2:4]), keyed[4:]
        month_first = self.month_first(ground.locale)
        month, of_month = (first, second) if month_first else (second, first)
        years = [int(rest)]
        if len(rest) == 2:
            latest = day_of_call(ground.scope).year + YEARS_AHEAD
            near = latest - (latest - int(rest)) % 100
            years = [near, near + 100, near - 100]
        return tuple(d for year in years if (d := _day(year, month, of_month)) is not None)

    def month_first(self, locale: str) -> bool:
        """Whether the month is keyed before the day."""
        if self.format:
            return self.format.startswith("MM")
        try:
            return tongue_of(locale).month_first
        except FormatError:
            return False

    @property
    def _lengths(self) -> tuple[int, ...]:
        return (len(self.format),) if self.format else (6, 8)

    def read_back(self, locale: str) -> str:
        """As a date."""
        return "date"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """No day, too early, too late."""
        yield Misfit(_no_date(self.month_first(locale)))
        yield from (misfit for misfit in self._limit_misfits() if misfit.limit is not None)

    def _limit_misfits(self) -> tuple[Misfit, Misfit]:
        return (
            Misfit(Phrase.DATE_LEAST, limit=self.limits.least, formatter="date"),
            Misfit(Phrase.DATE_MOST, limit=self.limits.most, formatter="date"),
        )

    @property
    def wanted(self) -> str:
        """Six or eight."""
        return " or ".join(map(str, self._lengths))

    def may_say(self, digits: int) -> bool:
        """All of it, or the two of the day and the two or four of the year."""
        years = {length - 4 for length in self._lengths}
        return digits in {2, *years, *self._lengths}


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: one or two digits for the hour, two for the minutes.

    On a clock of twelve hours the step asks for the half of the day behind it; the value here is
    then the hour as it was keyed.
    """

    format: str = ""
    """One of :data:`TIME_FORMATS`, the hours of the clock; empty: the language's."""
    name: ClassVar[str] = "time"
    kind: ClassVar[Kind] = Kind.TIME
    secret: ClassVar[bool] = False
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def has_halves(self, locale: str) -> bool:
        """Whether the half of the day is to be asked for."""
        if self.format:
            return self.format == "12"
        try:
            return tongue_of(locale).twelve_hours
        except FormatError:
            return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """With three digits it is whole if no time of four begins like that, on any clock.

        Who keys 1300 where the clock has twelve hours is told so, and is not taken at 1:30.
        """
        if len(keyed) >= 4:
            return Progress.WHOLE
        if isinstance(self.value(keyed, ground), Misfit):
            return Progress.MORE
        goes_on = int(keyed[:2]) <= 2 * NOON and keyed[2] <= "5"
        return Progress.ENOUGH if goes_on else Progress.WHOLE

    def value(self, keyed: str, ground: Ground) -> time | Misfit:
        """The time, on a clock of twelve hours in the half it would be without asking: AM."""
        halves = self.has_halves(ground.locale)
        hours = range(1, NOON + 1) if halves else range(24)
        if len(keyed) in (3, 4):
            hour, minute = int(keyed[:-2]), int(keyed[-2:])
            if hour in hours and minute < 60:
                return time(hour % NOON if halves else hour, minute)
        return Misfit(_no_time(halves))

    def read_back(self, locale: str) -> str:
        """As a time."""
        return "time"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """No time of day."""
        yield Misfit(_no_time(self.has_halves(locale)))

    @property
    def wanted(self) -> str:
        """Three or four."""
        return "3 or 4"

    def may_say(self, digits: int) -> bool:
        """All of it, or the two of the hour or the minutes."""
        return digits in (2, 3, 4)


def in_afternoon(moment: time) -> time:
    """The same time in the second half of the day."""
    return moment.replace(hour=moment.hour % NOON + NOON)


def _day(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month) if year in YEARS else None
    except ValueError:  # 30 February
        return None


def _no_date(month_first: bool) -> Phrase:
    return Phrase.NO_DATE_MONTH_FIRST if month_first else Phrase.NO_DATE_DAY_FIRST


def _no_time(halves: bool) -> Phrase:
    return Phrase.NO_TIME_12 if halves else Phrase.NO_TIME_24


# --------------------------------------------------------------------------- reading


def load_date(reader: Reader, entry: Mapping) -> Date:
    """``min``, ``max`` and ``format``."""
    return Date(days(reader, entry), _format(reader, entry, DATE_FORMATS))


def load_time(reader: Reader, entry: Mapping) -> Time:
    """``format``: the hours of the clock."""
    return Time(_format(reader, entry, TIME_FORMATS))


def _format(reader: Reader, entry: Mapping, known: tuple[str, ...]) -> str:
    node = entry.get("format")
    if node is None:
        return ""
    if isinstance(node, Scalar) and node.text.strip() in known:
        return node.text.strip()
    reader.wrong_type(node, f"{', '.join(known[:-1])} or {known[-1]}")
    return ""
