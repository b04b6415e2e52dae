"""A telephone number, national or international; the value is E.164 as text.

Which numbers there are, how long they are and how one dials abroad, ``phonenumbers`` knows. Its
import takes 40 ms, so that is done when a flow that asks for numbers is loaded, never in a call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from ivr.flow.expression import Kind
from ivr.flow.phrases import Phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Scalar
from ivr.flow.speech import FormatError, tongue_of
from ivr.flow.steps.entries.entry import Ground, Misfit, Progress
from ivr.flow.steps.entries.limits import NO_LIMITS, Limits

KEYED_MAX = 20
"""Of E.164 fifteen digits, behind what one dials to call abroad."""
SAID_DIGITS = range(3, 16)
"""What a prompt may call a number or a part of it: “ten digit”, “three digit area code”."""
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that somebody in this country can have been given."""

    country: str
    """ISO 3166: where a number without a prefix is, and how one dials abroad."""
    name: ClassVar[str] = "phone"
    kind: ClassVar[Kind] = Kind.TEXT
    secret: ClassVar[bool] = False
    limits: ClassVar[Limits] = NO_LIMITS

    def takes_star(self, keyed: str) -> bool:
        """Star is no digit."""
        return False

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """Whole when one more digit would be too many."""
        if len(keyed) >= KEYED_MAX or _too_long(keyed + "0", self.country):
            return Progress.WHOLE
        return Progress.ENOUGH if _e164(keyed, self.country) else Progress.MORE

    def value(self, keyed: str, ground: Ground) -> str | Misfit:
        """The number in E.164."""
        return _e164(keyed, self.country) or Misfit(Phrase.NO_PHONE)

    def read_back(self, locale: str) -> str:
        """In the groups of its country."""
        return "phone"

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """It is not whole, or nobody's."""
        yield Misfit(Phrase.NO_PHONE)

    @property
    def wanted(self) -> str:
        """That is for its country to say."""
        return ""

    def may_say(self, digits: int) -> bool:
        """What numbers or their parts are long."""
        return digits in SAID_DIGITS


def _e164(keyed: str, country: str) -> str:
    """The number in E.164; empty where there is none like it."""
    import phonenumbers

    try:
        number = phonenumbers.parse(keyed, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _too_long(keyed: str, country: str) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(keyed, country)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.TOO_LONG


def load_phone(reader: Reader, entry: Mapping) -> Phone:
    """``country``; without it, that of the flow's first language."""
    import phonenumbers

    node = entry.get("country")
    country = ""
    if node is None:
        with suppress(FormatError):
            country = tongue_of(reader.languages[0]).country
    else:
        country = node.text if isinstance(node, Scalar) and _COUNTRY.fullmatch(node.text) else ""
    if country not in phonenumbers.SUPPORTED_REGIONS:
        if node is not None:
            reader.wrong_type(node, "a country like US or ES")
        country = "US"
    phonenumbers.PhoneMetadata.metadata_for_region(country)
    return Phone(country)
