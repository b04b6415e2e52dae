"""Compiled opening hours and the questions they answer: is it open, until when, when again.

Made by :mod:`ivr.flow.hours.written`. Every answer is found by looking at the wall clock at one
moment; the two searches try the moments at which something can change, day by day.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ivr.flow.values import Value

SEARCH_DAYS = 400
"""How far the next opening or closing is looked for: a year and its holidays."""
DAY_MINUTES = 24 * 60

Span = tuple[int, int]
"""Minutes from midnight, half-open; the end is beyond 24 hours where it is overnight."""
Week = tuple[tuple[Span, ...], ...]
"""The times of each weekday, Monday first."""


@dataclass(frozen=True, slots=True)
class Special:
    """Days with times of their own."""

    first: date
    last: date
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Compiled opening hours. All answers are about a given moment, which must be aware."""

    zone: ZoneInfo
    week: Week
    special: tuple[Special, ...] = ()
    """The shorter ranges first."""
    closed: tuple[tuple[date, date], ...] = ()
    calendars: tuple[Container[date], ...] = ()
    forced: bool | None = None
    """Open or closed whatever the times say."""
    reason: str | None = None

    def at(self, moment: datetime) -> Opening:
        """The schedule looked at at this moment: what ``hours.clinic`` is in an expression."""
        return Opening(self, moment)

    def open(self, at: datetime) -> bool:
        """Whether it is open at this moment."""
        if self.forced is not None:
            return self.forced
        wall = _wall(at, self.zone)
        today = wall.date()
        minute = wall.hour * 60 + wall.minute
        return any(first <= minute < last for first, last in self._spans(today)) or any(
            minute < last - DAY_MINUTES for _, last in self._spans(_days_from(today, -1))
        )

    def closes_at(self, at: datetime) -> datetime | None:
        """When it closes, in its own zone; null if it is closed, or nobody knows."""
        return self._next(at, opens=False) if self.open(at) else None

    def next_open(self, at: datetime) -> datetime | None:
        """When it next changes from closed to open, after ``at``; null if not within 400 days."""
        was_open = self.open(at)
        closing = self._next(at, opens=False) if was_open else at
        return None if closing is None else self._next(closing, opens=True)

    def _next(self, at: datetime, *, opens: bool) -> datetime | None:
        """The first moment after ``at`` from which on it is open, or closed."""
        if self.forced is not None:
            return None
        begin = _wall(at, self.zone).date()
        for number in range(SEARCH_DAYS + 1):
            day = _days_from(begin, number)
            for moment in self._changes(day):
                if moment > at and self.open(moment) is opens:
                    return moment.astimezone(self.zone)
        return None

    def _changes(self, day: date) -> list[datetime]:
        """Every moment (UTC) of a day at which it may open or close, in order."""
        minutes = {minute for span in self._spans(day) for minute in span if minute < DAY_MINUTES}
        for _, last in self._spans(_days_from(day, -1)):
            if last >= DAY_MINUTES:
                minutes.add(last - DAY_MINUTES)
        moments = {m for minute in minutes for m in _moments(day, minute, self.zone)}
        jump = _clock_change(day, self.zone)
        if jump is not None:
            moments.add(jump)
        return sorted(moments)

    def _spans(self, day: date) -> tuple[Span, ...]:
        """The times that belong to a day."""
        for special in self.special:
            if special.first <= day <= special.last:
                return special.spans
        if any(first <= day <= last for first, last in self.closed):
            return ()
        if any(day in calendar for calendar in self.calendars):
            return ()
        return self.week[day.weekday()]


OPENING_FIELDS = ("open", "closes_at", "next_open", "reason")


@dataclass(frozen=True, slots=True, eq=False)
class Opening(Mapping[str, Value]):
    """A schedule looked at at one moment: a map whose fields are computed when they are read.

    ``open`` is true or false; ``closes_at`` and ``next_open`` are moments or null; ``reason`` is
    the text written beside ``force``, or null. The ``hours`` formatter speaks its weekly times.
    """

    schedule: Schedule
    moment: datetime

    def __getitem__(self, name: str) -> Value:
        match name:
            case "open":
                return self.schedule.open(self.moment)
            case "closes_at":
                return self.schedule.closes_at(self.moment)
            case "next_open":
                return self.schedule.next_open(self.moment)
            case "reason":
                return self.schedule.reason
            case _:
                raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(OPENING_FIELDS)

    def __len__(self) -> int:
        return len(OPENING_FIELDS)


# --------------------------------------------------------------------------- wall clocks


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    assert moment.tzinfo is not None, "opening hours want a moment with its offset"
    return moment.astimezone(zone).replace(tzinfo=None)


def _days_from(day: date, number: int) -> date:
    """A day later or earlier, held at the ends of the calendar."""
    return date.fromordinal(min(max(day.toordinal() + number, 1), date.max.toordinal()))


def _moments(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments (UTC) at which the clock shows this time: none, one or two."""
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            yield moment


def _clock_change(day: date, zone: ZoneInfo) -> datetime | None:
    """The moment (UTC) on a day at which the clocks are changed, or None."""
    # A wider look than the day: where midnight itself is missing, the change lies at its edge.
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    low, high = midnight - timedelta(hours=2), midnight + timedelta(hours=26)
    before = low.astimezone(zone).utcoffset()
    if before == high.astimezone(zone).utcoffset():
        return None
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    change = high.replace(microsecond=0)
    return change if change.astimezone(zone).date() == day else None
