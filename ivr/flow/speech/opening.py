"""Opening hours as one piece of a sentence: “Monday to Friday from 8 AM to 5 30 PM”.

Made from the schedule itself, so what callers hear and when they get through cannot drift apart.
Only the weekly times are said; holidays and special days are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from ivr.flow.hours import Opening, Span, Week
from ivr.flow.speech.tongue import FormatError, OpeningWords, Tongue

_ALL_DAY = ((0, 24 * 60),)
_WEEK_DAYS = 7


def spoken_hours(opening: Opening, tongue: Tongue) -> str:
    """The weekly times, days with the same times together, to follow “We are open”."""
    words = tongue.opening
    if words is None:
        raise FormatError(f"there are no words for opening hours in the language {tongue.code}")
    groups = _groups(opening.schedule.week)
    if len(groups) == 1 and len(groups[0][0]) == _WEEK_DAYS:
        spans = groups[0][1]
        if spans == _ALL_DAY:
            return words.always
        return f"{words.every_day} {_times(spans, words, tongue)}"
    said = [f"{words.days(_runs(days))} {_times(spans, words, tongue)}" for days, spans in groups]
    if len(said) == 1:
        return said[0]
    return f"{', '.join(said[:-1])}, {tongue.both} {said[-1]}"


def _groups(week: Week) -> list[tuple[list[int], tuple[Span, ...]]]:
    """The days that have the same times, in the order of the week."""
    groups: list[tuple[list[int], tuple[Span, ...]]] = []
    for day, spans in enumerate(week):
        if not spans:
            continue
        for days, same in groups:
            if same == spans:
                days.append(day)
                break
        else:
            groups.append(([day], spans))
    return groups


def _runs(days: Sequence[int]) -> list[list[int]]:
    """Days that follow each other, also over the end of the week: Saturday to Monday."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == _WEEK_DAYS - 1:
        runs = [runs[-1] + runs[0], *runs[1:-1]]
    return runs


def _times(spans: Sequence[Span], words: OpeningWords, tongue: Tongue) -> str:
    if tuple(spans) == _ALL_DAY:
        return words.all_day
    said = [words.times.format(*(words.clock(_clock(m)) for m in span)) for span in spans]
    return tongue.listed(said, tongue.both)


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
