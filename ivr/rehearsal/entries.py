"""What a caller could key where a flow asks for an entry: drawn from the type's own rules.

Values that fit, at both ends of what is allowed and around every number the conditions of the flow
speak of; values just beyond, none at all, too short, with a wrong check digit; cleared and begun
again. Used by :mod:`ivr.rehearsal.draws`; knows nothing of time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from ivr.flow.expression import EvaluationError
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.entries import Ground, Progress
from ivr.flow.steps.entries.amounts import Money, Number
from ivr.flow.steps.entries.digits import Card, Digits, Pin, luhn_ok
from ivr.flow.steps.entries.limits import Limits, day, day_of_call, number
from ivr.flow.steps.entries.moments import Date, Time
from ivr.flow.steps.entries.phone import Phone
from ivr.flow.steps.entries.yes_no import YesNo

_CARDS = (("4", 16), ("5100", 16), ("3400", 15), ("6200", 19), ("9", 12))
"""Beginnings of the brands, and a length they have."""
_TIMES = ("0930", "930", "1200", "1230", "1159", "100", "0000", "2359", "1300", "990")
_ABROAD = ("US", "ES")


def drawn(ask: Ask, ground: Ground, known: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Keys worth trying, the end key with them where the entry does not end by itself.

    ``known`` are the numbers the conditions of the flow speak of.
    """
    entry = ask.entry
    fitting = ""
    for keys in dict.fromkeys(_entries(ask, ground, known, chance)):
        fitting = fitting or keys
        yield _ended(keys, ask, ground)
    if len(fitting) > 1:
        yield fitting[:-1]
        yield fitting[:-1] + ask.end_key
    yield ask.end_key
    yield "*"
    begun = fitting[:1]
    clear = "**" if entry.takes_star(begun) else "*"
    yield begun + clear + _ended(fitting, ask, ground)
    if not _whole(fitting, ask, ground):
        yield fitting


def _ended(keys: str, ask: Ask, ground: Ground) -> str:
    return keys if _whole(keys, ask, ground) else keys + ask.end_key


def _whole(keys: str, ask: Ask, ground: Ground) -> bool:
    try:
        return ask.entry.progress(keys, ground) is Progress.WHOLE
    except EvaluationError:
        # A fault of the flow: whoever keys this will come upon it.
        return False


def _entries(
    ask: Ask, ground: Ground, known: Sequence[str], chance: random.Random
) -> Iterator[str]:
    """Keys without the end key; the first ones fit, unless nothing does."""
    entry = ask.entry
    match entry:
        case Digits():
            yield from _digits(entry, known, chance)
        case Pin(shortest, longest):
            for length in dict.fromkeys((shortest, longest)):
                yield _any_digits(length, chance)
        case Card():
            yield from _cards(entry, chance)
        case Phone(country):
            yield from _phones(country)
        case Date():
            yield from _dates(entry, ground)
        case Time():
            yield from _TIMES
        case Money():
            yield from _amounts(entry, ground, known)
        case Number():
            around = [str(value) for value in _around(entry.limits, ground, Decimal(1))]
            yield from (*around, *known, "0", "7", "00")
        case YesNo():
            yield from ("1", "2")
        case _:
            raise AssertionError(f"nothing is drawn for {entry.name}")


def _digits(entry: Digits, known: Sequence[str], chance: random.Random) -> Iterator[str]:
    shortest, longest = entry.shortest, entry.longest
    lengths = (shortest, min(longest, shortest + 1), min(longest, 12), longest)
    first = entry.starts[0] if entry.starts else ""
    for length in dict.fromkeys(lengths):
        yield _checked(first, length, chance) if entry.luhn else _begun(first, length, chance)
    for literal in known:
        for value in (literal, str(int(literal) + 1), str(max(0, int(literal) - 1))):
            padded = value.zfill(shortest) if len(value) < shortest else value
            yield padded[:longest]
        if len(literal) < shortest:
            yield literal + _any_digits(shortest - len(literal), chance)
    yield "0" * shortest
    if entry.luhn:
        yield _slip(_checked(first, shortest, chance))
    if first:
        yield _slip(first[:1]) + _any_digits(shortest - 1, chance)


def _cards(entry: Card, chance: random.Random) -> Iterator[str]:
    firsts = [(start, length) for start, length in _CARDS if not entry.starts]
    for first, length in (*firsts, *((start, entry.longest) for start in entry.starts)):
        bounded = max(entry.shortest, min(entry.longest, length))
        card = _checked(first, bounded, chance)
        yield card
        yield _slip(card)


def _phones(country: str) -> Iterator[str]:
    import phonenumbers

    def only(text: str) -> str:
        return "".join(filter(str.isdecimal, text))

    own = phonenumbers.example_number(country)
    if own is not None:
        national = phonenumbers.PhoneNumberFormat.NATIONAL
        yield only(phonenumbers.format_number(own, national))
    for region in _ABROAD:
        other = phonenumbers.example_number(region)
        if other is not None and region != country:
            yield only(phonenumbers.format_out_of_country_calling_number(other, country))
    yield "0000000000"


def _dates(entry: Date, ground: Ground) -> Iterator[str]:
    least, most = _limit(entry.limits, ground)
    now = day_of_call(ground.scope)
    ends = [limit for limit in (least, most) if limit is not None]
    inside = now if not ends else ends[0]
    for each in (inside, now, *_next_to(ends), date(2028, 2, 29)):
        yield from _keyed(each, entry, ground)
    yield "31" * 3
    yield "02302026"
    yield "30022026"


def _next_to(days: Iterable[date]) -> Iterator[date]:
    for each in days:
        yield from (each, each - timedelta(days=1), each + timedelta(days=1))


def _limit(limits: Limits, ground: Ground) -> tuple[date | None, date | None]:
    try:
        return day(limits.least, ground.scope), day(limits.most, ground.scope)
    except EvaluationError:
        return None, None


def _keyed(each: date, entry: Date, ground: Ground) -> Iterator[str]:
    order = "%m%d" if entry.month_first(ground.locale) else "%d%m"
    for year in (f"{each.year:04}", f"{each.year % 100:02}"):
        keys = each.strftime(order) + year
        if not entry.format or len(keys) == len(entry.format):
            yield keys


def _amounts(entry: Money, ground: Ground, known: Sequence[str]) -> Iterator[str]:
    values = [*_around(entry.limits, ground, Decimal("0.01")), Decimal("12.5"), Decimal(3)]
    for value in (*values, *map(Decimal, known)):
        yield str(int(value * 100)) if entry.cents else f"{value:f}".replace(".", "*")
    if not entry.cents:
        yield "*50"
        yield "0*05"


def _around(limits: Limits, ground: Ground, step: Decimal) -> Iterator[Decimal]:
    """Both limits, and what lies just beside them."""
    try:
        ends = [number(limit, ground.scope) for limit in (limits.least, limits.most)]
    except EvaluationError:
        return
    for end in ends:
        if end is not None:
            yield from (value for value in (end, end - step, end + step) if value >= 0)


def _begun(first: str, length: int, chance: random.Random) -> str:
    return (first + _any_digits(max(0, length - len(first)), chance))[:length]


def _checked(first: str, length: int, chance: random.Random) -> str:
    """Digits with the right check digit."""
    made = _begun(first, length, chance)
    return next((made[:-1] + last for last in "0123456789" if luhn_ok(made[:-1] + last)), made)


def _slip(digits: str) -> str:
    """The last digit another one."""
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _any_digits(length: int, chance: random.Random) -> str:
    return "".join(chance.choices("0123456789", k=length))
