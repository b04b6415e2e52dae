"""Which tongue speaks for a locale."""

from __future__ import annotations

import pytest

from ivr.flow.speech.table import TONGUES, tongue_of
from ivr.flow.speech.tongue import FormatError


@pytest.mark.parametrize("code", sorted(TONGUES))
def test_a_locale_with_a_table_is_that_table(code: str) -> None:
    assert tongue_of(code) is TONGUES[code]
    assert TONGUES[code].code == code
    assert TONGUES[code].opening is not None


@pytest.mark.parametrize(
    ("code", "like", "country"),
    [
        ("es-MX", "es-US", "MX"),
        ("en-AU", "en-US", "AU"),
        ("en", "en-US", "US"),
        ("es", "es-US", "US"),
    ],
)
def test_another_country_of_a_known_language_speaks_like_it_without_its_currency(
    code: str, like: str, country: str
) -> None:
    tongue = tongue_of(code)
    assert tongue.timed is TONGUES[like].timed
    assert tongue.country == country
    assert tongue.currency == ""


def test_other_languages_come_from_cldr() -> None:
    assert tongue_of("fr-FR").code == "fr-FR"
    with pytest.raises(FormatError):
        tongue_of("xx")
