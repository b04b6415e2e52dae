"""What callers hear of a value: one table for each formatter, all locales side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import hours
from ivr.flow.speech import (
    FORMATTERS,
    TONGUES,
    FormatError,
    Moment,
    is_raw,
    prepare,
    selected,
    speak,
)
from ivr.flow.values import Value

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = Moment(date(2026, 11, 23), CHICAGO)
LOCALES = ("en-US", "en-GB", "es-US", "es-ES")


def said(value: Value, written: str, locale: str, moment: Moment = MONDAY) -> str:
    pieces = [each.split() for each in written.split("|") if each.strip()]
    return speak(value, [(name, tuple(rest)) for name, *rest in pieces], locale, moment)


Row = tuple[Value, str, str, str, str]


def check(formatter: str, row: Row) -> None:
    value, *wanted = row
    assert [said(value, formatter, locale) for locale in LOCALES] == wanted


def same(value: Value, text: str) -> Row:
    return (value, text, text, text, text)


def pair(value: Value, english: str, spanish: str) -> Row:
    return (value, english, english, spanish, spanish)


@pytest.mark.parametrize(
    "row",
    [
        same("12345678", "1 2 3 4, 5 6 7 8"),
        same("0042", "0 0 4 2"),
        same(7, "7"),
        same("12345", "1 2 3, 4 5"),
        same("123456", "1 2 3, 4 5 6"),
        same("1234567", "1 2 3, 4 5 6 7"),
        same("3125550123", "3 1 2, 5 5 5, 0 1 2 3"),
        same("4111 1111 1111-1111", "4 1 1 1, 1 1 1 1, 1 1 1 1, 1 1 1 1"),
        same("ab12", "A. B. 1 2"),
        same("", ""),
    ],
)
def test_digits(row: Row) -> None:
    check("digits", row)


NUMBERS: list[Row] = [
    same(0, "0"),
    same(21, "21"),
    same(999, "999"),
    (-5, "minus 5", "minus 5", "menos 5", "menos 5"),
    (1234, "1 thousand 234", "1 thousand 234", "1234", "1234"),
    (10_000, "10 thousand", "10 thousand", "10 mil", "10 mil"),
    (45_678, "45 thousand 678", "45 thousand 678", "45 mil 678", "45 mil 678"),
    pair(1_001_000, "1 million 1 thousand", "un millón mil"),
    pair(3_200_000, "3 million 200 thousand", "3 millones 200 mil"),
    pair(1_200_000_000, "1 billion 200 million", "mil 200 millones"),
    (3.14, "3 point 1 4", "3 point 1 4", "3 punto 1 4", "3 coma 1 4"),
    (2.0, "2", "2", "2", "2"),
    (0.12345, "0 point 1 2 3", "0 point 1 2 3", "0 punto 1 2 3", "0 coma 1 2 3"),
    (-0.0001, "0", "0", "0", "0"),
    ("12.50", "12 point 5", "12 point 5", "12 punto 5", "12 coma 5"),
    ("0042", "42", "42", "42", "42"),
]


@pytest.mark.parametrize("row", NUMBERS)
def test_number(row: Row) -> None:
    check("number", row)


@pytest.mark.parametrize("row", [row for row in NUMBERS if not isinstance(row[0], str)])
def test_a_raw_number_is_said_like_a_number(row: Row) -> None:
    check("", row)


@pytest.mark.parametrize(
    "row",
    [
        (1, "1st", "1st", "primero", "primero"),
        (2, "2nd", "2nd", "segundo", "segundo"),
        (3, "3rd", "3rd", "tercero", "tercero"),
        (11, "11th", "11th", "undécimo", "undécimo"),
        (12, "12th", "12th", "duodécimo", "duodécimo"),
        (20, "20th", "20th", "vigésimo", "vigésimo"),
        (21, "21st", "21st", "vigésimo primero", "vigésimo primero"),
        (47, "47th", "47th", "cuadragésimo séptimo", "cuadragésimo séptimo"),
        ("112", "112th", "112th", "número 112", "número 112"),
    ],
)
def test_ordinal(row: Row) -> None:
    check("ordinal", row)


def test_feminine_ordinals() -> None:
    assert said(1, "ordinal feminine", "es-US") == "primera"
    assert said(23, "ordinal feminine", "es-ES") == "vigésima tercera"
    assert said(1, "ordinal feminine", "en-US") == "1st"


@pytest.mark.parametrize(
    "row",
    [
        (
            {"amount": 1234.5, "currency": "USD"},
            "1234 dollars and 50 cents",
            "1234 dollars and 50 cents",
            "1234 dólares con 50 centavos",
            "1234 dólares con 50 centavos",
        ),
        (12, "12 dollars", "12 pounds", "12 dólares", "12 euros"),
        (1, "1 dollar", "1 pound", "un dólar", "un euro"),
        (0, "0 dollars", "0 pounds", "0 dólares", "0 euros"),
        (0.5, "50 cents", "50 pence", "50 centavos", "50 céntimos"),
        (0.01, "1 cent", "1 penny", "un centavo", "un céntimo"),
        (
            "1.01",
            "1 dollar and 1 cent",
            "1 pound and 1 penny",
            "un dólar con un centavo",
            "un euro con un céntimo",
        ),
        (-3.2, *("minus 3 dollars and 20 cents", "minus 3 pounds and 20 pence"),
         *("menos 3 dólares con 20 centavos", "menos 3 euros con 20 céntimos")),
        (2.675, *("2 dollars and 68 cents", "2 pounds and 68 pence"),
         *("2 dólares con 68 centavos", "2 euros con 68 céntimos")),
        (1.999, "2 dollars", "2 pounds", "2 dólares", "2 euros"),
        (999, "999 dollars", "999 pounds", "999 dólares", "999 euros"),
        (1000, "1000 dollars", "1000 pounds", "1000 dólares", "1000 euros"),
        (9999, *("9999 dollars", "9999 pounds"),
         *("9999 dólares", "9999 euros")),
        (45_678, *("45 thousand 678 dollars", "45 thousand 678 pounds"),
         *("45 mil 678 dólares", "45 mil 678 euros")),
        (2_000_000, *("2 million dollars", "2 million pounds"),
         *("2 millones de dólares", "2 millones de euros")),
        ({"amount": 1, "currency": "GBP"}, "1 pound", "1 pound", "una libra", "una libra"),
        pair({"amount": 1500.4, "currency": "jpy"}, "1500 yen", "1500 yenes"),
        (
            {"amount": 12.3, "currency": "SEK"},
            "12 point 3 Swedish kronor",
            "12 point 3 Swedish kronor",
            "12 punto 3 coronas suecas",
            "12 coma 3 coronas suecas",
        ),
        pair({"amount": 1, "currency": "SEK"}, "1 Swedish krona", "una corona sueca"),
    ],
)  # fmt: skip
def test_money(row: Row) -> None:
    check("money", row)


def test_money_of_a_named_currency() -> None:
    assert said(5, "money EUR", "en-US") == "5 euros"
    assert said({"amount": 5, "currency": "USD"}, "", "en-US") == "5 dollars"


@pytest.mark.parametrize(
    "row",
    [
        (4.5, *("4 point 5 percent", "4 point 5 per cent"),
         *("4 punto 5 por ciento", "4 coma 5 por ciento")),
        ("20", "20 percent", "20 per cent", "20 por ciento", "20 por ciento"),
        (-1, "minus 1 percent", "minus 1 per cent", "menos 1 por ciento", "menos 1 por ciento"),
        (0.125, *("0 point 1 2 5 percent", "0 point 1 2 5 per cent"),
         *("0 punto 1 2 5 por ciento", "0 coma 1 2 5 por ciento")),
    ],
)  # fmt: skip
def test_percent(row: Row) -> None:
    check("percent", row)


@pytest.mark.parametrize(
    "row",
    [
        (
            "2026-12-01",
            "Tuesday, December 1st",
            "Tuesday the 1st of December",
            "el martes primero de diciembre",
            "el martes uno de diciembre",
        ),
        (
            date(2026, 12, 8),
            "December 8th",
            "the 8th of December",
            "el 8 de diciembre",
            "el 8 de diciembre",
        ),
        (
            "2026-11-09T10:00",
            "Monday, November 9th",
            "Monday the 9th of November",
            "el lunes 9 de noviembre",
            "el lunes 9 de noviembre",
        ),
        (
            "2027-03-05",
            "March 5th, 2027",
            "the 5th of March 2027",
            "el 5 de marzo de 2027",
            "el 5 de marzo de 2027",
        ),
    ],
)
def test_date(row: Row) -> None:
    check("date", row)


def test_without_a_today_the_year_is_said() -> None:
    assert said("2026-12-01", "date", "en-US", Moment()) == "December 1st, 2026"


def test_the_weekday_is_said_within_fourteen_days() -> None:
    assert said("2026-12-07", "date", "en-US").startswith("Monday")
    assert said("2026-12-08", "date", "en-US") == "December 8th"


TIMES: list[Row] = [
    ("9:30", "9 30 AM", "9 30 AM", "las 9 y 30 de la mañana", "las 9 y 30"),
    ("9:00", "9 AM", "9 AM", "las 9 de la mañana", "las 9"),
    ("9:05", "9 oh 5 AM", "9 oh 5 AM", "las 9 y 5 de la mañana", "las 9 y 5"),
    (time(12, 0), "noon", "noon", "las 12 del mediodía", "las 12"),
    ("12:30", "12 30 PM", "12 30 PM", "las 12 y 30 de la tarde", "las 12 y 30"),
    ("13:00", "1 PM", "1 PM", "la una de la tarde", "las 13"),
    ("1:01", "1 oh 1 AM", "1 oh 1 AM", "la una y uno de la madrugada", "la una y uno"),
    ("17:30", "5 30 PM", "5 30 PM", "las 5 y 30 de la tarde", "las 17 y 30"),
    ("18:59", "6 59 PM", "6 59 PM", "las 6 y 59 de la tarde", "las 18 y 59"),
    ("19:00", "7 PM", "7 PM", "las 7 de la noche", "las 19"),
    ("00:00", "midnight", "midnight", "las 12 de la noche", "las 0 horas"),
    ("00:15", "12 15 AM", "12 15 AM", "las 12 y 15 de la noche", "las 0 y 15"),
    ("05:59", "5 59 AM", "5 59 AM", "las 5 y 59 de la madrugada", "las 5 y 59"),
    ("06:00", "6 AM", "6 AM", "las 6 de la mañana", "las 6"),
]


@pytest.mark.parametrize("row", TIMES)
def test_time(row: Row) -> None:
    check("time", row)


@pytest.mark.parametrize(
    "row",
    [
        (
            "2026-12-01T09:30",
            "Tuesday, December 1st, at 9 30 AM",
            "Tuesday the 1st of December, at 9 30 AM",
            "el martes primero de diciembre, a las 9 y 30 de la mañana",
            "el martes uno de diciembre, a las 9 y 30",
        ),
        (
            "2026-12-01T19:00:00Z",
            "Tuesday, December 1st, at 1 PM",
            "Tuesday the 1st of December, at 1 PM",
            "el martes primero de diciembre, a la una de la tarde",
            "el martes uno de diciembre, a las 13",
        ),
        (
            "2026-12-01",
            "Tuesday, December 1st",
            "Tuesday the 1st of December",
            "el martes primero de diciembre",
            "el martes uno de diciembre",
        ),
        (time(9, 30), "9 30 AM", "9 30 AM", "las 9 y 30 de la mañana", "las 9 y 30"),
    ],
)
def test_date_time(row: Row) -> None:
    check("date_time", row)


def test_moments_are_said_on_the_clock_of_the_flow() -> None:
    late = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    assert said(late, "", "en-US") == "Tuesday, December 1st, at 9 PM"
    assert said(late, "time", "en-US", Moment(None, UTC)) == "3 AM"


@pytest.mark.parametrize(
    "row",
    [
        pair("2026-11-23", "Monday", "lunes"),
        pair("2026-12-01", "Tuesday", "martes"),
        pair(date(2026, 11, 25), "Wednesday", "miércoles"),
        pair("2026-11-26T09:00", "Thursday", "jueves"),
        pair("2026-11-27", "Friday", "viernes"),
        pair("2026-11-28", "Saturday", "sábado"),
        pair("2026-11-30T03:00:00Z", "Sunday", "domingo"),
    ],
)
def test_weekday(row: Row) -> None:
    check("weekday", row)


@pytest.mark.parametrize(
    "row",
    [
        (0, "0 seconds", "0 seconds", "0 segundos", "0 segundos"),
        (1, "1 second", "1 second", "un segundo", "un segundo"),
        ("500ms", "1 second", "1 second", "un segundo", "un segundo"),
        (59.4, "59 seconds", "59 seconds", "59 segundos", "59 segundos"),
        pair("90s", "1 minute and 30 seconds", "un minuto y 30 segundos"),
        ("3m", "3 minutes", "3 minutes", "3 minutos", "3 minutos"),
        pair(5400, "1 hour and 30 minutes", "una hora y 30 minutos"),
        pair(3661, "1 hour and 1 minute", "una hora y un minuto"),
        (86_399, "1 day", "1 day", "un día", "un día"),
        ("2d", "2 days", "2 days", "2 días", "2 días"),
        pair("26h", "1 day and 2 hours", "un día y 2 horas"),
    ],
)
def test_duration(row: Row) -> None:
    check("duration", row)


@pytest.mark.parametrize(
    "row",
    [
        (
            "+13125550123",
            "3 1 2, 5 5 5, 0 1 2 3",
            "plus 1, 3 1 2, 5 5 5, 0 1 2 3",
            "3 1 2, 5 5 5, 0 1 2 3",
            "más 1, 3 1 2, 5 5 5, 0 1 2 3",
        ),
        (
            "+442079460018",
            "plus 4 4, 2 0, 7 9 4 6, 0 0 1 8",
            "0 2 0, 7 9 4 6, 0 0 1 8",
            "más 4 4, 2 0, 7 9 4 6, 0 0 1 8",
            "más 4 4, 2 0, 7 9 4 6, 0 0 1 8",
        ),
        (
            "+34612345678",
            "plus 3 4, 6 1 2, 3 4, 5 6, 7 8",
            "plus 3 4, 6 1 2, 3 4, 5 6, 7 8",
            "más 3 4, 6 1 2, 3 4, 5 6, 7 8",
            "6 1 2, 3 4, 5 6, 7 8",
        ),
    ],
)
def test_phone(row: Row) -> None:
    check("phone", row)


@pytest.mark.parametrize(
    "row",
    [
        same("AB1", "A. B. 1"),
        ("a@b.es", "A. at. B. dot. E. S", "A. at. B. dot. E. S",
         "A. arroba. B. punto. E. S", "A. arroba. B. punto. E. S"),
        ("#-", "pound. dash", "hash. dash", "numeral. guion", "almohadilla. guion"),
        same("ñ", "Ñ"),
        same("A!", "A"),
    ],
)  # fmt: skip
def test_spell(row: Row) -> None:
    check("spell", row)


@pytest.mark.parametrize(
    "row",
    [
        (
            "AB1",
            *(["A, as in Alpha. B, as in Bravo. 1"] * 2),
            *(["A de América. B de Bolivia. 1"] * 2),
        ),
        pair("a.", "A, as in Alpha. dot", "A de América. punto"),
    ],
)
def test_spell_words(row: Row) -> None:
    check("spell words", row)


def test_every_letter_has_a_word() -> None:
    letters = set("abcdefghijklmnopqrstuvwxyz")
    for tongue in TONGUES.values():
        assert letters <= set(tongue.alphabet)
        for letter, word in tongue.alphabet.items():
            assert word.lower().startswith(letter)


@pytest.mark.parametrize(
    "row",
    [
        same([], ""),
        same(["a"], "a"),
        (["a", "b"], "a and b", "a and b", "a y b", "a y b"),
        (["a", None, 3], "a and 3", "a and 3", "a y 3", "a y 3"),
        (["a", "b", "c"], "a, b, and c", "a, b, and c", "a, b y c", "a, b y c"),
        (["Ana", "Inés"], "Ana and Inés", "Ana and Inés", "Ana e Inés", "Ana e Inés"),
        (["sal", "hielo"], "sal and hielo", "sal and hielo", "sal y hielo", "sal y hielo"),
        same("a", "a"),
    ],
)
def test_list(row: Row) -> None:
    check("list", row)
    if isinstance(row[0], list):
        check("", row)


def test_list_or() -> None:
    check("list or", pair(["a", "b", "c"], "a, b, or c", "a, b o c"))
    check("list or", (["7", "8"], "7 or 8", "7 or 8", "7 u 8", "7 u 8"))


def test_last_is_said_one_by_one_unless_something_else_is_wanted() -> None:
    check("last 4", same("4111 1111 1111 1234", "1 2 3 4"))
    check("last 2", same(1234, "3 4"))
    check("last 2 | spell", same("ab12", "1. 2"))
    check("last 4 | number", ("9990042", "42", "42", "42", "42"))
    assert selected("4111 1111 1111 1234", [("last", ("4",))]) == "1234"


def test_reveal_changes_nothing() -> None:
    check("reveal", same("abc", "abc"))
    check("digits | reveal", same("12", "1 2"))
    check("reveal | digits", same("12", "1 2"))


def test_true_and_false_are_words() -> None:
    check("", (True, "yes", "yes", "sí", "sí"))
    check("", (False, "no", "no", "no", "no"))


def test_a_text_is_said_as_it_is_and_null_is_nothing() -> None:
    check("", same("12 a", "12 a"))
    check("money", same(None, ""))


def test_hours() -> None:
    written = {"mon-fri": "8:00-17:30", "sat": "9:00-12:00", "closed": []}
    schedule = hours.compile(written, timezone="America/Chicago").schedule
    assert schedule is not None
    opening = schedule.at(datetime(2026, 11, 23, tzinfo=CHICAGO))
    english = "Monday to Friday from 8 AM to 5 30 PM, and Saturday from 9 AM to noon"
    row = (
        opening,
        english,
        english,
        "de lunes a viernes de 8 de la mañana a 5 y 30 de la tarde, "
        "y los sábados de 9 de la mañana a 12 del mediodía",
        "de lunes a viernes de 8 a 17 y 30, y los sábados de 9 a 12",
    )
    check("hours", row)
    check("", row)


@pytest.mark.parametrize(
    ("value", "formatter", "message"),
    [
        ("soon", "date", "this text is not a date like 2026-12-01"),
        (3, "date", "a number is not a date"),
        (True, "number", "true or false is not a number"),
        ("x", "number", "this text is not a number"),
        (1e15, "number", "a number is not a number"),
        (float("inf"), "number", "is not a number"),
        (1.5, "digits", "a number is not made of digits"),
        (1.5, "ordinal", "a whole number"),
        (-1, "ordinal", "a whole number"),
        ("2026-12-01", "time", "no time of day"),
        (True, "time", "not a time like 9:30"),
        (True, "date_time", "not a date"),
        (-1, "duration", "never negative"),
        ("3 weeks", "duration", "not seconds, or a duration like 3m"),
        ("call me", "phone", "not a telephone number"),
        (5, "phone", "not a telephone number"),
        ([1], "spell", "a list is not something to spell"),
        ("a" * 65, "spell", "too long"),
        ("1" * 65, "digits", "too long"),
        ({"amount": 1}, "money", "a map with amount and currency"),
        ({"amount": 1, "currency": "dollars"}, "money", "a map with amount and currency"),
        ({"amount": 1, "currency": "ZZQ"}, "money", "no currency called ZZQ"),
        ({"amount": "x", "currency": "USD"}, "money", "this text is not an amount"),
        ([["a"]], "list", "a list in a list"),
        ([1] * 51, "list", "too long to be heard"),
        ({"open": True}, "hours", "a map has no opening hours"),
        ({"a": 1}, "", "a map cannot be spoken"),
        ([1], "last 4", "a list is not something with an end"),
    ],
)
def test_a_value_that_does_not_fit_is_one_sentence(
    value: Value, formatter: str, message: str
) -> None:
    with pytest.raises(FormatError) as caught:
        said(value, formatter, "en-US")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "formatter", "raw"),
    [
        ("12345678", "", True),
        ("2026-12-01", "", True),
        ("12.50", "reveal", True),
        ("$12", "", True),
        ("www.a.example", "", True),
        ("12345678", "digits", False),
        ("12345678", "last 4", False),
        ("12 River Street", "", False),
        ("Ana", "", False),
        (12345678, "", False),
        (None, "", False),
    ],
)
def test_figures_without_a_formatter_do_not_go_unnoticed(
    value: Value, formatter: str, raw: bool
) -> None:
    pieces = [each.split() for each in formatter.split("|") if each.strip()]
    assert is_raw(value, [(name, tuple(rest)) for name, *rest in pieces]) is raw


def test_every_formatter_has_its_table_in_every_locale() -> None:
    """The names of the tests above, which hold a row of all four locales each."""
    named = {name.removeprefix("test_") for name in globals()}
    assert named >= FORMATTERS.keys() - {"last", "reveal"}


def test_every_formatter_says_how_it_is_written() -> None:
    for name, formatter in FORMATTERS.items():
        for usage in formatter.usage.replace(", or ", "\n").splitlines():
            written, *arguments = usage.split()
            assert written == name
            assert formatter.accepts(arguments)
        assert not formatter.accepts(["nonsense", "x"])


@pytest.mark.parametrize("count", ["0", "13", "-1", "x", "٤", "", "99999999999999999999"])
def test_last_takes_a_small_number(count: str) -> None:
    assert not FORMATTERS["last"].accepts([count])


def test_preparing_passes_over_languages_nobody_knows() -> None:
    prepare(["en-US", "fr-FR", "xx-XX"])


_ANYTHING: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2026-12-01", "+13125550123", "9:30", "12.50", "3m", "-1"])
    | st.dates()
    | st.times()
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["amount", "currency", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    _ANYTHING,
    st.sampled_from(
        ["", "last 4", "spell words", "list or", *(f for f in FORMATTERS if f != "last")]
    ),
    st.sampled_from([*LOCALES, "fr-FR", "de-DE", "it-IT"]),
)
def test_any_value_is_spoken_or_refused(value: Value, formatter: str, locale: str) -> None:
    try:
        text = said(value, formatter, locale)
    except FormatError as error:
        assert str(error).strip()  # noqa: PT017
        return
    assert "{" not in text or isinstance(value, (str, list))
