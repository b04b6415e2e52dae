"""``phone``: national or international, to E.164."""

from __future__ import annotations

import pytest

from ivr.flow.phrases import Phrase
from ivr.flow.steps.entries import Misfit
from tests.flow.steps.entries.keyed import entry_of, ground, pace, read_entry


@pytest.mark.parametrize(
    ("country", "keyed", "e164"),
    [
        ("US", "3125550123", "+13125550123"),
        ("US", "13125550123", "+13125550123"),
        ("US", "011442079460018", "+442079460018"),
        ("ES", "612345678", "+34612345678"),
        ("ES", "0013125550123", "+13125550123"),
        ("GB", "02079460018", "+442079460018"),
        ("IT", "0612345678", "+390612345678"),
    ],
)
def test_a_number_becomes_e164(country: str, keyed: str, e164: str) -> None:
    entry = entry_of(f"phone; country: {country}")
    assert entry.value(keyed, ground()) == e164
    assert pace(entry, keyed)[-1] in "+!"


@pytest.mark.parametrize(
    ("country", "keyed", "how"),
    [
        ("US", "3125550123", ".........!"),
        ("US", "13125550123", "..........!"),
        ("ES", "612345678", "........!"),
        ("US", "0000000000", ".........!"),
        ("US", "911", "..."),
    ],
)
def test_it_is_whole_when_one_digit_more_would_be_too_many(
    country: str, keyed: str, how: str
) -> None:
    assert pace(entry_of(f"phone; country: {country}"), keyed) == how


def test_no_entry_is_longer_than_any_number() -> None:
    assert pace(entry_of("phone"), "0" * 20)[-1] == "!"


@pytest.mark.parametrize("keyed", ["911", "5550123", "0000000000", "31255501230", "1", "011"])
def test_a_number_nobody_has_does_not_fit(keyed: str) -> None:
    entry = entry_of("phone")
    assert entry.value(keyed, ground()) == Misfit(Phrase.NO_PHONE)
    assert list(entry.misfits("en-US")) == [Misfit(Phrase.NO_PHONE)]


@pytest.mark.parametrize(
    ("language", "keyed", "e164"),
    [
        ("es-ES", "612345678", "+34612345678"),
        ("es-US", "3125550123", "+13125550123"),
        ("en-GB", "2079460018", "+442079460018"),
        ("fr-FR", "0612345678", "+33612345678"),
        ("eo", "3125550123", "+13125550123"),
    ],
)
def test_the_country_is_that_of_the_flows_language(language: str, keyed: str, e164: str) -> None:
    assert entry_of("phone", language).value(keyed, ground()) == e164


@pytest.mark.parametrize("country", ["us", "USA", "ZZ", "1", "[US]"])
def test_a_country_nobody_knows_is_refused(country: str) -> None:
    assert [code for code, _ in read_entry(f"phone; country: {country}")[1]] == ["S007"]


def test_it_is_read_back_in_the_groups_of_its_country() -> None:
    entry = entry_of("phone")
    assert (entry.read_back("en-US"), entry.secret, entry.takes_star("1")) == (
        "phone",
        False,
        False,
    )
    assert (entry.may_say(10), entry.may_say(3), entry.may_say(16), entry.wanted) == (
        *(True, True, False),
        "",
    )
