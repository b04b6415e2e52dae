"""Languages without a table of their own: what can be said, and what is refused clearly."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ivr.flow import hours
from ivr.flow.speech import FormatError, Moment, speak
from ivr.flow.speech.cldr import cldr_tongue, currency_names
from ivr.flow.values import Value

MOMENT = Moment(date(2026, 11, 23))


def said(value: Value, formatter: str, locale: str) -> str:
    applied = [(formatter, ())] if formatter else []
    return speak(value, applied, locale, MOMENT)


@pytest.mark.parametrize(
    ("value", "formatter", "french", "german", "italian"),
    [
        ("12345678", "digits", *(["1 2 3 4, 5 6 7 8"] * 3)),
        (1234, "number", "1234", "1234", "1234"),
        (45_000, "number", "quarante-cinq mille", "fünfundvierzigtausend", "quarantacinquemila"),
        (3.14, "number", "3 virgule 1 4", "3 Komma 1 4", "3 virgola 1 4"),
        (-5, "number", "moins 5", "minus 5", "meno 5"),
        (2, "ordinal", "deuxième", "zweite", "secondo"),
        (-0.5, "money", "moins 0 virgule 5 euros", "minus 0 Komma 5 Euro", "meno 0 virgola 5 euro"),
        (12, "money", "12 euros", "12 Euro", "12 euro"),
        (5, "percent", "5 pour cent", "5 Prozent", "5 percento"),
        ("2026-12-01", "date", "mardi, 1 décembre", "Dienstag, 1. Dezember", "martedì, 1 dicembre"),
        ("2027-03-05", "date", "5 mars 2027", "5. März 2027", "5 marzo 2027"),
        ("9:30", "time", "9 heures 30", "9 Uhr 30", "9 e 30"),
        ("1:00", "time", "1 heure", "1 Uhr", "1"),
        ("2026-12-01", "weekday", "mardi", "Dienstag", "martedì"),
        (5400, "duration", "1 heure et 30 minutes", "1 Stunde und 30 Minuten", "1 ora e 30 minuti"),
        ("2d", "duration", "2 jours", "2 Tage", "2 giorni"),
        ("AB", "spell", "A. B", "A. B", "A. B"),
        (["a", "b", "c"], "list", "a, b et c", "a, b und c", "a, b e c"),
        ("+3934", "phone", "+ 3 9, 3 4", "+ 3 9, 3 4", "3 4"),
    ],
)
def test_other_languages_speak_what_cldr_knows(
    value: Value, formatter: str, french: str, german: str, italian: str
) -> None:
    assert said(value, formatter, "fr-FR") == french
    assert said(value, formatter, "de-DE") == german
    assert said(value, formatter, "it-IT") == italian


def test_a_date_with_a_time() -> None:
    assert said("2026-12-01T09:30", "date_time", "fr-FR") == "mardi, 1 décembre, 9 heures 30"


def test_list_or() -> None:
    assert speak(["a", "b"], [("list", ("or",))], "fr-FR", MOMENT) == "a ou b"


@pytest.mark.parametrize(
    ("value", "applied", "locale", "message"),
    [
        (True, [], "fr-FR", "no word for true and false in fr-FR"),
        ("a", [("spell", ("words",))], "fr-FR", "no spelling words for the language fr-FR"),
        (1, [("ordinal", ("feminine",))], "fr-FR", "no feminine ordinals"),
        (1.5, [("number", ())], "nl-NL", "no words for this number in the language nl"),
        (-1.5, [("money", ())], "nl-NL", "no words for this number"),
        (-1, [("money", ("USD",))], "nl-NL", "no words for this number"),
        (45_000, [("number", ())], "sw-KE", "no words for this number in the language sw"),
        (5, [("money", ())], "fr-CA", "money needs a currency here"),
        (5, [("number", ())], "xx-XX", "no words for the language xx-XX"),
        (5, [("number", ())], "not a language", "no words for the language"),
    ],
)
def test_what_has_no_words_is_refused_clearly(
    value: Value, applied: list[tuple[str, tuple[str, ...]]], locale: str, message: str
) -> None:
    with pytest.raises(FormatError) as caught:
        speak(value, applied, locale, MOMENT)
    assert message in str(caught.value)


def test_opening_hours_are_refused_clearly() -> None:
    schedule = hours.compile({"mon": "8:00-9:00", "closed": []}, timezone="UTC").schedule
    assert schedule is not None
    opening = schedule.at(datetime.fromisoformat("2026-11-23T08:00+00:00"))
    with pytest.raises(FormatError, match="no words for opening hours in the language fr-FR"):
        speak(opening, [("hours", ())], "fr-FR", MOMENT)


def test_currencies_have_names() -> None:
    names = currency_names("CHF", "en-US")
    assert names is not None
    assert (names.one, names.many) == ("Swiss franc", "Swiss francs")
    assert currency_names("ZZQ", "en-US") is None


def test_a_tongue_of_cldr_has_no_words_it_would_have_to_guess() -> None:
    tongue = cldr_tongue("ja-JP")
    assert (tongue.yes, tongue.minus, tongue.as_in, tongue.opening) == ("", "", "", None)


@pytest.mark.parametrize(
    ("code", "month_first"), [("fr-FR", False), ("de", False), ("ja-JP", True)]
)
def test_the_order_of_a_date_is_the_one_cldr_writes(code: str, month_first: bool) -> None:
    tongue = cldr_tongue(code)
    assert (tongue.month_first, tongue.twelve_hours) == (month_first, False)
