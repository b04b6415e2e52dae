"""Opening hours: what ``hours:`` of a flow says, and whether somebody is there at a moment.

:func:`compile` reads plain data: the loader passes keys and texts, and gives findings their place::

    mon-fri: 8:00-17:30                  days: mon … sun, ranges, lists, every day
    sat: 9:00-12:00, 13:00-15:00         several times a day
    sun: closed
    fri: 22:00-6:00                      overnight, belongs to Friday; 24:00 is the end of the day
    2026-12-24: 9:00-12:00               a special day, or 2026-12-24..2026-12-26
    closed: [us-holidays, 2026-12-31]    calendars, days, ranges
    force: closed                        until it is taken out again; reason: burst pipe
    timezone: America/Chicago            if it differs from the flow's

Special days (the shorter range first) beat ``closed``, which beats weekdays; ``force`` beats all.
Calendars are those of the ``holidays`` package: ``us-holidays``, ``es-holidays``, and with a part
of the country ``us-tx-holidays``, ``es-md-holidays``; days on which a holiday is observed count.

Times are wall-clock times in the schedule's zone, half-open: at 17:30 it is closed. So daylight
saving needs no rule: the hour that occurs twice is open twice, the missing hour never happens.
Pure: the moment is always given. ``holidays`` is imported when a schedule first names a calendar.
"""

from __future__ import annotations

from ivr.flow.hours.schedule import OPENING_FIELDS, Opening, Schedule, Span, Week
from ivr.flow.hours.written import Compiled, Finding, Written, compile

__all__ = [
    "OPENING_FIELDS",
    "Compiled",
    "Finding",
    "Opening",
    "Schedule",
    "Span",
    "Week",
    "Written",
    "compile",
]
