"""Opening hours as a piece of a sentence."""

from __future__ import annotations

from datetime import datetime

import pytest

from ivr.flow import hours
from ivr.flow.speech.english import EN_US
from ivr.flow.speech.opening import spoken_hours
from ivr.flow.speech.spanish import ES_ES, ES_US


def opening(**written: str) -> hours.Opening:
    days = {key.replace("_", "-"): value for key, value in written.items()}
    if "every-day" in days:
        days["every day"] = days.pop("every-day")
    schedule = hours.compile({"closed": [], **days}, timezone="UTC").schedule
    assert schedule is not None
    return schedule.at(datetime.fromisoformat("2026-11-23T08:00+00:00"))


@pytest.mark.parametrize(
    ("written", "english", "spanish"),
    [
        (
            {"mon_fri": "8:00-17:30"},
            "Monday to Friday from 8 AM to 5 30 PM",
            "de lunes a viernes de 8 de la mañana a 5 y 30 de la tarde",
        ),
        (
            {"every_day": "9:00-17:00"},
            "every day from 9 AM to 5 PM",
            "todos los días de 9 de la mañana a 5 de la tarde",
        ),
        (
            {"every_day": "0:00-24:00"},
            "24 hours a day, every day",
            "las 24 horas, todos los días",
        ),
        (
            {"mon_fri": "0:00-24:00"},
            "Monday to Friday all day",
            "de lunes a viernes las 24 horas",
        ),
        (
            {"mon": "9:00-12:00, 13:00-17:00"},
            "Monday from 9 AM to noon and from 1 PM to 5 PM",
            "los lunes de 9 de la mañana a 12 del mediodía y de una de la tarde a 5 de la tarde",
        ),
        (
            {"mon": "9:00-12:00", "wed": "9:00-12:00"},
            "Monday and Wednesday from 9 AM to noon",
            "los lunes y miércoles de 9 de la mañana a 12 del mediodía",
        ),
        (
            {"mon_wed": "9:00-12:00", "fri": "9:00-12:00"},
            "Monday to Wednesday and Friday from 9 AM to noon",
            "de lunes a miércoles y los viernes de 9 de la mañana a 12 del mediodía",
        ),
        (
            {"sat": "9:00-12:00", "sun": "9:00-12:00"},
            "Saturday and Sunday from 9 AM to noon",
            "los sábados y domingos de 9 de la mañana a 12 del mediodía",
        ),
        (
            {"sat_mon": "9:00-12:00"},
            "Saturday to Monday from 9 AM to noon",
            "de sábado a lunes de 9 de la mañana a 12 del mediodía",
        ),
        (
            {"fri": "22:00-6:00"},
            "Friday from 10 PM to 6 AM",
            "los viernes de 10 de la noche a 6 de la mañana",
        ),
        (
            {"mon": "8:00-9:00", "tue": "9:00-10:00", "thu": "10:00-24:00"},
            "Monday from 8 AM to 9 AM, Tuesday from 9 AM to 10 AM, "
            "and Thursday from 10 AM to midnight",
            "los lunes de 8 de la mañana a 9 de la mañana, los martes de 9 de la mañana a "
            "10 de la mañana, y los jueves de 10 de la mañana a 12 de la noche",
        ),
    ],
)
def test_days_with_the_same_times_are_said_together(
    written: dict[str, str], english: str, spanish: str
) -> None:
    assert spoken_hours(opening(**written), EN_US) == english
    assert spoken_hours(opening(**written), ES_US) == spanish


def test_spain_says_twenty_four_hours() -> None:
    assert spoken_hours(opening(mon_fri="8:00-17:30"), ES_ES) == "de lunes a viernes de 8 a 17 y 30"
