"""What is known of the vendor's models: the tables fit each other."""

from __future__ import annotations

from ivr.voices.elevenlabs import models


def test_languages_are_the_vendors_codes() -> None:
    assert models.short("es-US") == "es"
    assert models.short("nb-NO") == models.short("nn") == "no"
    assert models.short("EN") == "en"


def test_flash_speaks_thirty_two_languages_and_multilingual_twenty_nine() -> None:
    assert len(models.MULTILINGUAL_V2) == 29
    assert len(models.FLASH_V2_5) == 32


def test_what_is_offered_instead_exists_and_is_not_replaced_itself() -> None:
    offered = [*models.REMOVED.values(), models.DEFAULT_MODEL]
    offered += [each.instead for each in models.MODELS.values() if each.instead is not None]
    assert all(models.MODELS[name].instead is None for name in offered)


def test_no_format_is_both_playable_and_not() -> None:
    assert not models.OTHER_FORMATS & models.CALL_FORMATS.keys()
    assert models.DEFAULT_FORMAT in models.CALL_FORMATS
