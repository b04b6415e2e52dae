"""Spanish as it is spoken in the United States, and in Spain.

Dates and times carry their article, because only the formatter knows it: “Su cita es el martes…”,
“a la una”, “a las 9 y 30”. Authors write “a ${… | time}” and never “a las ${…}”. In the United
States the clock has twelve hours and a part of the day, in Spain twenty-four.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time

from ivr.flow.speech.tongue import Currency, Noun, OpeningWords, Scale, ScaledNumber, Tongue

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_PLURAL_DAYS = (*_WEEKDAYS[:5], "sábados", "domingos")
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
    *("septiembre", "octubre", "noviembre", "diciembre"),
)
_ORDINALS = (
    *("", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo"),
    *("noveno", "décimo", "undécimo", "duodécimo", "decimotercero", "decimocuarto"),
    *("decimoquinto", "decimosexto", "decimoséptimo", "decimoctavo", "decimonoveno"),
)
_TENS = (
    *("", "", "vigésimo", "trigésimo", "cuadragésimo", "quincuagésimo", "sexagésimo"),
    *("septuagésimo", "octogésimo", "nonagésimo"),
)
_CENTAVO = Noun("centavo", "centavos")
_CENTIMO = Noun("céntimo", "céntimos")
_DAWN_END, _NOON, _EVENING = 6, 12, 19
"""Hours at which the parts of the day begin: mañana, tarde, noche. Before six it is madrugada."""
_SCALES = (
    Scale(10**12, "un billón", "{} billones"),
    Scale(10**6, "un millón", "{} millones"),
    Scale(10**3, "mil", "{} mil"),
)
_ALPHABET = {
    "a": "América",
    "b": "Bolivia",
    "c": "Carmen",
    "d": "Dinamarca",
    "e": "España",
    "f": "Francia",
    "g": "Guatemala",
    "h": "Honduras",
    "i": "Italia",
    "j": "José",
    "k": "kilo",
    "l": "Lima",
    "m": "México",
    "n": "Nicaragua",
    "ñ": "ñandú",
    "o": "Ontario",
    "p": "Perú",
    "q": "queso",
    "r": "Roma",
    "s": "Santiago",
    "t": "Toledo",
    "u": "Uruguay",
    "v": "Venezuela",
    "w": "Washington",
    "x": "xilófono",
    "y": "yegua",
    "z": "zapato",
}


def _counted(number: str, value: int, noun: Noun) -> str:
    """“un dólar”, “una libra”, “2 millones de dólares”."""
    if value == 1:
        return f"{'una' if noun.feminine else 'un'} {noun.one}"
    of = " de" if value and value % 1_000_000 == 0 else ""
    return f"{number}{of} {noun.many}"


def _ordinal(number: int, feminine: bool) -> str:
    """Words up to 99; beyond them people count: “número 105”."""
    if not 1 <= number <= 99:
        return f"número {number}"
    if number < len(_ORDINALS):
        said = _ORDINALS[number]
    else:
        said = f"{_TENS[number // 10]} {_ORDINALS[number % 10]}".strip()
    if feminine:
        said = " ".join(word[:-1] + "a" for word in said.split())
    return said


def _listed(items: Sequence[str], word: str) -> str:
    """With “e” before an i-sound and “u” before an o-sound."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1].lower()
    if word == "y" and last.startswith(("i", "í", "hi", "hí")) and not last.startswith("hie"):
        word = "e"
    elif word == "o" and last.startswith(("o", "ó", "ho", "hó", "8", "11 ")):
        word = "u"
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def _dated(day: date, number: str, with_weekday: bool, with_year: bool) -> str:
    weekday = f"{_WEEKDAYS[day.weekday()]} " if with_weekday else ""
    said = f"el {weekday}{number} de {_MONTHS[day.month - 1]}"
    return f"{said} de {day.year}" if with_year else said


def _date_us(day: date, with_weekday: bool, with_year: bool) -> str:
    return _dated(day, "primero" if day.day == 1 else str(day.day), with_weekday, with_year)


def _date_es(day: date, with_weekday: bool, with_year: bool) -> str:
    return _dated(day, "uno" if day.day == 1 else str(day.day), with_weekday, with_year)


def _weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def _hour(hour: int) -> str:
    return "una" if hour == 1 else str(hour)


def _minutes(minute: int) -> str:
    return f" y {'uno' if minute == 1 else minute}" if minute else ""


