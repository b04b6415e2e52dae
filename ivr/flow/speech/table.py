"""Which locale speaks how: the table of tongues, and who stands in for a locale it has not.

``es-MX`` speaks like ``es-US`` and ``en-AU`` like ``en-US``, but without its currency: an amount
must name one there. A language without a table gets what CLDR knows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ivr.flow.speech.cldr import cldr_tongue
from ivr.flow.speech.english import EN_GB, EN_US
from ivr.flow.speech.spanish import ES_ES, ES_US
from ivr.flow.speech.tongue import Tongue

TONGUES = {tongue.code: tongue for tongue in (EN_US, EN_GB, ES_US, ES_ES)}
_STANDINS = {"en": EN_US, "es": ES_US}


@lru_cache(maxsize=64)
def tongue_of(locale: str) -> Tongue:
    """The tongue for a locale like ``es-US``; raises :class:`FormatError` if nobody knows it."""
    known = TONGUES.get(locale)
    if known is not None:
        return known
    language, _, country = locale.partition("-")
    standin = _STANDINS.get(language.lower())
    if standin is None:
        return cldr_tongue(locale)
    return replace(standin, code=locale, country=country or standin.country, currency="")
