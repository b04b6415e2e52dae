"""Every fault of the reference's list (9.3) at every message of a call: the right words, once.

What is held: every word is heard whole (but for 20 ms of its end, the tolerance of the vendor's
own timing), once and in order; besides, the beginning of one word where a voice broke off in it.
Never 1.2 s of nothing. And the record names who failed, why, and who said which end of the text.
"""

from __future__ import annotations

import asyncio
from functools import cache
from itertools import pairwise

import pytest

from ivr.fakes.elevenlabs import FakeVendor
from tests.simulation.carrier import Carrier
from tests.simulation.vendor_faults import Case, cases, check
from tests.simulation.vendor_line import (
    QUICK,
    Ladder,
    as_built,
    right,
    ring,
)
from tests.simulation.vendor_words import WORD_MS, Run, longest_silence, spoken_of
from tests.virtual import pass_time

LADDERS = {
    "multi": Ladder(),
    "single": Ladder("single"),
    "http": Ladder("http"),
    "multi, http": Ladder(middle=True),
}


SHARED = {"quota", "generic_error", "untagged_error+generic_error", "huge_frame"}
"""Read by the same code wherever they come: every other place, and three on the second kind of
socket. ``python -m tests.simulation.vendor_faults`` tries them everywhere."""
BREAKS = {"close_without_error", "half_open", "stall"}
"""On the first kind of socket at every place; on the second, where all utterances are alike, each
on a socket of its own, at every other one."""


