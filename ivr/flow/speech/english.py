"""English as it is spoken in the United States and in Britain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time

from ivr.flow.speech.tongue import Currency, Noun, OpeningWords, Scale, ScaledNumber, Tongue

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_CENT = Noun("cent", "cents")
_ALPHABET = {
    word[0].lower(): word
    for word in (
        *("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India"),
        *("Juliet", "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo"),
        *("Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu"),
    )
}


def _counted(number: str, value: int, noun: Noun) -> str:
    return f"{number} {noun.one if value == 1 else noun.many}"


def _ordinal(number: int, feminine: bool = False) -> str:
    """1st, 2nd, 3rd, 11th: every voice reads these right."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _listed(items: Sequence[str], word: str) -> str:
    if len(items) < 3:
        return f" {word} ".join(items)
    return f"{', '.join(items[:-1])}, {word} {items[-1]}"


def _date_us(day: date, with_weekday: bool, with_year: bool) -> str:
    said = f"{_MONTHS[day.month - 1]} {_ordinal(day.day)}"
    said = f"{_WEEKDAYS[day.weekday()]}, {said}" if with_weekday else said
    return f"{said}, {day.year}" if with_year else said


def _date_gb(day: date, with_weekday: bool, with_year: bool) -> str:
    said = f"the {_ordinal(day.day)} of {_MONTHS[day.month - 1]}"
    said = f"{_WEEKDAYS[day.weekday()]} {said}" if with_weekday else said
    return f"{said} {day.year}" if with_year else said


def _weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def _time(moment: time) -> str:
    """“9 30 AM”, “9 oh 5 AM”: a bare “05” is read “five”, as if it were 9:50 or 9 hours 5."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour == 12 else "midnight"
    half = "AM" if moment.hour < 12 else "PM"
    hour = moment.hour % 12 or 12
    if moment.minute == 0:
        return f"{hour} {half}"
    minute = f"oh {moment.minute}" if moment.minute < 10 else f"{moment.minute}"
    return f"{hour} {minute} {half}"


def _days(runs: Sequence[Sequence[int]]) -> str:
    said: list[str] = []
    for run in runs:
        names = [_WEEKDAYS[day] for day in run]
        if len(names) > 2:
            said.append(f"{names[0]} to {names[-1]}")
        else:
            said.extend(names)
    return _listed(said, "and")


EN_US = Tongue(
    code="en-US",
    country="US",
    currency="USD",
    yes="yes",
    no="no",
    both="and",
    either="or",
    plus="plus",
    minus="minus",
    percent="{} percent",
    # “1234 points” is read “twelve thirty-four points”, like a year.
    plain_below=1_000,
    number=ScaledNumber(
        minus="minus",
        point="point",
        scales=(
            Scale(10**12, "1 trillion", "{} trillion"),
            Scale(10**9, "1 billion", "{} billion"),
            Scale(10**6, "1 million", "{} million"),
            Scale(10**3, "1 thousand", "{} thousand"),
        ),
    ),
    counted=_counted,
    ordinal=_ordinal,
    listed=_listed,
    dated=_date_us,
    weekday=_weekday,
    timed=_time,
    date_time="{date}, at {time}",
    units={
        "day": Noun("day", "days"),
        "hour": Noun("hour", "hours"),
        "minute": Noun("minute", "minutes"),
        "second": Noun("second", "seconds"),
    },
    currencies={
        "USD": Currency(Noun("dollar", "dollars"), _CENT),
        "EUR": Currency(Noun("euro", "euros"), _CENT),
        "GBP": Currency(Noun("pound", "pounds"), Noun("penny", "pence")),
        "CAD": Currency(Noun("Canadian dollar", "Canadian dollars"), _CENT),
        "AUD": Currency(Noun("Australian dollar", "Australian dollars"), _CENT),
        "MXN": Currency(Noun("Mexican peso", "Mexican pesos"), Noun("centavo", "centavos")),
        "JPY": Currency(Noun("yen", "yen")),
        "INR": Currency(Noun("rupee", "rupees"), Noun("paisa", "paise")),
        "CHF": Currency(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes")),
    },
    symbols={
        "@": "at",
        ".": "dot",
        "-": "dash",
        "_": "underscore",
        "/": "slash",
        "+": "plus",
        "#": "pound",
        "*": "star",
        "&": "and",
    },
    alphabet=_ALPHABET,
    # Without the comma “A as in Alpha” begins with the article.
    as_in="{letter}, as in {word}",
    opening=OpeningWords(
        every_day="every day",
        always="24 hours a day, every day",
        all_day="all day",
        times="from {} to {}",
        days=_days,
        clock=_time,
    ),
    month_first=True,
    twelve_hours=True,
)

EN_GB = replace(
    EN_US,
    code="en-GB",
    country="GB",
    currency="GBP",
    percent="{} per cent",
    dated=_date_gb,
    month_first=False,
    symbols={**EN_US.symbols, "#": "hash"},
)
