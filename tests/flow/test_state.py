"""The state of a call as bytes."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
import pytest
from msgspec.structs import replace

from ivr.flow.messages import (
    Clip,
    Hold,
    Narration,
    Playback,
    Silence,
    Tones,
    Utterance,
    Words,
)
from ivr.flow.state import (
    KEPT_BYTES_MAX,
    Frame,
    Once,
    Place,
    State,
    Wait,
    WaitFor,
    check_size,
    copied,
    decode,
    encode,
)
from ivr.flow.values import EvaluationError, Value
from tests.flow.ring import MONDAY, Ring

FLOW = "steps: {main: {say: A., menu: {1: main, 12: main}}}"


def state() -> State:
    return Ring(FLOW).state


def test_everything_of_a_state_survives_its_bytes() -> None:
    words = Words("Hello.", "en-US", "sarah", fixed=True)
    parts = (words, Silence(300), Clip("a.wav"), Hold(None, 8_000), Tones("12w"))
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
        inputs={"on": date(2026, 12, 2), "$x": {"$date": 1}},
        frames=(
            Frame(Place("outer", "s", 2), {"at": datetime(2026, 1, 2)}, {"i": 1}, frozenset(), ()),
            Frame(Place("main", "s"), {}, {}, frozenset({"card"}), (Place("main", "main"),)),
        ),
        errands=3,
        patience=1.5,
        recording="pause",
        hushed=True,
        gone_at=7,
        rescued=True,
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


@pytest.mark.parametrize("what", WaitFor)
def test_every_wait_survives_its_bytes(what: WaitFor) -> None:
    wait = Wait(
        what, outcome="hangup", once=Once.NOTICES, errand=3, came="done", limit=9, hold=4, target=2
    )
    full = replace(state(), wait=wait)
    assert decode(encode(full)) == full


@pytest.mark.parametrize("part", [Narration(1, "en-US", "sarah"), Playback(2)])
def test_what_lives_in_one_process_is_not_in_the_bytes(part: Narration | Playback) -> None:
    other = Utterance(2, (Silence(1),), True, "main", "main")
    full = replace(state(), queue=(Utterance(1, (part,), True, "main", "main"), other))
    assert decode(encode(full)).queue == (other,)


def test_sensitive_values_of_the_flows_around_are_not_in_the_bytes() -> None:
    frame = Frame(
        Place("main", "main"),
        {"pin": "7391", "n": 1},
        {"card": "7392", "o": 2},
        frozenset({"pin", "inputs.card"}),
        (),
    )
    secret = replace(
        state(), frames=(frame,), inputs={"a": "7393", "b": 1}, sensitive=frozenset({"inputs.a"})
    )
    assert b"739" not in encode(secret)
    found = decode(encode(secret))
    assert found.inputs == {"b": 1}
    assert (found.frames[0].variables, found.frames[0].inputs) == ({"n": 1}, {"o": 2})
    assert found.frames[0].sensitive == frame.sensitive


def test_a_copy_is_the_same_and_a_state_of_its_own() -> None:
    own = copied(state())
    assert own == state()
    own.typed = "1"
    assert state().typed == ""


def kept(value: Value) -> State:
    return replace(state(), variables={"x": value})


def test_what_a_call_may_keep_is_measured_to_the_byte() -> None:
    empty = len('[{"x":""},{}]')
    check_size(kept("y" * (KEPT_BYTES_MAX - empty)))
    with pytest.raises(EvaluationError, match="more than 64 kB of values in one call"):
        check_size(kept("y" * (KEPT_BYTES_MAX - empty + 1)))


def test_what_the_flows_around_keep_counts_too() -> None:
    frame = Frame(Place("main", "main"), {"x": "y" * 30_000}, {"i": "y" * 30_000}, frozenset(), ())
    check_size(replace(kept("y"), frames=(frame,)))
    with pytest.raises(EvaluationError):
        check_size(replace(kept("y" * 6_000), frames=(frame,)))
    with pytest.raises(EvaluationError):
        check_size(replace(kept("y"), frames=(frame,), inputs={"x": "y" * 6_000}))


def deep(levels: int) -> Value:
    value: Value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, deep(40)])
def test_what_cannot_be_kept_at_all_is_refused(value: Value) -> None:
    with pytest.raises(EvaluationError):
        check_size(kept(value))
