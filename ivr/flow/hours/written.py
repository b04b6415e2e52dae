"""Opening hours as an author wrote them, read into a schedule, with everything found wrong.

The loader passes plain keys and texts and gives every finding its place in the file. Findings that
are errors leave no schedule; B001 is advice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from ivr.flow.hours.schedule import DAY_MINUTES, Schedule, Span, Special
from ivr.flow.problems import Severity

GAP_MINUTES = 5
"""A shorter pause between two times of a day is taken for a slip (11:59 for 12:00)."""
RANGE_DAYS_MAX = 400
CALENDARS_KEPT = 32
"""Making one takes a quarter of a millisecond, and its years are found out only once."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY_DAY = frozenset({"every day", "daily"})
_OPTIONS = ("closed", "force", "reason", "timezone")
_TIMES_HELP = "write times like 8:00-17:30, several with a comma, or closed"

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*\.\.\s*([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_CALENDAR = re.compile(r"([a-z]{2})(?:-([a-z0-9]{1,3}))?-holidays")

Written = Mapping[str, str | Sequence[str]]
"""Keys and texts; ``closed`` and times may be a list of texts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a schedule."""

    path: tuple[str | int, ...]
    """What it is about: ``("closed", 1)``, ``("mon-fri",)``; empty for the whole schedule."""
    code: str
    message: str
    help: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a schedule; there is none if an error was found."""

    schedule: Schedule | None
    findings: tuple[Finding, ...]


def compile(written: Written, *, timezone: str) -> Compiled:
    """Read a schedule; ``timezone`` is the flow's. Every finding is told, never only the first."""
    reader = _Reader(written, timezone)
    schedule = reader.read()
    broken = any(finding.severity is Severity.ERROR for finding in reader.findings)
    return Compiled(None if broken else schedule, tuple(reader.findings))


@dataclass(slots=True)
class _Reader:
    """One reading of one schedule."""

    written: Written
    timezone: str
    findings: list[Finding] = field(default_factory=list)
    week: dict[int, tuple[Span, ...]] = field(default_factory=dict)
    origin: dict[int, str] = field(default_factory=dict)
    """The key that gave a weekday its times."""
    special: list[Special] = field(default_factory=list)
    closed: list[tuple[date, date]] = field(default_factory=list)
    calendars: list[Container[date]] = field(default_factory=list)

    def read(self) -> Schedule | None:
        zone = self._zone()
        for key, value in self.written.items():
            if key not in _OPTIONS:
                self._entry(key, value)
        self._closed(self.written.get("closed"))
        forced = self._forced()
        if not any(self.week.values()) and not self.findings:
            remedy = "write days with times, like  mon-fri: 8:00-17:30"
            self._say((), "S007", "these hours have no weekday on which they are open", remedy)
        self._advise()
        if zone is None:
            return None
        week = tuple(self.week.get(day, ()) for day in range(7))
        special = tuple(sorted(self.special, key=lambda each: each.last - each.first))
        reason = self.written.get("reason")
        return Schedule(
            zone,
            week,
            special,
            tuple(self.closed),
            tuple(self.calendars),
            forced,
            reason if isinstance(reason, str) else None,
        )

    def _say(self, path: tuple[str | int, ...], code: str, message: str, remedy: str = "") -> None:
        severity = Severity.INFO if code == "B001" else Severity.ERROR
        self.findings.append(Finding(path, code, message, remedy, severity))

    # ------------------------------------------------------------------ options

    def _zone(self) -> ZoneInfo | None:
        written = self.written.get("timezone", self.timezone)
        name = written if isinstance(written, str) else ""
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # unknown, a path, a folder of zones
            near = difflib.get_close_matches(name, available_timezones(), n=1)
            remedy = f"did you mean {near[0]}?" if near else "write one like America/Chicago"
            path = ("timezone",) if "timezone" in self.written else ()
            self._say(path, "S007", f"there is no time zone called “{name}”", remedy)
            return None

    def _forced(self) -> bool | None:
        force = self.written.get("force")
        if force is None:
            if "reason" in self.written:
                self._say(("reason",), "S006", "reason: goes with force:", "write force: closed")
            return None
        if force not in ("open", "closed"):
            self._say(("force",), "S007", "force: is open or closed", "or leave the line out")
        return force == "open"

    def _closed(self, written: str | Sequence[str] | None) -> None:
        if written is None:
            return
        listed = not isinstance(written, str)
        entries = written.split(",") if isinstance(written, str) else written
        for number, entry in enumerate(entries):
            path = ("closed", number) if listed else ("closed",)
            self._closed_entry(entry.strip(), path)

    def _closed_entry(self, entry: str, path: tuple[str | int, ...]) -> None:
        if _CALENDAR.fullmatch(entry.lower()):
            self._calendar(entry.lower(), path)
            return
        dates = self._dates(entry, path)
        if dates is not None:
            self.closed.append(dates)
        elif not _DATES.fullmatch(entry):
            remedy = "write us-holidays, a day like 2026-12-24, or 2026-12-24..2026-12-26"
            self._say(path, "S007", f"“{entry}” is no day and no calendar", remedy)

    def _calendar(self, name: str, path: tuple[str | int, ...]) -> None:
        found = _CALENDAR.fullmatch(name)
        assert found is not None
        country, part = found[1].upper(), found[2].upper() if found[2] else None
        try:
            self.calendars.append(_holidays(country, part))
        except NotImplementedError:
            import holidays

            known = holidays.list_supported_countries()
            if country in known:
                message = f"the calendar {country} has no part called {part}"
                remedy = f"it has {', '.join(known[country])}"
            else:
                message = f"there is no calendar for the country {country}"
                remedy = "calendars are called by ISO country code: us-holidays, es-holidays"
            self._say(path, "S007", message, remedy)

    # ------------------------------------------------------------------ days and times

    def _entry(self, key: str, value: str | Sequence[str]) -> None:
        spans = self._spans(key, value)
        if _DATES.fullmatch(key.strip()):
            dates = self._dates(key.strip(), (key,))
            if dates is not None and spans is not None:
                self.special.append(Special(*dates, spans))
            return
        days = _days(key)
        if days is None:
            near = difflib.get_close_matches(key.lower(), (*DAYS, *_FULL_DAYS, *_OPTIONS), n=1)
            remedy = f"did you mean {near[0]}?" if near else "write days like mon-fri or sat"
            self._say((key,), "S001", f"“{key}” is no day, no date and no option of hours", remedy)
            return
        for day in days:
            if day in self.origin:
                both = f"“{self.origin[day]}” and “{key}”"
                message = f"{_FULL_DAYS[day].capitalize()} has times twice, in {both}"
                self._say((key,), "S007", message, "let each weekday stand in one line only")
                return
            self.origin[day] = key
            self.week[day] = spans or ()

    def _dates(self, text: str, path: tuple[str | int, ...]) -> tuple[date, date] | None:
        found = _DATES.fullmatch(text)
        if found is None:
            return None
        try:
            first = date.fromisoformat(found[1])
            last = date.fromisoformat(found[2] or found[1])
        except ValueError:
            self._say(path, "S007", f"“{text}” is not in the calendar", "write 2026-12-24")
            return None
        if not 0 <= (last - first).days <= RANGE_DAYS_MAX:
            message = "a range goes from its first day to its last, a year at most"
            self._say(
                path, "S007", message, f"write {found[2]}..{found[1]}" if last < first else ""
            )
            return None
        return first, last

    def _spans(self, key: str, value: str | Sequence[str]) -> tuple[Span, ...] | None:
        texts = value.split(",") if isinstance(value, str) else list(value)
        texts = [text.strip() for text in texts]
        if texts == ["closed"]:
            return ()
        spans: list[Span] = []
        for text in texts:
            span = _span(text)
            if span is None:
                self._say((key,), "S007", f"“{text}” is no time of opening", _TIMES_HELP)
                return None
            spans.append(span)
        return self._merged(key, sorted(spans))

    def _merged(self, key: str, spans: list[Span]) -> tuple[Span, ...]:
        """Times of one day without overlaps; a slip is told."""
        merged: list[Span] = []
        for first, last in spans:
            if merged and first <= merged[-1][1]:
                if first < merged[-1][1]:
                    message = f"two times overlap at {_clock(first)}"
                    self._say((key,), "B001", message, "leave one of them out, or part them")
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
                continue
            if merged and first - merged[-1][1] < GAP_MINUTES:
                message = f"it is closed from {_clock(merged[-1][1])} to {_clock(first)}"
                self._say((key,), "B001", message, f"write {_clock(first)} as the end of the first")
            merged.append((first, last))
        return tuple(merged)

    # ------------------------------------------------------------------ advice

    def _advise(self) -> None:
        """What loads but is probably a slip (B001)."""
        if not self.special and "closed" not in self.written:
            remedy = "add  closed: [us-holidays]  or the days you are closed"
            self._say((), "B001", "these hours say nothing about holidays", remedy)
        for day in range(7):
            self._advise_midnight(day)
        seen: list[Special] = []
        for special in self.special:
            if any(each.first == special.first and each.last == special.last for each in seen):
                self._say((), "B001", f"{special.first} has special times twice", "keep one")
            seen.append(special)

    def _advise_midnight(self, day: int) -> None:
        today, tomorrow = self.week.get(day, ()), self.week.get((day + 1) % 7, ())
        if not today or not tomorrow:
            return
        end, begin = today[-1][1] - DAY_MINUTES, tomorrow[0][0]
        key = self.origin[day]
        if begin < end:
            message = (
                f"the night after {_FULL_DAYS[day].capitalize()} overlaps the next day's times"
            )
            self._say((key,), "B001", message, f"let it end at {_clock(begin)}")
        elif -GAP_MINUTES < end < 0 and begin < GAP_MINUTES:
            message = f"it is closed from {_clock(end + DAY_MINUTES)} to midnight"
            self._say((key,), "B001", message, "write 24:00 as the end")


@lru_cache(maxsize=CALENDARS_KEPT)
def _holidays(country: str, part: str | None) -> Container[date]:
    """The public holidays of a country, the same for every flow that names it.

    Raises NotImplementedError where there is no such country, or no such part of it.
    """
    import holidays  # a quarter of a second: only for schedules that name a calendar

    return holidays.country_holidays(country, subdiv=part)


def _days(key: str) -> tuple[int, ...] | None:
    """The weekdays a key names, or None."""
    lowered = key.strip().lower()
    if lowered in _EVERY_DAY:
        return tuple(range(7))
    days: list[int] = []
    for piece in lowered.split(","):
        first, dash, last = (word.strip() for word in piece.partition("-"))
        begin = _day(first)
        end = _day(last) if dash else begin
        if begin is None or end is None:
            return None
        days.extend((begin + number) % 7 for number in range((end - begin) % 7 + 1))
    return tuple(days)


def _day(word: str) -> int | None:
    for names in (DAYS, _FULL_DAYS):
        if word in names:
            return names.index(word)
    return None


def _span(text: str) -> Span | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes = (int(found[1]), int(found[3])), (int(found[2]), int(found[4]))
    if max(minutes) > 59 or hours[0] > 23 or hours[1] > 24 or (hours[1] == 24 and minutes[1]):
        return None
    first, last = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    if first == last:
        return None
    return (first, last if last > first else last + DAY_MINUTES)


def _clock(minute: int) -> str:
    minute = minute if minute <= DAY_MINUTES else minute - DAY_MINUTES
    return f"{minute // 60}:{minute % 60:02}"
