"""Values in words of the caller's language: what ``${value | formatter}`` puts into a text.

The fast models of the vendors do not normalise numbers (Flash v2.5 reads ``$1,000,000`` as “one
thousand thousand dollars”), so nothing that is not words leaves here, and the spoken text is exact,
testable and a key for takes. Digits are used where every voice reads them right, which keeps texts
short and lets the voice find the gender (“21 dólares”):

* whole numbers as digits while they are short, then digits and names of scales: “45 thousand 678”.
  In English from 1000 on, because “1234 dollars” is read like a year, “twelve thirty-four dollars”
  (checked with the phonemes of the embedded voice); elsewhere from 10,000 on;
* amounts without “.00”: “1234 dollars and 50 cents”, “5 dollars”;
* decimals digit by digit: “3 point 1 4”, three at most;
* digits in groups of three and four with a comma as pause: “1 2 3 4, 5 6 7 8”;
* “9 30 AM”, “9 oh 5 AM”, “9 AM”, “noon”; “las 9 y 30 de la mañana”, in Spain “las 9 y 30”;
* dates with the weekday within 14 days and without the current year: “Tuesday, December 1st”.

``readings`` reads the value, ``formatters`` decides what is said, a :class:`Tongue` has the words.
Pure: today's date and the zone are given. Slow libraries are imported at their first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal

from ivr.flow.speech.formatters import FORMATTERS, Formatter, spoken
from ivr.flow.speech.phones import spoken_phone
from ivr.flow.speech.readings import Moment
from ivr.flow.speech.table import TONGUES, tongue_of
from ivr.flow.speech.tongue import FormatError, Tongue
from ivr.flow.values import Value

__all__ = [
    "FORMATTERS",
    "TONGUES",
    "FormatError",
    "Formatter",
    "Moment",
    "Tongue",
    "is_raw",
    "prepare",
    "selected",
    "speak",
    "tongue_of",
]

Applied = Sequence[tuple[str, Sequence[str]]]
"""Formatters with their arguments, in order."""

_FIGURES = re.compile(r"\d{4}|\d[.,:/-]\d|[$€£¥]\s?\d|\d\s?[$€£¥]|https?://|www\.")
"""What voices read each in their own way; a house number is read well by all of them."""


def selected(value: Value, applied: Applied) -> Value:
    """The value with its selectors applied (``last 4``), before any words are made of it."""
    for name, arguments in applied:
        select = FORMATTERS[name].select
        if select is not None:
            value = select(value, arguments)
    return value


def speak(value: Value, applied: Applied, locale: str, moment: Moment) -> str:
    """A value in words of a locale; null is nothing.

    Raises :class:`FormatError` if the formatter cannot speak it, or not in this language.
    """
    if value is None:
        return ""
    tongue = tongue_of(locale)
    value = selected(value, applied)
    for name, arguments in applied:
        formatter = FORMATTERS[name]
        if formatter.speak is not None:
            return formatter.speak(value, arguments, tongue, moment)
    if any(name == "last" for name, _ in applied):
        return _ending(value, tongue, moment)
    return spoken(value, tongue, moment)


def is_raw(value: Value, applied: Applied) -> bool:
    """Whether a text with figures in it reaches the voice as it came.

    Each voice reads a long number, a date, an amount or an address in its own way, so a record
    tells of it. Values that are numbers or dates by kind become words without a formatter, too.
    """
    if not isinstance(value, str) or _FIGURES.search(value) is None:
        return False
    return all(FORMATTERS[name].speak is None and name != "last" for name, _ in applied)


def prepare(locales: Iterable[str]) -> None:
    """Load what speaking these locales needs, so that no caller waits for an import.

    For a server's start; costs nothing the second time. A language nobody knows is passed over.
    """
    for locale in locales:
        with suppress(FormatError):
            tongue = tongue_of(locale)
            tongue.number(Decimal(12_345), 0)
            spoken_phone("+13125550123", tongue)


def _ending(value: Value, tongue: Tongue, moment: Moment) -> str:
    """``last 4`` alone is said one by one."""
    digits = FORMATTERS["digits"].speak
    assert digits is not None
    return digits(value, (), tongue, moment)
