"""What the line says of an entry that does not fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.phrases import Phrase
from ivr.flow.steps.entries import ENTRIES, OPTIONS, Misfit, Progress
from ivr.flow.steps.entries.limits import FromToday, Given
from tests.flow.steps.entries.keyed import entry_of, ground


def test_a_misfit_without_a_limit_is_a_fixed_text() -> None:
    misfit = Misfit(Phrase.NO_ENTRY, (("digits", "8"),))
    assert misfit.fixed
    assert misfit.template("en-US").literal == "Sorry, I need 8 digits."
    assert misfit.template("es-US").literal == "Perdón, necesito 8 dígitos."


def test_a_limit_is_read_in_the_callers_language() -> None:
    misfit = Misfit(Phrase.AMOUNT_MOST, limit=Given(500), formatter="money")
    assert misfit.fixed
    template = misfit.template("es-ES")
    said = template.render({"limit": 500}, language="es-ES").text
    assert said == "Perdón, la cantidad más alta es 500 euros."


def test_a_date_differs_from_day_to_day() -> None:
    assert not Misfit(Phrase.DATE_MOST, limit=FromToday(0), formatter="date").fixed
    assert not Misfit(Phrase.NUMBER_MOST, limit=FromToday(0), formatter="number").fixed


def test_every_type_is_in_the_table_under_its_name() -> None:
    assert list(ENTRIES) == [
        *("digits", "pin", "card", "phone", "date", "time", "money", "number", "yes_no"),
    ]
    assert {"min", "max", "check", "format", "end_key", "confirm", "sensitive", "starts_with",
            "country", "digits"} == OPTIONS  # fmt: skip
    assert all(spec.options <= OPTIONS for spec in ENTRIES.values())


EVERY = [
    *("digits; digits: 3-5; check: luhn; starts_with: 7", "pin", "card", "card; digits: 16"),
    *("phone", "phone; country: IT", "date", "date; min: today; max: today + 9 days"),
    *("date; format: DDMMYY", "time", "time; format: 24", "money; min: 1; max: 500"),
    *("money; format: cents", "number; min: 10; max: 31", "number; max: -1", "yes_no"),
]


@given(
    st.sampled_from(EVERY),
    st.sampled_from(["en-US", "en-GB", "es-US", "es-ES", "de-DE", "xx-XX"]),
    st.text("0123456789*", min_size=1, max_size=22),
)
def test_any_keys_come_to_a_value_or_to_a_reason_that_is_known_before(
    options: str, locale: str, pressed: str
) -> None:
    entry, keyed = entry_of(options), ""
    known = set(entry.misfits(locale)) | {Misfit(Phrase.NO_FIT)}
    for key in pressed:
        if key == "*" and not entry.takes_star(keyed):
            continue
        keyed += key
        value = entry.value(keyed, ground(locale))
        assert not isinstance(value, Misfit) or value in known
        progress = entry.progress(keyed, ground(locale))
        assert progress is not Progress.ENOUGH or not isinstance(value, Misfit)
        if progress is Progress.WHOLE:
            return
    assert len(keyed) < 22
