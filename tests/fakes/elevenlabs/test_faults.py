"""The switches: where, how often and how long a fault strikes, and what is refused as a setting."""

from __future__ import annotations

import pytest

from ivr.errors import SettingsError
from ivr.fakes.elevenlabs.faults import KINDS, Faults, Place


def test_a_fault_strikes_at_its_own_moment_unless_another_is_named() -> None:
    faults = Faults(["quota"])
    assert not faults.strikes("quota", Place(socket=1, message=1))
    assert not faults.strikes("quota", Place(socket=1, context=1, chunk=2))
    assert faults.strikes("quota", Place(socket=1, context=1, chunk=1))


def test_a_named_moment_takes_its_place() -> None:
    faults = Faults(["quota:message=3"])
    assert not faults.strikes("quota", Place(socket=1, context=1, chunk=1))
    assert faults.strikes("quota", Place(socket=1, message=3))


def test_all_points_must_hold() -> None:
    faults = Faults(["stall:socket=2,context=1,chunk=3"])
    assert not faults.strikes("stall", Place(socket=1, context=1, chunk=3))
    assert not faults.strikes("stall", Place(socket=2, context=2, chunk=3))
    assert faults.strikes("stall", Place(socket=2, context=1, chunk=3))


def test_a_socket_that_is_named_keeps_the_fault_from_http() -> None:
    assert not Faults(["quota:socket=1"]).strikes("quota", Place(request=1, chunk=1))


def test_once_is_once_and_always_is_always() -> None:
    faults, place = Faults(["no_final:once", "late_audio:always"]), Place(socket=1, context=1)
    assert [bool(faults.strikes("no_final", place)) for _ in range(3)] == [True, False, False]
    assert [bool(faults.strikes("late_audio", place)) for _ in range(3)] == [True] * 3
    assert (faults.struck("no_final"), faults.struck("late_audio")) == (1, 3)


def test_being_armed_counts_for_nothing() -> None:
    faults = Faults(["close_race:once"])
    assert faults.armed("close_race", Place(context=1))
    assert faults.armed("close_race", Place(context=1))
    assert faults.struck("close_race") == 0
    assert faults.strikes("close_race", Place(context=1))
    assert not faults.armed("close_race", Place(context=1))


def test_every_stroke_is_told() -> None:
    told: list[int] = []
    faults = Faults(["no_final:once"], lambda: told.append(faults.struck("no_final")))
    for _ in range(2):
        faults.strikes("no_final", Place(context=1))
    assert told == [1]


def test_setting_it_again_begins_anew() -> None:
    faults, place = Faults(["no_final:once"]), Place(context=1)
    faults.strikes("no_final", place)
    faults.set("no_final:once")
    assert faults.strikes("no_final", place)


def test_a_duration_is_the_kinds_own_unless_given() -> None:
    place = Place(context=1, chunk=1)
    faults = Faults(["slow_first_byte"])
    slow = faults.strikes("slow_first_byte", place)
    faults.set("slow_first_byte:ms=30")
    quick = faults.strikes("slow_first_byte", place)
    assert slow is not None
    assert quick is not None
    assert (slow.ms, quick.ms) == (5_000, 30)


def test_faults_are_switched_off_one_by_one_or_all() -> None:
    faults = Faults(["quota", "cut", "stall"])
    faults.clear("quota")
    assert set(faults.as_json()) == {"cut", "stall"}
    faults.clear()
    assert faults.as_json() == {}


def test_what_is_set_can_be_shown() -> None:
    faults = Faults(["quota:chunk=2,once"])
    faults.strikes("quota", Place(chunk=2))
    assert faults.as_json() == {"quota": {"when": "chunk=2,once", "struck": 1}}


@pytest.mark.parametrize("when", ["twice", "chunk", "chunk=0", "ms=²", "ms=-1", "a=1"])
def test_a_wrong_setting_is_refused_with_what_can_be_written(when: str) -> None:
    with pytest.raises(SettingsError, match=r"cannot strike at .* write once, always, ms=N or"):
        Faults([f"quota:{when}"])


def test_an_unknown_fault_is_refused_with_those_that_exist() -> None:
    with pytest.raises(SettingsError, match=r"no fault 'nope': choose one of handshake_403, "):
        Faults(["nope"])


def test_every_kind_says_what_it_does_and_where_it_was_seen() -> None:
    assert all(kind.what and kind.source for kind in KINDS.values())
