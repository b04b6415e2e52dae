"""How opening hours have changed, in sentences: weekdays, single days, holidays, and by hand.

Pure; used by :mod:`ivr.flow.edit.diff_flow`.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from ivr.flow.edit import naming, same
from ivr.flow.hours import Schedule
from ivr.flow.hours.schedule import DAY_MINUTES, Span

WEEKDAYS = tuple(calendar.day_name)


def of_hours(old: Schedule, new: Schedule) -> Iterator[str]:
    """What has changed, one half sentence each: ``Friday closes at 16:00 (before 17:00)``."""
    yield from _of_weekdays(old, new)
    yield from _of_days(old, new)
    yield from _of_calendars(old, new)
    if (old.forced, old.reason) != (new.forced, new.reason):
        yield f"{_by_hand(new)} (before: {_by_hand(old)})"


def said(spans: Sequence[Span]) -> str:
    """``9:00–12:00 and 13:00–17:00``, or ``closed``."""
    if not spans:
        return "closed"
    if list(spans) == [(0, DAY_MINUTES)]:
        return "open all day"
    return naming.listed(f"{_time(first)}–{_time(last)}" for first, last in spans)


def _of_weekdays(old: Schedule, new: Schedule) -> Iterator[str]:
    pairs = [(old.week[day], new.week[day], day) for day in range(len(WEEKDAYS))]
    for (before, after), run in groupby(pairs, lambda pair: pair[:2]):
        days = [day for *_, day in run]
        if before == after:
            continue
        plural = len(days) > 1
        who = WEEKDAYS[days[0]]
        if plural:
            who += f"{' and ' if len(days) == 2 else ' to '}{WEEKDAYS[days[-1]]}"
        yield f"{who} {_of_spans(before, after, plural=plural)}"


def _of_spans(before: Sequence[Span], after: Sequence[Span], *, plural: bool) -> str:
    """``closes at 16:00 (before 17:00)`` where that is all, else both in full."""
    if len(before) == len(after) == 1:
        (opened, closed), (opens, closes) = before[0], after[0]
        if opened == opens:
            return f"close{'' if plural else 's'} at {_time(closes)} (before {_time(closed)})"
        if closed == closes:
            return f"open{'' if plural else 's'} at {_time(opens)} (before {_time(opened)})"
    return f"{'are' if plural else 'is'} now {said(after)} (before {said(before)})"


def _of_days(old: Schedule, new: Schedule) -> Iterator[str]:
    """Single days and ranges that differ from their weekday."""
    before, after = _days(old), _days(new)
    for days in sorted({*before, *after}):
        name = _day(days[0]) if days[0] == days[1] else f"{_day(days[0])} to {_day(days[1])}"
        was, now = before.get(days), after.get(days)
        if was == now:
            continue
        if now is None:
            yield f"{name} is as any other day (before {was})"
        else:
            yield f"{name} is now {now}" + (f" (before {was})" if was is not None else "")


def _days(schedule: Schedule) -> dict[tuple[date, date], str]:
    closed = dict.fromkeys(schedule.closed, "closed")
    return closed | {(each.first, each.last): said(each.spans) for each in schedule.special}


def _of_calendars(old: Schedule, new: Schedule) -> Iterator[str]:
    before = {same.calendar(each) for each in old.calendars}
    after = {same.calendar(each) for each in new.calendars}
    yield from (f"now closed on {name}" for name in sorted(after - before))
    yield from (f"no longer closed on {name}" for name in sorted(before - after))


def _by_hand(schedule: Schedule) -> str:
    if schedule.forced is None:
        return "open and closed as the times say"
    why = f", “{schedule.reason}”" if schedule.reason else ""
    return f"{'open' if schedule.forced else 'closed'} whatever the times say{why}"


def _time(minute: int) -> str:
    """``17:30``; what lies beyond midnight is told as it stands on the clock."""
    minute = minute - DAY_MINUTES if minute > DAY_MINUTES else minute
    return f"{minute // 60}:{minute % 60:02}"


def _day(day: date) -> str:
    return f"{calendar.month_name[day.month]} {day.day}, {day.year}"
