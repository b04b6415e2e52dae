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

_CLOCKS = {"de": "{} Uhr {}", "fr": "{} heures {}", "it": "{} e {}", "pt": "{} e {}"}
"""With hour and minute; without the minute where it is 0."""
_EURO_LANDS = frozenset("AT BE DE ES FI FR GR IE IT LU NL PT".split())
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
        percent=format_unit("{}", "concentr-percent", "long", locale=locale),
        plain_below=10_000,
        number=_NumberWords(locale.language),
        counted=_counter(locale),
        ordinal=_ordinal(locale.language),
        listed=_lister(locale),
        date=_dater(locale),
        weekday=_weekday(locale),
        time=_timer(locale),
        date_time=datetime_format.replace("{1}", "{date}").replace("{0}", "{time}"),
        units={unit: Noun(f"duration-{unit}", f"duration-{unit}") for unit in _UNITS},
        currencies={},
        symbols={},
        alphabet={},
        as_in="",
    )


def currency_names(code: str, language: str) -> Noun | None:
    """What CLDR calls a currency, for those no table names; None if it is none."""
    from babel import Locale
    from babel.numbers import get_currency_name

    locale = Locale.parse(language.replace("-", "_"))
    one, many = (get_currency_name(code, count=count, locale=locale) for count in (1, 2))
    return None if one == code else Noun(one, many)


def _words(language: str, number: int | Decimal, form: str) -> str:
    from num2words import num2words

    try:
        return str(num2words(number, lang=language, to=form))
    except (NotImplementedError, OverflowError, KeyError, ValueError):
        raise FormatError(f"there are no words for this number in the language {language}") from None


@dataclass(frozen=True, slots=True)
class _NumberWords:
    """Numbers in digits while they are small and whole, else in words."""

    language: str

    def __call__(self, number: Decimal, plain_below: int) -> str:
        whole = number == number.to_integral_value()
        if whole and 0 <= number < plain_below:
            return str(int(number))
        return _words(self.language, int(number) if whole else number, "cardinal")


def _ordinal(language: str) -> Callable[[int, bool], str]:
    def ordinal(number: int, feminine: bool) -> str:
        if feminine:
            raise FormatError(f"there are no feminine ordinals here for the language {language}")
        return _words(language, number, "ordinal")

    return ordinal


def _counter(locale: Locale) -> Callable[[str, int, Noun], str]:
    from babel.units import format_unit

    def counted(number: str, value: int, noun: Noun) -> str:
        if noun.one.startswith("duration-"):
            return format_unit(value, noun.one, "long", locale=locale)
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
        return f"{format_date(day, 'EEEE', locale=locale)}, {said}" if with_weekday else said

    return dated


def _weekday(locale: Locale) -> Callable[[date], str]:
    from babel.dates import format_date

    return lambda day: format_date(day, "EEEE", locale=locale)


def _timer(locale: Locale) -> Callable[[time], str]:
    pattern = _CLOCKS.get(locale.language, "{} {}")

    def timed(moment: time) -> str:
        if moment.minute:
            return pattern.format(moment.hour, moment.minute)
        return pattern.rpartition("{}")[0].removesuffix(" e ").format(moment.hour).strip()

    return timed
