"""What a flow can hold and read: null, true or false, numbers, text, dates and times, lists, maps.

Nothing else is a value; no Python object can be reached through one. Numbers are ``int`` or
``float`` and one kind to the author. There is no decimal type, because JSON has none: a float is
taken for the decimal it is written as, and expressions compute with that, so 0.1 + 0.2 is 0.3 and
money stays exact to the cent up to ten trillion. A map is a plain ``dict``, or a read-only
``Mapping`` whose fields are computed when they are read (:class:`ivr.flow.hours.Opening`).

The loader makes values (:func:`scalar`), expressions compute with them, texts speak them, and the
call's state is stored with them (:func:`to_plain`). Pure: no clock, no I/O.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeGuard
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = (
        bool
        | int
        | float
        | str
        | date
        | time
        | datetime
        | list["Value"]
        | Mapping[str, "Value"]
        | None
    )
else:
    # msgspec resolves the hints of the call's state, and JSON cannot tell text, date and time
    # apart by type; values travel through to_plain and from_plain instead.
    Value = Any

INTEGER_MAX = 2**63 - 1
"""Whole numbers beyond 64 bits are no numbers here; msgspec could not store them either."""
TEXT_MAX = 16_384
"""Characters of a text that an expression may make, or that may be spoken at once."""
LIST_MAX = 1_000
"""Items of a list that an expression may make."""
DEPTH_MAX = 32
"""How deep lists and maps may lie in each other."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TEXT_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,9})?)?")
_CONSTANTS = {"true": True, "false": False, "null": None}


class EvaluationError(Exception):
    """A value that cannot be used as the flow asks; one sentence, never with the value in it.

    The machine answers it as trouble of the flow. The sentence names kinds of values only, because
    a value may be a caller's PIN.
    """


# --------------------------------------------------------------------------- reading


def scalar(text: str, quoted: bool) -> Value:
    """The value of one YAML scalar: a JSON number, true, false or null is that, all else is text.

    ``0042``, ``+1555``, ``9:30`` and ``yes`` stay text, and so does everything quoted and a whole
    number beyond 64 bits (it is an identifier, and as a float it would lose digits).
    """
    if quoted:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    if found[1] is None and found[2] is None:
        whole = int(text) if len(text) <= 20 else INTEGER_MAX + 1
        return whole if abs(whole) <= INTEGER_MAX else text
    number = float(text)
    return number if math.isfinite(number) else text


def number_in(text: str) -> int | float | None:
    """The number a text is made of, like ``0042`` or ``12.50``; None if it is no number."""
    text = text.strip()
    found = _TEXT_NUMBER.fullmatch(text)
    if found is None:
        return None
    return int(text) if found[1] is None else float(text)


def moment_in(text: str) -> date | datetime | time | None:
    """The date, moment or time of day a text is written as (ISO 8601, or ``9:30``), or None.

    A moment without an offset is naive: it is on the flow's own clock.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _DATE_TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper())
        if found := _TIME.fullmatch(text):
            return time.fromisoformat(text if len(found[1]) == 2 else f"0{text}")
    except ValueError:  # 2026-02-30, 25:00
        return None
    return None


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """A moment on the clock of ``zone``; one without an offset is on that clock already."""
    if zone is None:
        return moment
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


# --------------------------------------------------------------------------- kinds

_KIND_NAMES: dict[type, str] = {
    type(None): "nothing",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    date: "a date",
    datetime: "a date",
    time: "a time",
    list: "a list",
}


def kind_name(value: Value) -> str:
    """What kind of value it is, in the words of an error: “a number”, “a text”."""
    return _KIND_NAMES.get(type(value), "a map")


def is_number(value: Value) -> TypeGuard[int | float]:
    """Whether it is a number; true and false are none."""
    return type(value) is int or type(value) is float


# --------------------------------------------------------------------------- comparing


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same; null is the same as nothing, not even as null.

    Values of different kinds are never equal, except a date and a moment on that date.
    """
    if left is None or right is None:
        return False
    if type(left) is type(right) and type(left) in (str, int, float, bool):
        return bool(left == right)
    if is_number(left) and is_number(right):
        return bool(left == right)
    return _equal_deep(left, right, 0)