def _clock_us(moment: time) -> str:
    """“9 y 30 de la mañana”, “una de la tarde”, “12 del mediodía”."""
    said = _hour(moment.hour % 12 or 12) + _minutes(moment.minute)
    if moment.hour == _NOON and moment.minute == 0:
        return f"{said} del mediodía"
    if moment.hour == 0 or moment.hour >= _EVENING:
        return f"{said} de la noche"
    if moment.hour < _DAWN_END:
        return f"{said} de la madrugada"
    return f"{said} de la {'mañana' if moment.hour < _NOON else 'tarde'}"


def _clock_es(moment: time) -> str:
    """“9 y 30”, “17”, “una”, “0 y 15”, “0 horas”."""
    if moment.hour == 0 and moment.minute == 0:
        return "0 horas"
    return _hour(moment.hour) + _minutes(moment.minute)


def _time_us(moment: time) -> str:
    article = "la" if moment.hour % 12 == 1 else "las"
    return f"{article} {_clock_us(moment)}"


def _time_es(moment: time) -> str:
    article = "la" if moment.hour == 1 else "las"
    return f"{article} {_clock_es(moment)}"


def _days(runs: Sequence[Sequence[int]]) -> str:
    """“de lunes a viernes”, “los sábados”, “los lunes y miércoles”."""
    ranges = [f"de {_WEEKDAYS[run[0]]} a {_WEEKDAYS[run[-1]]}" for run in runs if len(run) > 2]
    single = [_PLURAL_DAYS[day] for run in runs if len(run) <= 2 for day in run]
    if single:
        ranges.append(f"los {_listed(single, 'y')}")
    return _listed(ranges, "y")


ES_US = Tongue(
    code="es-US",
    country="US",
    currency="USD",
    yes="sí",
    no="no",
    both="y",
    either="o",
    plus="más",
    minus="menos",
    percent="{} por ciento",
    plain_below=10_000,
    number=ScaledNumber(minus="menos", point="punto", scales=_SCALES),
    counted=_counted,
    ordinal=_ordinal,
    listed=_listed,
    dated=_date_us,
    weekday=_weekday,
    timed=_time_us,
    date_time="{date}, a {time}",
    units={
        "day": Noun("día", "días"),
        "hour": Noun("hora", "horas", feminine=True),
        "minute": Noun("minuto", "minutos"),
        "second": Noun("segundo", "segundos"),
    },
    currencies={
        "USD": Currency(Noun("dólar", "dólares"), _CENTAVO),
        "EUR": Currency(Noun("euro", "euros"), _CENTIMO),
        "GBP": Currency(Noun("libra", "libras", feminine=True), Noun("penique", "peniques")),
        "CAD": Currency(Noun("dólar canadiense", "dólares canadienses"), _CENTAVO),
        "AUD": Currency(Noun("dólar australiano", "dólares australianos"), _CENTAVO),
        "MXN": Currency(Noun("peso mexicano", "pesos mexicanos"), _CENTAVO),
        "JPY": Currency(Noun("yen", "yenes")),
        "INR": Currency(Noun("rupia", "rupias", feminine=True), Noun("paisa", "paisas")),
        "CHF": Currency(Noun("franco suizo", "francos suizos"), _CENTIMO),
    },
    symbols={
        "@": "arroba",
        ".": "punto",
        "-": "guion",
        "_": "guion bajo",
        "/": "barra",
        "+": "más",
        "#": "numeral",
        "*": "asterisco",
        "&": "y",
    },
    alphabet=_ALPHABET,
    as_in="{letter} de {word}",
    money_join="con",
    opening=OpeningWords(
        every_day="todos los días",
        always="las 24 horas, todos los días",
        all_day="las 24 horas",
        times="de {} a {}",
        days=_days,
        clock=_clock_us,
    ),
    twelve_hours=True,
)

ES_ES = replace(
    ES_US,
    code="es-ES",
    country="ES",
    currency="EUR",
    number=ScaledNumber(minus="menos", point="coma", scales=_SCALES),
    dated=_date_es,
    timed=_time_es,
    twelve_hours=False,
    symbols={**ES_US.symbols, "#": "almohadilla"},
    opening=OpeningWords(
        every_day="todos los días",
        always="las 24 horas, todos los días",
        all_day="las 24 horas",
        times="de {} a {}",
        days=_days,
        clock=_clock_es,
    ),
)
