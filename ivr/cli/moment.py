"""``--at``: the moment a rehearsed call is made, and the clock that starts there.

``Mon 10:15`` is the next Monday, today included, on the flow's own clock; ``2026-11-23 10:15`` is
that moment; ``now`` is the real one. Used by ``ivr call``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ivr.flow.hours.schedule import Schedule

OFFICE_HOURS: Final = "Mon 10:15"
"""When a call is made unless somebody says otherwise: an hour at which offices are open."""
WEEKS_SEARCHED: Final = 8
"""How far ahead an open Monday is looked for, over holidays."""

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY: Final = re.compile(r"([A-Za-z]{3,9})\s+(\d{1,2}):(\d{2})")
_DATED: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})")


def parse_moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment, aware, in the flow's zone. Raises ``ValueError`` with a sentence."""
    text = text.strip()
    here = now.astimezone(zone)
    if text.lower() == "now":
        return here
    try:
        if found := _DATED.fullmatch(text):
            day = datetime.fromisoformat(found[1])
            return day.replace(hour=int(found[2]), minute=int(found[3]), tzinfo=zone)
        if (found := _WEEKLY.fullmatch(text)) and found[1][:3].lower() in _WEEKDAYS:
            days = (_WEEKDAYS.index(found[1][:3].lower()) - here.weekday()) % 7
            moment = datetime.combine(here.date() + timedelta(days), datetime.min.time(), zone)
            return moment.replace(hour=int(found[2]), minute=int(found[3]))
    except ValueError:
        pass  # a day or an hour that does not exist reads like any other mistake
    raise ValueError(f"{text!r} is no moment: write  Mon 10:15,  2026-11-23 10:15  or  now")


def office_hours(schedules: Iterable[Schedule], zone: ZoneInfo, now: datetime) -> datetime:
    """The next Monday morning at which every schedule of a flow is open; else just the next one."""
    schedules = list(schedules)
    first = parse_moment(OFFICE_HOURS, zone, now)
    for week in range(WEEKS_SEARCHED):
        moment = first + timedelta(weeks=week)
        if all(schedule.open(moment) for schedule in schedules):
            return moment
    return first


def clock_from(moment: datetime) -> Callable[[], datetime]:
    """A wall clock, in UTC, that says this moment now and goes on from there."""
    began = time.monotonic()
    start = moment.astimezone(UTC)
    return lambda: start + timedelta(seconds=time.monotonic() - began)
