"""Telephone numbers as people say them: digit by digit, in the groups their country writes.

``phonenumbers`` knows the groups of every country; it is imported at the first number spoken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivr.flow.speech.tongue import FormatError, Tongue
from ivr.flow.values import Value

_NUMBER = re.compile(r"\+?[0-9]{2,15}")
_PUNCTUATION = re.compile(r"[\s().\-/]+")


def spoken_phone(value: Value, tongue: Tongue) -> str:
    """“3 1 2, 5 5 5, 0 1 2 3”; from another country “plus 4 4, 2 0, …”."""
    import phonenumbers
    from phonenumbers import UNKNOWN_REGION, NumberParseException, PhoneNumberFormat

    written = _PUNCTUATION.sub("", value) if isinstance(value, str) else ""
    if not _NUMBER.fullmatch(written):
        raise FormatError("this is not a telephone number")
    try:
        number = phonenumbers.parse(written, tongue.country or None)
    except NumberParseException:
        return grouped_digits(written.lstrip("+"))
    code = number.country_code or 0
    if phonenumbers.region_code_for_country_code(code) == UNKNOWN_REGION:
        return grouped_digits(written.lstrip("+"))
    if code == phonenumbers.country_code_for_region(tongue.country):
        text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        return _in_groups(text)
    text = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return f"{tongue.plus} {_in_groups(text)}"


def grouped_digits(characters: Sequence[str]) -> str:
    """Characters one by one, in groups of three and four: “1 2 3 4, 5 6 7 8”."""
    groups: list[str] = []
    at = 0
    for size in group_sizes(len(characters)):
        groups.append(" ".join(characters[at : at + size]))
        at += size
    return ", ".join(groups)


def group_sizes(length: int) -> list[int]:
    """How so many characters are grouped: fours if they fit, else threes first (10 is 3 3 4)."""
    if length <= 4:
        return [length] if length else []
    if length == 5:
        return [3, 2]
    groups = -(-length // 4)
    fours = length - 3 * groups
    return [3] * (groups - fours) + [4] * fours


def _in_groups(text: str) -> str:
    return ", ".join(" ".join(group) for group in re.findall(r"[0-9]+", text))
