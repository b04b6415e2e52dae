"""The state of a call as bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import msgspec
import pytest

from ivr.flow.messages import Clip, Silence, Utterance, Words
from ivr.flow.state import Place, State, Wait, WaitFor, decode, encode
from tests.flow.ring import MONDAY, Ring

FLOW = "steps: {main: {say: A., menu: {1: main, 12: main}}}"


def state() -> State:
    return Ring(FLOW).state


def test_everything_of_a_state_survives_its_bytes() -> None:
    parts = (Words("Hello.", "en-US", "sarah", fixed=True), Silence(300), Clip("a.wav"))
    full = replace(
        state(),
        variables={"n": 1, "x": 1.5, "t": "0042", "no": None, "on": date(2026, 12, 1)}
        | {"at": datetime(2026, 12, 1, 9, 30), "list": [1, {"a": True}]},
        queue=(Utterance(3, parts, False, "main", "main"),),
        wait=Wait(WaitFor.CONFIRM, keys="1", entry="12", tries=1, until=5, since=3, quiet_ms=8),
        typed="12",
        visits={"main/main": 2},
        seen=frozenset({"main/main"}),
        menus=(Place("main", "main", 1),),
        deadline=5,
        ended="hangup",
    )
    assert decode(encode(full)) == full


def test_the_moment_of_the_answer_keeps_its_zone() -> None:
    assert decode(encode(state())).facts.started_at == MONDAY


def test_values_of_sensitive_variables_are_not_in_the_bytes() -> None:
    secret = replace(state(), variables={"pin": "7391", "n": 1}, sensitive=frozenset({"pin"}))
    assert b"7391" not in encode(secret)
    assert decode(encode(secret)).variables == {"n": 1}


def test_an_utterance_with_something_hidden_is_not_in_the_bytes() -> None:
    words = Words("Your PIN is 7391.", "en-US", "sarah", fixed=False, shown="Your PIN is ••••.")
    secret = replace(state(), queue=(Utterance(1, (words,), True, "main", "main"),))
    assert b"7391" not in encode(secret)


def test_keys_that_may_be_a_pin_are_not_in_the_bytes() -> None:
    guarded = replace(state(), guarded=True, typed="7391", last_key="7")
    assert b"7391" not in encode(guarded)
    assert decode(encode(guarded)).last_key == ""
    asked = replace(state(), wait=Wait(WaitFor.KEYS, keys="739", secret=True))
    assert b"739" not in encode(asked)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"version": 1}', b'{"version": 99}']
)
def test_bytes_that_are_no_state_of_ours_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="state of"):
        decode(data)


def test_the_version_stands_in_the_bytes() -> None:
    assert msgspec.json.decode(encode(state()))["version"] == 1