@cache
def sorted_cases(name: str) -> dict[str, list[Case]]:
    """Every case of a ladder by kind; three of a kind that the reference does not list."""
    by_kind = dict[str, list[Case]]()
    for case in cases(LADDERS[name]):
        by_kind.setdefault(case.kind, []).append(case)
    for kind, found in by_kind.items():
        single = name == "single"
        if not found[0].listed or (single and kind in SHARED):
            by_kind[kind] = found[:: max(1, len(found) // 3)]
        elif kind in SHARED or (single and kind in BREAKS):
            by_kind[kind] = found[::2]
    return by_kind


KINDS = [(name, kind) for name in list(LADDERS)[:3] for kind in sorted_cases(name)]


@pytest.mark.parametrize(("ladder", "kind"), KINDS)
def test_the_caller_hears_the_right_words_once_wherever_it_strikes(ladder: str, kind: str) -> None:
    for case in sorted_cases(ladder)[kind]:
        check(case, LADDERS[ladder])


@pytest.mark.parametrize("kind", sorted_cases("multi"))
def test_the_same_with_a_quick_vendor_and_its_http_to_go_on(kind: str) -> None:
    found = sorted_cases("multi, http")[kind]
    for case in found[: len(found) : max(1, len(found) - 1)]:
        heard = check(case, LADDERS["multi, http"], QUICK)
        for spoken in heard.spoken():
            assert spoken.local_rest == "", "over HTTP the vendor is well"


# --------------------------------------------------------------------------- three voices

ON_THE_SOCKET = (
    "handshake_timeout",
    "generic_error:chunk=3",
    "half_open:socket=1,context=1,chunk=3",
)
OVER_HTTP = (
    *("http_busy", "http_timeout", "json_200", "slow_first_byte"),
    *("stall:chunk=1", "stall:chunk=2", "stall:chunk=4", "truncated:chunk=1", "truncated:chunk=3"),
)


@pytest.mark.parametrize("over_http", OVER_HTTP)
@pytest.mark.parametrize("on_the_socket", ON_THE_SOCKET)
def test_where_http_fails_as_well_the_local_voice_goes_on(
    on_the_socket: str, over_http: str
) -> None:
    # Faults without a place strike wherever they can, on the socket and over HTTP.
    heard = right(ring(on_the_socket, over_http, ladder=LADDERS["multi, http"]))
    assert heard.vendor.faults.struck(over_http.partition(":")[0]) > 0
    assert any(fall.startswith("web: ") for fall in heard.falls)


def test_a_voice_in_the_middle_is_not_waited_for_either_as_settings_yaml_builds_it() -> None:
    async def caller(carrier: Carrier, vendor: FakeVendor) -> list[float]:
        await pass_time(3)
        carrier.press("1")
        return [asyncio.get_running_loop().time()]

    faults = ("handshake_403", "stall:chunk=2")
    heard = ring(*faults, ladder=LADDERS["multi, http"], caller=caller, studio=as_built)
    assert any(
        fall.startswith("web: ElevenLabs stopped in the middle for 0.6 s; local goes on")
        for fall in heard.falls
    )


# --------------------------------------------------------------------------- for the whole call


@pytest.mark.parametrize(
    "fault",
    [
        *("quota", "generic_error", "half_open", "stall", "stall:chunk=1", "truncated"),
        *("slow_first_byte", "zero_audio", "no_final", "late_audio", "close_race", "snake_case"),
        *("handshake_403", "handshake_429", "handshake_timeout", "http_busy", "json_200"),
    ],
)
@pytest.mark.parametrize("ladder", LADDERS)
def test_a_vendor_that_stays_as_bad_as_it_is(ladder: str, fault: str) -> None:
    right(ring(fault, ladder=LADDERS[ladder]))


def test_too_much_to_do_and_then_not_any_more() -> None:
    for fault, ladder in (("handshake_429:once", "multi"), ("http_busy:once", "http")):
        heard = right(ring(fault, ladder=LADDERS[ladder]))
        assert heard.vendor.faults.struck(fault.partition(":")[0]) == 1
        assert not heard.runs[-1].local or ladder == "http"


def test_where_there_is_no_other_voice_it_says_the_rest_itself() -> None:
    alone = Ladder(local=False)
    for fault in ("half_open:socket=2,context=3,chunk=3", "cut:socket=2,context=3,chunk=4"):
        heard = ring(fault, ladder=alone)
        number = len(heard.asked)
        assert [spoken.local_rest for spoken in heard.spoken()] == [""] * number
        (fall,) = heard.falls_of(number)
        assert "; vendor goes on with the last" in fall


# --------------------------------------------------------------------------- the ear itself

A, B = (Run(word, WORD_MS, local=False) for word in "ab")
B_LOCAL = Run("b", WORD_MS, local=True)
HALF_B = Run("b", 40, local=False)


def test_the_ear_takes_a_change_of_voice_within_a_word() -> None:
    assert spoken_of("a b", [A, B]).local_rest == ""
    assert spoken_of("a b", [A, B_LOCAL]).local_rest == "b"
    spoken = spoken_of("a b", [A, HALF_B, B_LOCAL])
    assert (spoken.local_rest, spoken.changes) == ("b", 1)
    assert spoken_of("a b", [A, Run("b", WORD_MS - 20, local=False)]).changes == 0


@pytest.mark.parametrize(
    "runs",
    [
        *([A], [B], [A, HALF_B], [HALF_B, A, B_LOCAL], [A, A, B], [A, HALF_B, B]),
        [A, Run("b", 2 * WORD_MS, local=False)],
        [Run("a", WORD_MS, local=True), B],
        [A, HALF_B, HALF_B, B_LOCAL],
    ],
)
def test_the_ear_misses_nothing(runs: list[Run]) -> None:
    with pytest.raises(AssertionError):
        spoken_of("a b", list(runs))


@pytest.mark.parametrize("number", range(4))
def test_a_silence_that_is_too_long_is_found_wherever_it_is(number: int) -> None:
    heard = right(ring(ladder=LADDERS["multi"]))
    sounds = heard.carrier.sounds()
    begins = [0, *(n for n, (before, at) in enumerate(pairwise(sounds), 1) if at[0] > before[1])]
    since = sounds[begins[number * len(begins) // 4]][0]
    moved = [(s + 1.3, e + 1.3) if s >= since else (s, e) for s, e in sounds]
    pressed = [at + 1.3 if at > since else at for at in heard.pressed]
    assert longest_silence(moved, heard.carrier.started_at, pressed, heard.ended_at + 1.3) > 1.2
