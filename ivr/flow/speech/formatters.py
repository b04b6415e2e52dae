"""The formatters of the language: ``${value | digits}`` and the others, one function each.

They choose what is said; words and grammar come from the tongue. A selector (``last``, ``reveal``)
changes or marks the value and may be followed by another formatter; all others make the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from ivr.flow.hours import Opening
from ivr.flow.speech.cldr import currency_names
from ivr.flow.speech.opening import spoken_hours
from ivr.flow.speech.phones import grouped_digits, spoken_phone
from ivr.flow.speech.readings import (
    Moment,
    amount_of,
    characters_of,
    date_of,
    decimal_of,
    seconds_of,
    time_of,
)
from ivr.flow.speech.tongue import Currency, FormatError, Tongue
from ivr.flow.values import Value, kind_name

WEEKDAY_WITHIN_DAYS = 14
"""Nearer dates are said with their weekday."""
NUMBER_DECIMALS = 3
"""What CLDR shows of a number, too."""
AMOUNT_PLAIN_BELOW = 10_000
"""Amounts below are plain digits: “1234 dollars and 50 cents” (LANGUAGE.md, part D)."""
CHARACTERS_MAX = 64
"""Of something spelled or read digit by digit."""
LAST_MAX = 12
ITEMS_MAX = 50
"""Of a spoken list."""

_WITHOUT_PARTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
_CODE = re.compile(r"[A-Z]{3}")
_UNIT_SECONDS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

Arguments = Sequence[str]
Speak = Callable[[Value, Arguments, Tongue, Moment], str]


@dataclass(frozen=True, slots=True)
class Formatter:
    """One formatter: how it is written, what it may be given, and what it does."""

    name: str
    usage: str
    accepts: Callable[[Arguments], bool]
    """Whether these arguments are right."""
    speak: Speak | None
    select: Callable[[Value, Arguments], Value] | None = None
    """What a selector makes of the value."""


def spoken(value: Value, tongue: Tongue, moment: Moment) -> str:
    """A value without a formatter, in words: raw numbers and dates never reach a voice."""
    match value:
        case str():
            return value
        case bool():
            said = tongue.yes if value else tongue.no
            if not said:
                raise FormatError(f"there is no word for true and false in {tongue.code}")
            return said
        case int() | float():
            return _number(value, (), tongue, moment)
        case datetime():
            return _date_time(value, (), tongue, moment)
        case date():
            return _date(value, (), tongue, moment)
        case time():
            return tongue.timed(value)
        case list():
            return _list(value, (), tongue, moment)
        case Opening():
            return spoken_hours(value, tongue)
        case {"amount": _, "currency": _}:
            return _money(value, (), tongue, moment)
        case _:
            raise FormatError(f"{kind_name(value)} cannot be spoken; name one of its fields")


# --------------------------------------------------------------------------- numbers


def _digits(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    """Letters among them are said too, punctuation is not."""
    characters = [c for c in characters_of(value, "made of digits") if c.isalnum()]
    text = _bounded("".join(characters)).upper()
    # A voice reads a bare “A” as the article.
    return grouped_digits([f"{c}." if c.isalpha() else c for c in text])


def _number(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    number = _rounded(decimal_of(value), NUMBER_DECIMALS)
    return tongue.number(number, tongue.plain_below)


def _ordinal(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    number = decimal_of(value)
    if number != number.to_integral_value() or number < 0:
        raise FormatError("an ordinal is a whole number")
    return tongue.ordinal(int(number), "feminine" in arguments)


def _percent(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    """The value is in percent already: 4.5 is “4 point 5 percent”."""
    return tongue.percent.format(_number(value, arguments, tongue, moment))


def _money(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    amount, code = amount_of(value, arguments[0] if arguments else tongue.currency)
    currency = tongue.currencies.get(code) or _other_currency(code, tongue)
    amount = _rounded(amount, 0 if code in _WITHOUT_PARTS else 2)
    if currency.part is None:
        number = tongue.number(amount, AMOUNT_PLAIN_BELOW)
        # Only a whole amount can be “one”; 1.5 is spoken with the plural.
        count = int(amount) if amount == amount.to_integral_value() else 2
        return tongue.counted(number, count, currency.unit)
    whole, parts = divmod(int(abs(amount) * 100), 100)
    said: list[str] = []
    for count, noun in ((whole, currency.unit), (parts, currency.part)):
        if count or (noun is currency.unit and not parts):
            number = tongue.number(Decimal(count), AMOUNT_PLAIN_BELOW)
            said.append(tongue.counted(number, count, noun))
    text = tongue.listed(said, tongue.money_join or tongue.both)
    if amount < 0 and not tongue.minus:
        raise FormatError(f"there is no word for minus in {tongue.code}")
    return f"{tongue.minus} {text}" if amount < 0 else text


def _other_currency(code: str, tongue: Tongue) -> Currency:
    names = currency_names(code, tongue.code)
    if names is None:
        raise FormatError(f"there is no currency called {code}")
    return Currency(names)


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


# --------------------------------------------------------------------------- dates and times


def _date(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    day = date_of(value, moment)
    if moment.today is None:
        return tongue.dated(day, False, True)
    near = abs((day - moment.today).days) <= WEEKDAY_WITHIN_DAYS
    return tongue.dated(day, near, day.year != moment.today.year)


def _time(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    found = time_of(value, moment)
    if found is None:
        raise FormatError("this date has no time of day")
    return tongue.timed(found)


def _date_time(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    """A date without a time is said as a date; a time alone as a time."""
    if isinstance(value, time):
        return tongue.timed(value)
    said = _date(value, arguments, tongue, moment)
    found = time_of(value, moment)
    if found is None:
        return said
    return tongue.date_time.format(date=said, time=tongue.timed(found))


def _weekday(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    return tongue.weekday(date_of(value, moment))


def _duration(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    """The two largest units that follow each other: “1 hour and 30 minutes”."""
    rest = seconds_of(value)
    said: list[str] = []
    for (_, seconds), (_, smaller) in pairwise(_UNIT_SECONDS):
        if rest >= seconds:
            rest = (rest + smaller // 2) // smaller * smaller
            break
    for unit, seconds in _UNIT_SECONDS:
        count, rest = divmod(rest, seconds)
        if count or (unit == "second" and not said):
            counted = tongue.number(Decimal(count), tongue.plain_below)
            said.append(tongue.counted(counted, count, tongue.units[unit]))
    return tongue.listed(said, tongue.both)


# --------------------------------------------------------------------------- texts and lists


def _phone(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    return spoken_phone(value, tongue)


def _spell(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    """One by one, with a stop behind each: a voice reads a bare “A” as the article."""
    with_words = "words" in arguments
    if with_words and not tongue.alphabet:
        raise FormatError(f"there are no spelling words for the language {tongue.code}")
    said: list[str] = []
    for character in _bounded(characters_of(value, "something to spell")):
        lowered = character.lower()
        if with_words and lowered in tongue.alphabet:
            word = tongue.alphabet[lowered]
            said.append(tongue.as_in.format(letter=character.upper(), word=word))
        elif character.isalnum():
            said.append(character.upper())
        elif character in tongue.symbols:
            said.append(tongue.symbols[character])
    return ". ".join(said)


def _list(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    items = value if isinstance(value, list) else [value]
    if len(items) > ITEMS_MAX:
        raise FormatError(f"a list of more than {ITEMS_MAX} items is too long to be heard")
    if any(isinstance(item, list) for item in items):
        raise FormatError("a list in a list cannot be spoken")
    said = [spoken(item, tongue, moment) for item in items if item is not None]
    return tongue.listed(said, tongue.either if "or" in arguments else tongue.both)


def _hours(value: Value, arguments: Arguments, tongue: Tongue, moment: Moment) -> str:
    if not isinstance(value, Opening):
        raise FormatError(f"{kind_name(value)} has no opening hours; write hours.<name> | hours")
    return spoken_hours(value, tongue)


def _bounded(characters: str) -> str:
    if len(characters) > CHARACTERS_MAX:
        raise FormatError(f"more than {CHARACTERS_MAX} characters are too long to be spelled")
    return characters


def _last(value: Value, arguments: Arguments) -> Value:
    """The last characters that count, as text."""
    kept = [c for c in characters_of(value, "something with an end") if c.isalnum()]
    return "".join(kept)[-int(arguments[0]) :]


def _reveal(value: Value, arguments: Arguments) -> Value:
    """The value as it is: an author says that this sensitive one may be spoken."""
    return value


# --------------------------------------------------------------------------- the table


def _nothing(arguments: Arguments) -> bool:
    return not arguments


def _word(word: str) -> Callable[[Arguments], bool]:
    return lambda arguments: list(arguments) in ([], [word])


def _currency(arguments: Arguments) -> bool:
    return not arguments or (len(arguments) == 1 and bool(_CODE.fullmatch(arguments[0])))


def _count(arguments: Arguments) -> bool:
    return (
        len(arguments) == 1
        and arguments[0].isdecimal()
        and arguments[0].isascii()
        and 1 <= int(arguments[0][:3]) <= LAST_MAX
    )


def _table(*formatters: Formatter) -> Mapping[str, Formatter]:
    return {formatter.name: formatter for formatter in formatters}


FORMATTERS = _table(
    Formatter("digits", "digits", _nothing, _digits),
    Formatter("number", "number", _nothing, _number),
    Formatter("ordinal", "ordinal", _word("feminine"), _ordinal),
    Formatter("money", "money, or money EUR", _currency, _money),
    Formatter("percent", "percent", _nothing, _percent),
    Formatter("date", "date", _nothing, _date),
    Formatter("date_time", "date_time", _nothing, _date_time),
    Formatter("time", "time", _nothing, _time),
    Formatter("weekday", "weekday", _nothing, _weekday),
    Formatter("duration", "duration", _nothing, _duration),
    Formatter("phone", "phone", _nothing, _phone),
    Formatter("spell", "spell, or spell words", _word("words"), _spell),
    Formatter("list", "list, or list or", _word("or"), _list),
    Formatter("hours", "hours", _nothing, _hours),
    Formatter("last", "last 4", _count, None, _last),
    Formatter("reveal", "reveal", _nothing, None, _reveal),
)
