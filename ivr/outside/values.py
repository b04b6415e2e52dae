"""Values at the border of the house: what comes in becomes a flow's, what goes out becomes JSON.

Nothing here opens or calls anything. Used by :mod:`ivr.outside.http` for answers and bodies and by
:mod:`ivr.outside.functions` for arguments and results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time

import msgspec

from ivr.flow.values import DEPTH_MAX, INTEGER_MAX, Value

ITEMS_MAX = 100_000
"""Values in one answer, counting those inside lists and maps."""
INTEGER_BITS_MAX = 4_096
"""Of a whole number that becomes text because it is too large to count with."""

_MARK = "\x01"
"""What markers of secrets begin and end with (:func:`ivr.flow.messages.secret_marker`)."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class NotAValue(Exception):
    """Something that no flow can hold; the end of a sentence, without anything of it but kinds."""


def _number(written: str) -> float | str:
    """A decimal of JSON; one that no float can be stays the text it is written as."""
    number = float(written)
    return number if math.isfinite(number) else written


_DECODER = msgspec.json.Decoder(float_hook=_number)


def from_json(data: bytes) -> Value:
    """The value a JSON document holds.

    Whole numbers beyond 64 bits become text, as everywhere in the language. Raises
    :class:`NotAValue` for what is no JSON (``NaN`` and lone surrogates are none), lies too deep, or
    holds more than ``ITEMS_MAX`` values.
    """
    try:
        return received(_DECODER.decode(data.removeprefix(_BYTE_ORDER_MARK)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotAValue("is not valid JSON") from None
    except RecursionError:
        raise NotAValue(_too_deep()) from None


def received(thing: object) -> Value:
    """What came from outside as a value of a flow: a copy, of plain types only.

    Tuples become lists, whole numbers beyond 64 bits text. A text loses what would be taken for the
    marker of a secret, or could not be written as UTF-8 (it gets U+FFFD instead). Raises
    :class:`NotAValue`.
    """
    return _Receiving().value(thing, 0)


class _Receiving:
    """One walk through something that came from outside, with a limit on its length."""

    def __init__(self) -> None:
        self.left = ITEMS_MAX

    def value(self, thing: object, depth: int) -> Value:
        self.left -= 1
        if self.left < 0:
            raise NotAValue(f"holds more than {ITEMS_MAX:,} values")
        if depth > DEPTH_MAX:
            raise NotAValue(_too_deep())
        # In the order in which an answer holds them: a megabyte is read while others are spoken to.
        if isinstance(thing, str):
            return clean(thing)
        if isinstance(thing, (bool, date, time)) or thing is None:
            return thing
        if isinstance(thing, int):
            return _whole(thing)
        if isinstance(thing, float):
            if not math.isfinite(thing):
                raise NotAValue("holds a number that is none (NaN or infinity)")
            return float(thing)
        if isinstance(thing, (list, tuple)):
            return [self.value(item, depth + 1) for item in thing]
        if isinstance(thing, (dict, Mapping)):
            return {self.name(name): self.value(held, depth + 1) for name, held in thing.items()}
        raise NotAValue(f"holds a {type(thing).__name__}, which no flow can hold")

    def name(self, name: object) -> str:
        if not isinstance(name, str):
            raise NotAValue(f"holds a map with a {type(name).__name__} for a name")
        return clean(name)


def _too_deep() -> str:
    return f"lies deeper than {DEPTH_MAX} lists and maps"


def _whole(number: int) -> int | str:
    if -INTEGER_MAX <= number <= INTEGER_MAX:
        return int(number)
    if number.bit_length() > INTEGER_BITS_MAX:
        raise NotAValue(f"holds a whole number of more than {INTEGER_BITS_MAX:,} bits")
    return str(int(number))


def clean(text: str) -> str:
    """A text from outside without what would be taken for a secret's marker, as valid Unicode.

    A service that sends back ``\\x01secret:NAME\\x01`` would otherwise be sent the secret as soon
    as the flow sends on what it was told.
    """
    if type(text) is not str:
        text = str.__str__(text)  # an enumeration's member, say, as the plain text it is
    if _MARK in text:
        text = text.replace(_MARK, "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def own(value: Value) -> Value:
    """A copy of a flow's value that may be changed without the call noticing."""
    match value:
        case list():
            return [own(item) for item in value]
        case Mapping():
            return {name: own(held) for name, held in value.items()}
        case _:
            return value


def to_json(value: Value, reveal: Callable[[str], str]) -> bytes:
    """A flow's value as a JSON document; dates and times are ISO 8601 text.

    ``reveal`` is given every text in it, to put secrets in their places. Raises
    :class:`NotAValue`, and whatever ``reveal`` raises.
    """
    try:
        return msgspec.json.encode(_sendable(value, reveal, 0))
    except UnicodeEncodeError:
        raise NotAValue("holds a text that is not valid Unicode") from None


def _sendable(value: Value, reveal: Callable[[str], str], depth: int) -> object:
    if depth > DEPTH_MAX:
        raise NotAValue(_too_deep())
    match value:
        case str():
            return reveal(value)
        case datetime() | date() | time():
            return value.isoformat()
        case float() if not math.isfinite(value):
            raise NotAValue("holds a number that is none (NaN or infinity)")
        case list():
            return [_sendable(item, reveal, depth + 1) for item in value]
        case Mapping():
            return {name: _sendable(held, reveal, depth + 1) for name, held in value.items()}
        case _:
            return value
