"""The outside world as plain data: what is said in an emergency, by language."""

from __future__ import annotations

import pytest

from ivr.flow.world import NO_EMERGENCY, Emergency

APOLOGY = Emergency({"en": "Sorry.", "es-US": "Perdón."})


@pytest.mark.parametrize(
    ("language", "text"),
    [("en-US", "Sorry."), ("en", "Sorry."), ("es-US", "Perdón."), ("es-ES", None), (None, None)],
)
def test_an_apology_is_for_every_variant_of_its_language(
    language: str | None, text: str | None
) -> None:
    assert APOLOGY.text(language) == text
    assert NO_EMERGENCY.text(language) is None
