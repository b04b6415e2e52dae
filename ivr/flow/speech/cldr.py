"""Languages without a table of their own, as far as CLDR (babel) and num2words know them.

Digits, numbers, dates, times, durations, amounts and lists can be spoken; what those libraries have
no words for (opening hours, the names of signs, spelling words) is a clear error instead of a
guess. Both are slow to import, so they are imported when a flow first speaks such a language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING

from ivr.flow.speech.tongue import FormatError, Noun, Tongue

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, slots=True)
class _Words:
    """The few words CLDR and num2words do not have, or get wrong (num2words drops decimals in
    Italian and the sign of a French -0.5)."""

    minus: str
    point: str
    hour: str = ""
    hours: str = ""
    """Behind the hour of a time of day; the minutes follow."""
    past: str = ""
    """Before the minutes."""


_WORDS = {
    "de": _Words("minus", "Komma", "Uhr", "Uhr"),
    "fr": _Words("moins", "virgule", "heure", "heures"),
    "it": _Words("meno", "virgola", past="e"),
    "pt": _Words("menos", "vírgula", past="e"),
}
_NO_WORDS = _Words("", "")
_EURO_LANDS = frozenset({"AT", "BE", "DE", "FI", "FR", "GR", "IE", "IT", "LU", "NL", "PT"})
_UNITS = ("day", "hour", "minute", "second")


def cldr_tongue(code: str) -> Tongue:
    """The tongue of a language code. Raises :class:`FormatError` for one nobody knows."""
    from babel import Locale, UnknownLocaleError
    from babel.units import format_unit

    try:
        locale = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise FormatError(f"there are no words for the language {code}") from None
    country = locale.territory or ""
    words = _WORDS.get(locale.language, _NO_WORDS)
    datetime_format = str(locale.datetime_formats.get("full", "{1}, {0}"))
    return Tongue(
        code=code,
        country=country,
        currency="EUR" if country in _EURO_LANDS else "",
        yes="",
        no="",
        # The words that join are CLDR's names for its list patterns here; see _lister.
        both="standard",
        either="or",
        plus="+",
        minus=words.minus,
        percent=_spaced(format_unit("{}", "concentr-percent", "long", locale=locale)),
        plain_below=10_000,
        number=_NumberWords(locale.language, words),
        counted=_counter(locale),
        ordinal=_ordinal(locale.language),
        listed=_lister(locale),
        dated=_dater(locale),
        weekday=_weekday(locale),
        timed=_timer(words),
        date_time=datetime_format.replace("{1}", "{date}").replace("{0}", "{time}"),
        units={unit: Noun(f"duration-{unit}", f"duration-{unit}") for unit in _UNITS},
        currencies={},
        symbols={},
        alphabet={},
        as_in="",
        month_first=_month_first(locale),
        # The times of _timer go from 0 to 23, whatever the locale writes.
        twelve_hours=False,
    )


def currency_names(code: str, language: str) -> Noun | None:
    """What CLDR calls a currency, for those no table names; None if it is none."""
    from babel import Locale
    from babel.numbers import get_currency_name

    locale = Locale.parse(language.replace("-", "_"))
    one, many = (get_currency_name(code, count=count, locale=locale) for count in (1, 2))
    # CLDR tells no gender; Spanish needs one, and there the ending tells it well enough.
    return None if one == code else Noun(one, many, feminine=one.split()[0].endswith("a"))


def _month_first(locale: Locale) -> bool:
    pattern = str(locale.date_formats["short"].pattern).lower()
    return pattern.find("m") < pattern.find("d")


def _spaced(text: str) -> str:
    """CLDR keeps words together with spaces that are no spaces."""
    return " ".join(text.split())


def _words(language: str, number: int, form: str) -> str:
    from num2words import num2words  # type: ignore[import-untyped]

    try:
        return str(num2words(number, lang=language, to=form))
    except (NotImplementedError, OverflowError, KeyError, ValueError):
        raise FormatError(
            f"there are no words for this number in the language {language}"
        ) from None


@dataclass(frozen=True, slots=True)
class _NumberWords:
    """Whole numbers in digits while they are small, else in words; decimals digit by digit."""

    language: str
    words: _Words

    def __call__(self, number: Decimal, plain_below: int) -> str:
        whole, _, decimals = f"{abs(number):f}".partition(".")
        decimals = decimals.rstrip("0")
        said = whole
        if int(whole) >= plain_below:
            said = _words(self.language, int(whole), "cardinal")
        if decimals:
            said = f"{said} {self._word(self.words.point)} {' '.join(decimals)}"
        return f"{self._word(self.words.minus)} {said}" if number < 0 else said

    def _word(self, word: str) -> str:
        if not word:
            raise FormatError(f"there are no words for this number in the language {self.language}")
        return word


def _ordinal(language: str) -> Callable[[int, bool], str]:
    def ordinal(number: int, feminine: bool) -> str:
        if feminine:
            raise FormatError(f"there are no feminine ordinals here for the language {language}")
        return _words(language, number, "ordinal")

    return ordinal


def _counter(locale: Locale) -> Callable[[str, int, Noun], str]:
    from babel.units import format_unit

    def counted(number: str, value: int, noun: Noun) -> str:
        said: str
        if noun.one.startswith("duration-"):
            # babel shows the name of the unit where CLDR says that long is like short.
            for length in ("long", "short"):
                said = _spaced(format_unit(value, noun.one, length, locale=locale))
                if noun.one not in said:
                    return said
            raise FormatError(f"there are no words for durations in the language {locale}")
        return f"{number} {noun.one if value == 1 else noun.many}"

    return counted


def _lister(locale: Locale) -> Callable[[Sequence[str], str], str]:
    from babel.lists import format_list

    def listed(items: Sequence[str], word: str) -> str:
        return format_list(items, style="or" if word == "or" else "standard", locale=locale)

    return listed


def _dater(locale: Locale) -> Callable[[date, bool, bool], str]:
    from babel.dates import format_date, format_skeleton

    def dated(day: date, with_weekday: bool, with_year: bool) -> str:
        short = not with_year and "MMMMd" in locale.datetime_skeletons
        said = (
            format_skeleton("MMMMd", day, locale=locale)
            if short
            else format_date(day, "long", locale=locale)
        )
        weekday = format_date(day, "EEEE", locale=locale)
        return _spaced(f"{weekday}, {said}" if with_weekday else said)

    return dated


def _weekday(locale: Locale) -> Callable[[date], str]:
    from babel.dates import format_date

    return lambda day: format_date(day, "EEEE", locale=locale)


def _timer(words: _Words) -> Callable[[time], str]:
    def timed(moment: time) -> str:
        hour = words.hour if moment.hour < 2 else words.hours
        minutes = [words.past, str(moment.minute)] if moment.minute else []
        return " ".join(piece for piece in (str(moment.hour), hour, *minutes) if piece)

    return timed