def _equal_deep(left: Value, right: Value, depth: int) -> bool:
    if depth > DEPTH_MAX:
        raise EvaluationError("values lie too deep in each other to be compared")
    if isinstance(left, date) and isinstance(right, date):
        return _instant(left, right) == _instant(right, left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            _equal_inside(a, b, depth) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            _equal_inside(left[key], right[key], depth) for key in left
        )
    if isinstance(left, time) and isinstance(right, time):
        return left == right
    return False


def _equal_inside(left: Value, right: Value, depth: int) -> bool:
    """Inside lists and maps null equals null: the two hold the same."""
    if left is None or right is None:
        return left is right
    if isinstance(left, (list, Mapping)):
        return _equal_deep(left, right, depth + 1)
    return equal(left, right)


def before(left: Value, right: Value) -> bool | None:
    """Whether ``left`` orders before ``right``; None if either is null.

    Numbers, texts (by code point), dates and times of day have an order. A date and a moment are
    compared by their dates. Raises :class:`EvaluationError` for anything else.
    """
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        return left < right
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, date) and isinstance(right, date):
        return _instant(left, right) < _instant(right, left)
    if isinstance(left, time) and isinstance(right, time):
        return left < right
    raise EvaluationError(f"{kind_name(left)} cannot be compared with {kind_name(right)}")


def _instant(moment: date, other: date) -> timedelta:
    """Where a date or moment lies, in the form in which it can be compared with the other one.

    By the day if either is a date; else by the time that has passed, not by Python's comparison,
    which forgets which of two doubled hours is meant when both moments are of one zone. A moment
    without an offset is on the other one's clock.
    """
    if not isinstance(moment, datetime) or not isinstance(other, datetime):
        return timedelta(days=moment.toordinal())
    zone = moment.tzinfo or other.tzinfo
    offset = moment.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return moment.replace(tzinfo=None) - datetime.min - offset


# --------------------------------------------------------------------------- as plain data

_TAG = "$"


def to_plain(value: Value, depth: int = 0) -> object:
    """A value as plain JSON data, for the bytes of a call's state.

    Dates and times become ``{"$date": …}``, ``{"$time": …}`` and ``{"$moment": …}``; a map's own
    key that begins with ``$`` gets one more. A computed map is stored as the fields it had. Raises
    :class:`EvaluationError` for a value that lies deeper than ``DEPTH_MAX``.
    """
    if depth > DEPTH_MAX:
        raise EvaluationError(f"a value may not lie deeper than {DEPTH_MAX} lists and maps")
    match value:
        case datetime():
            return {"$moment": _moment_text(value)}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case list():
            return [to_plain(item, depth + 1) for item in value]
        case Mapping():
            return {
                (_TAG + name if name.startswith(_TAG) else name): to_plain(held, depth + 1)
                for name, held in value.items()
            }
        case _:
            return value


def from_plain(plain: object) -> Value:
    """The value :func:`to_plain` made this of. Raises ``ValueError`` for anything else."""
    match plain:
        case None | bool() | int() | float() | str():
            return plain
        case list():
            return [from_plain(item) for item in plain]
        case {"$date": str(text)}:
            return date.fromisoformat(text)
        case {"$time": str(text)}:
            return time.fromisoformat(text)
        case {"$moment": str(text)}:
            return _moment(text)
        case dict():
            return {_untagged(name): from_plain(held) for name, held in plain.items()}
        case _:
            raise ValueError("not a stored value")


def _untagged(name: str) -> str:
    return name.removeprefix(_TAG)


def _moment_text(moment: datetime) -> str:
    """ISO 8601 with the zone's name behind it, as in RFC 9557."""
    zone = moment.tzinfo
    key = f"[{zone.key}]" if isinstance(zone, ZoneInfo) else ""
    return moment.isoformat() + key


def _moment(text: str) -> datetime:
    stamp, _, key = text.removesuffix("]").partition("[")
    moment = datetime.fromisoformat(stamp)
    return moment.astimezone(ZoneInfo(key)) if key else moment


def plain_text(value: Value) -> str:
    """A value as machines read it, for addresses, headers and bodies: 3.0 is ``3``, null is empty.

    Raises :class:`EvaluationError` for lists and maps.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case str():
            return value
        case date() | time():
            return value.isoformat()
        case _:
            raise EvaluationError(f"{kind_name(value)} cannot stand in a text")
