"""What is keyed for each type of entry: some of it fits, some does not, no type is left."""

from __future__ import annotations

import random

import pytest

from ivr.flow.messages import Noted
from ivr.flow.scope import scope_of
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.entries import ENTRIES, Ground
from ivr.rehearsal.draws import Presses, acts
from ivr.rehearsal.entries import drawn
from tests.flow.ring import Ring

FLOW = """
language: LANGUAGE
vars: {most: 20}
steps:
  main:
    say: Now?
    ask: value
    OPTIONS
    goto: done
  done: {say: Thank you., menu: {1: hangup}}
"""
TYPES = {
    "as: digits; digits: 4-6; check: luhn": 6,
    "digits: 3; starts_with: 7": 3,
    "as: pin; digits: 4": 4,
    "as: card": 19,
    "as: card; digits: 16; starts_with: 4": 16,
    "as: phone": 20,
    "as: phone; country: ES": 20,
    "as: date": 8,
    "as: date; min: today; max: today + 30 days": 8,
    "as: date; format: DDMMYY; min: 2026-12-24": 8,
    "as: time; format: 24": 4,
    "as: time": 4,
    "as: money; min: 5; max: 500": 8,
    "as: money; format: cents; max: '${most}'": 8,
    "as: number; min: 10; max: 31": 15,
}


def ring(options: str, language: str) -> Ring:
    written = "\n    ".join(options.split("; "))
    return Ring(FLOW.replace("LANGUAGE", language).replace("OPTIONS", written))


def keys_for(call: Ring) -> list[str]:
    flow = call.flows.flows["main"]
    ask = flow.steps["main"].actions[0].kind
    assert isinstance(ask, Ask)
    ground = Ground(call.state.language, scope_of(call.state, flow, call.flows))
    return list(drawn(ask, ground, ("42",), random.Random(1)))


@pytest.mark.parametrize("language", ["en-US", "es-ES"])
@pytest.mark.parametrize("options", TYPES)
def test_some_of_it_fits_some_does_not_and_some_is_not_whole(options: str, language: str) -> None:
    came: set[str] = set()
    for keys in keys_for(ring(options, language)):
        call = ring(options, language).presses(keys)
        assert call.state.wait is not None
        if call.state.wait.entry:  # the half of the day
            call.presses("2")
        missed = call.state.wait is not None and call.state.wait.tries > 0
        came.add("missed" if call.step == "main" and missed else call.step)
    assert came == {"done", "missed", "main"}


@pytest.mark.parametrize("options", TYPES)
def test_nothing_is_longer_than_such_an_entry(options: str) -> None:
    for keys in keys_for(ring(options, "en-US")):
        entry = keys.removesuffix("#").rpartition("*")[2] if "money" not in options else ""
        assert len(entry) <= TYPES[options] + 1


def test_dates_are_drawn_at_both_limits_and_just_beyond_in_the_order_of_the_language() -> None:
    keys = keys_for(ring("as: date; min: today; max: today + 8 days", "en-US"))
    assert {"11232026", "11222026", "12012026", "12022026", "112326", "02302026"} <= set(keys)
    keys = keys_for(ring("as: date; min: today; max: today + 8 days", "es-ES"))
    assert {"23112026", "22112026", "01122026", "02122026", "30022026"} <= set(keys)


def test_amounts_are_drawn_a_cent_around_both_limits() -> None:
    keys = keys_for(ring("as: money; min: 5; max: 500", "en-US"))
    assert {"5#", "4*99", "5*01", "500#", "500*01", "499*99", "42#", "**#"} & set(keys) >= {
        *("5#", "4*99", "5*01", "500#", "500*01", "499*99", "42#"),
    }


def test_numbers_are_drawn_around_both_limits() -> None:
    keys = keys_for(ring("as: number; min: 10; max: 31", "en-US"))
    assert {"10", "9#", "11", "31", "30", "32", "42"} <= {
        *keys, *(key.removesuffix("#") for key in keys if key != "9#")
    }  # fmt: skip


def test_a_limit_that_is_none_is_found_by_whoever_keys_something() -> None:
    flow = FLOW.replace("LANGUAGE", "en-US").replace("most: 20", "most: lots")
    for kind in ("date", "money", "number"):
        call = Ring(flow.replace("OPTIONS", f"as: {kind}\n    max: '${{most}}'"))
        keys = max(keys_for(call), key=len)
        assert call.presses(keys[:1]).notes(Noted.TROUBLE)


def test_every_type_is_drawn_for() -> None:
    drawn_for = {option.split("; ")[0].removeprefix("as: ") for option in TYPES}
    # What yes_no takes is drawn like a confirmation.
    assert ENTRIES.keys() - drawn_for == {"yes_no"}


def test_yes_or_no_is_drawn_like_a_confirmation() -> None:
    call = ring("as: yes_no", "en-US")
    found = acts(call.flows, call.state, {"main": ()}, random.Random(1))
    assert {act.keys for act in found if isinstance(act, Presses)} == {"1", "2", "7"}
