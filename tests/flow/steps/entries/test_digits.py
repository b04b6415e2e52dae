"""``digits``, ``pin`` and ``card``."""

from __future__ import annotations

import pytest

from ivr.flow.phrases import Phrase
from ivr.flow.steps.entries import Misfit
from ivr.flow.steps.entries.digits import luhn_ok
from tests.flow.steps.entries.keyed import entry_of, ground, pace, read_entry


def misfit(options: str, keyed: str) -> Phrase | None:
    value = entry_of(options).value(keyed, ground())
    return value.what if isinstance(value, Misfit) else None


@pytest.mark.parametrize(
    ("options", "keyed", "how"),
    [
        ("digits; digits: 4", "0042", "...!"),
        ("digits; digits: 2-4", "0042", ".++!"),
        ("digits", "12", "++"),
        ("pin; digits: 4", "1234", "...!"),
        ("pin", "12345", "...++"),
        ("digits; digits: 4-12; check: luhn", "79927398713", ".......+..+"),
    ],
)
def test_digits_are_whole_at_their_longest(options: str, keyed: str, how: str) -> None:
    assert pace(entry_of(options), keyed) == how
    assert entry_of(options).value(keyed, ground()) == keyed


@pytest.mark.parametrize(
    ("options", "keyed", "what"),
    [
        ("digits; digits: 4", "123", Phrase.NO_ENTRY),
        ("digits; digits: 4-6", "123", Phrase.NO_LENGTH),
        ("digits; check: luhn", "79927398710", Phrase.NO_FIT),
        ("digits; check: luhn", "79927398713", None),
        ("digits; starts_with: 7", "17", Phrase.NO_FIT),
        ("digits; starts_with: [7, 12]", "123", None),
        ("pin; digits: 4", "123", Phrase.NO_PIN),
    ],
)
def test_what_does_not_fit_is_told(options: str, keyed: str, what: Phrase | None) -> None:
    assert misfit(options, keyed) is what
    assert what in {None, Phrase.NO_FIT, *(m.what for m in entry_of(options).misfits("en-US"))}


@pytest.mark.parametrize(
    ("card", "how"),
    [
        ("4111111111111111", "...............+"),
        ("4222222222222", "............+"),
        ("378282246310005", "..............!"),
        ("5555555555554444", "...............!"),
        ("2223003122003222", "...............!"),
        ("30569309025904", ".............+"),
        ("6011111111111117", "...............+"),
    ],
)
def test_a_card_ends_with_the_longest_number_of_its_brand(card: str, how: str) -> None:
    assert pace(entry_of("card"), card) == how
    assert misfit("card", card) is None


def test_a_card_of_a_given_length_never_waits() -> None:
    assert pace(entry_of("card; digits: 16"), "4111111111111111") == "...............!"


@pytest.mark.parametrize("keyed", ["4111111111111112", "41111111111111", "3782822463100", "0"])
def test_a_card_with_a_slip_or_a_length_its_brand_has_not_does_not_fit(keyed: str) -> None:
    assert misfit("card", keyed) is Phrase.NO_CARD


def test_a_card_can_be_asked_for_by_its_beginning() -> None:
    assert misfit("card; starts_with: 4", "5555555555554444") is Phrase.NO_CARD
    assert misfit("card; starts_with: 4", "4111111111111111") is None


def test_only_pins_and_cards_are_secret_and_only_the_end_of_a_card_is_read_back() -> None:
    entries = [entry_of(name) for name in ("digits", "pin", "card")]
    assert [entry.secret for entry in entries] == [False, True, True]
    assert [entry.read_back("en-US") for entry in entries] == ["digits", "", "last 4"]


def test_star_is_no_part_of_digits() -> None:
    assert not any(entry_of(name).takes_star("1") for name in ("digits", "pin", "card"))


@pytest.mark.parametrize(
    "options",
    [
        "digits; digits: 33",
        "digits; digits: 0-4",
        "pin; digits: 3",
        "pin; digits: 13",
        "card; digits: 20",
        "card; digits: 8",
        "digits; starts_with: A",
        "digits; starts_with: [1, x]",
        "digits; starts_with: {a: 1}",
    ],
)
def test_what_cannot_be_asked_for_is_refused(options: str) -> None:
    assert [code for code, _ in read_entry(options)[1]] == ["S007"]


@pytest.mark.parametrize(
    ("digits", "right"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("4111111111111111", True)],
)
def test_luhn_is_the_one_of_the_standard(digits: str, right: bool) -> None:
    assert luhn_ok(digits) is right


def test_a_prompt_may_speak_of_the_lengths_that_are_taken() -> None:
    assert [n for n in range(20) if entry_of("digits; digits: 4-6").may_say(n)] == [4, 5, 6]
    assert [n for n in range(20) if entry_of("pin; digits: 4").may_say(n)] == [4]
    assert [n for n in range(20) if entry_of("card; digits: 16").may_say(n)] == [4, 16]
    assert entry_of("pin; digits: 4-6").wanted == "4-6"
    assert entry_of("card; digits: 16").wanted == "16"
