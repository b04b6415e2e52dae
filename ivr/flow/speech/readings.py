"""What a formatter is given, read as what it needs: a number, an amount, a date, a time, digits.

Services send numbers and dates as texts as often as not, so a text that is written as one counts as
one. Errors name the formatter's need and the kind of the value, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from ivr.flow.speech.tongue import FormatError
from ivr.flow.values import Value, is_number, kind_name, local, moment_in

NUMBER_MAX = Decimal(10) ** 15
"""Numbers and amounts from here on are spoken by nobody."""

_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(ms|s|m|h|d)")
_DURATION_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a text is spoken: the flow's own date and clock."""

    today: date | None = None
    """Decides about weekday and year; without it the year is said and the weekday is not."""
    zone: tzinfo | None = None
    """Moments with an offset are said on this clock."""


def decimal_of(value: Value, wanted: str = "a number") -> Decimal:
    """The number it is, exactly as written."""
    number: Decimal | None = None
    if is_number(value):
        number = Decimal(repr(value))
    elif isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        number = Decimal(value.strip())
    if number is None or not number.is_finite() or abs(number) >= NUMBER_MAX:
        raise _unfit(value, wanted)
    return number


def amount_of(value: Value, currency: str) -> tuple[Decimal, str]:
    """An amount and its currency: a number, or a map with ``amount`` and ``currency``."""
    if isinstance(value, Mapping):
        named = value.get("currency")
        if not isinstance(named, str) or not _CODE.fullmatch(named.upper()):
            raise FormatError("money needs a map with amount and currency, like USD")
        return decimal_of(value.get("amount"), "an amount"), named.upper()
    if not currency:
        raise FormatError("money needs a currency here, like  | money EUR")
    return decimal_of(value, "an amount"), currency


def date_of(value: Value, moment: Moment) -> date:
    """A date, or the date of a moment on the flow's clock."""
    found = moment_in(value) if isinstance(value, str) else value
    if isinstance(found, datetime):
        return local(found, moment.zone).date()
    if isinstance(found, date):
        return found
    raise _unfit(value, "a date like 2026-12-01")


def time_of(value: Value, moment: Moment) -> time | None:
    """A time of day, also of a moment on the flow's clock; None for a date without one."""
    found = moment_in(value) if isinstance(value, str) else value
    if isinstance(found, datetime):
        return local(found, moment.zone).time()
    if isinstance(found, time):
        return found
    if isinstance(found, date):
        return None
    raise _unfit(value, "a time like 9:30")


def seconds_of(value: Value) -> int:
    """A duration in whole seconds: a number of seconds, or written ``90s``, ``3m``, ``500ms``."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    wanted = "seconds, or a duration like 3m"
    seconds = (
        Decimal(found[1]) * _DURATION_SECONDS[found[2]] if found else decimal_of(value, wanted)
    )
    if seconds < 0:
        raise FormatError("a duration is never negative")
    return int(seconds + Decimal("0.5"))


def characters_of(value: Value, wanted: str) -> str:
    """A text, or a whole number, as its characters."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise _unfit(value, wanted)


def _unfit(value: Value, wanted: str) -> FormatError:
    what = "this text" if isinstance(value, str) else kind_name(value)
    return FormatError(f"{what} is not {wanted}")
