"""Addresses we have signed: good for a while, for one thing, and known by every replica."""

from __future__ import annotations

import pytest

from ivr.server.addresses import (
    GOOD_SECONDS,
    PAYLOAD_BYTES_MAX,
    ROUND_SECONDS,
    Addresses,
    Music,
    Take,
    Taken,
    Thing,
    TooLong,
    Wait,
    Whisper,
)
from ivr.settings import Settings

LINE = Settings(public_url="https://ivr.example.com", twilio_tokens=("token-one", "token-two"))
THINGS: list[Thing] = [
    Whisper("CA1", 2, "1"),
    Taken("CA1", 2, "1"),
    Wait(45_000, 600_000, None, "en-US", "beeps"),
    Take("beeps", "es-US", "¿Sí?"),
    Music("audio/hold.wav", 0, 45_000),
]


class Wall:
    """A wall clock that a test sets."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("thing", THINGS)
def test_an_address_says_what_it_is_for_to_every_replica(thing: Thing) -> None:
    wall = Wall()
    token = Addresses(LINE, now=wall).sign(thing)
    assert Addresses(LINE, now=wall).read(type(thing), token) == thing
    assert all(letter.isalnum() or letter in "-_." for letter in token)


def test_it_is_good_for_an_hour_and_then_no_more() -> None:
    wall = Wall()
    addresses = Addresses(LINE, now=wall)
    token = addresses.sign(THINGS[0])
    wall.now += GOOD_SECONDS
    assert addresses.read(Whisper, token) is not None
    wall.now += ROUND_SECONDS + 1
    assert addresses.read(Whisper, token) is None


def test_for_a_while_the_same_thing_has_the_same_address_and_is_fetched_once() -> None:
    wall = Wall(ROUND_SECONDS * 1000.0)
    addresses = Addresses(LINE, now=wall)
    first = addresses.sign(THINGS[3])
    wall.now += ROUND_SECONDS - 1
    assert addresses.sign(THINGS[3]) == first
    wall.now += 1
    assert addresses.sign(THINGS[3]) != first


def test_an_address_for_one_thing_is_none_for_another() -> None:
    addresses = Addresses(LINE)
    # Both look alike; what answers them is not.
    assert addresses.read(Taken, addresses.sign(Whisper("CA1", 2, "1"))) is None


@pytest.mark.parametrize("secrets", [("another",), ()])
def test_nobody_else_can_make_one(secrets: tuple[str, ...]) -> None:
    strange = Addresses(Settings(twilio_tokens=secrets)).sign(THINGS[0])
    assert Addresses(LINE).read(Whisper, strange) is None
    alone = Addresses(Settings())
    assert alone.read(Whisper, alone.sign(THINGS[0])) == THINGS[0]


def test_a_token_that_is_being_promoted_is_known_by_both() -> None:
    after = Settings(twilio_tokens=("token-two", "token-one"))
    assert Addresses(LINE).read(Whisper, Addresses(after).sign(THINGS[0])) == THINGS[0]


def test_no_letter_of_it_can_be_changed() -> None:
    addresses = Addresses(LINE)
    token = addresses.sign(THINGS[0])
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        found = addresses.read(Whisper, changed)
        # The last letter of base64 may have bits that mean nothing.
        assert found is None or (found == THINGS[0] and changed != token), place


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.1.é", "x" * 9_000, "a.zz.b"])
def test_anything_else_is_none(token: str) -> None:
    assert Addresses(LINE).read(Whisper, token) is None


def test_what_is_too_long_for_an_address_gets_none() -> None:
    with pytest.raises(TooLong):
        Addresses(LINE).sign(Take("beeps", "en-US", "x" * PAYLOAD_BYTES_MAX))
