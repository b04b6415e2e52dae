"""Waterfalls as people see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.calls.waterfall import Piece, Waterfall
from ivr.cli.waterfall import BARS_CELLS, as_json, bars, brief, scale_of, spell_ms

FALL = Waterfall(
    utterance=2,
    step="clinic/main",
    text="Hello.",
    cause="key",
    key="2",
    at_ms=900,
    follows=False,
    asked_ms=0.4,
    pieces=(Piece(0, "take", 0.6),),
    first_frame_ms=0.9,
    audible_ms=11,
    lead_ms=10,
    ended="heard",
    ended_ms=2011,
    mark="g1:u2",
)


@pytest.mark.parametrize(
    ("fall", "line"),
    [
        (FALL, "key 2 → frame 0.9 ms → audible 11 ms · take"),
        (replace(FALL, cause="answer", key=""), "answer → frame 0.9 ms → audible 11 ms · take"),
        (replace(FALL, cause="time", key=""), "silence → frame 0.9 ms → audible 11 ms · take"),
        (replace(FALL, follows=True), "follows the text before · take"),
        (
            replace(
                FALL,
                pieces=(Piece(0, "voice", 212), Piece(1, "take", 212), Piece(2, "voice", 213)),
                first_frame_ms=213,
                audible_ms=1240,
            ),
            "key 2 → voice 212 ms → frame 213 ms → audible 1,240 ms · voice + take",
        ),
        (
            replace(FALL, gaps=(80, 20), again=1, falls=("sarah: late",), failure="broke"),
            "key 2 → frame 0.9 ms → audible 11 ms · take · 2 holes, the worst of 80 ms · sent "
            "again · fell back: sarah: late · failed: broke",
        ),
        (replace(FALL, pieces=(), audible_ms=None), "key 2 → frame 0.9 ms · a pause"),
        (
            replace(FALL, pieces=(), audible_ms=None, first_frame_ms=None),
            "key 2 · no audio",
        ),
    ],
)
def test_in_one_line(fall: Waterfall, line: str) -> None:
    assert brief(fall) == line


def test_what_a_telephone_measured_counts_more_than_our_reckoning() -> None:
    assert brief(FALL, 31.4) == "key 2 → frame 0.9 ms → audible 31 ms · take"


def test_stage_by_stage_every_bar_begins_where_the_one_before_ended() -> None:
    fall = replace(FALL, asked_ms=10, pieces=(Piece(0, "voice", 30),), first_frame_ms=30)
    rows = [row.plain for row in bars(replace(fall, audible_ms=40, mark="g1:u2"), 40)]
    assert rows == [
        "  text      █████████                                10 ms",
        "  voice              ██████████████████              30 ms  first byte",
        "  frame                                ▏             30 ms",
        "  audible                              █████████     40 ms  10 ms silent",
        "  heard     ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  2,011 ms  mark g1:u2",
    ]


def test_what_nobody_waited_for_has_no_bars() -> None:
    (row,) = bars(replace(FALL, follows=True), 40)
    assert row.plain == "  follows the text before · take · heard after 2.0 s"


def test_bars_never_leave_their_place() -> None:
    for row in bars(replace(FALL, audible_ms=90_000, first_frame_ms=89_000), 20):
        assert len(row.plain) <= 80
        assert row.plain[12 + BARS_CELLS] == " "


def test_one_call_has_one_scale_and_texts_that_follow_do_not_set_it() -> None:
    slow, behind = replace(FALL, audible_ms=500), replace(FALL, audible_ms=9000, follows=True)
    assert scale_of([FALL, slow, behind]) == 500
    assert scale_of([]) == scale_of([FALL]) == 20


def test_the_numbers_are_all_there() -> None:
    numbers = as_json(FALL)
    assert (numbers["source"], numbers["first_byte_ms"], numbers["mark"]) == ("take", 0.6, "g1:u2")
    assert numbers["pieces"] == ({"number": 0, "source": "take", "first_byte_ms": 0.6},)


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0.0 ms"), (9.94, "9.9 ms"), (11.2, "11 ms"), (1204, "1,204 ms")]
)
def test_times_are_spelt_to_be_compared(ms: float, words: str) -> None:
    assert spell_ms(ms) == words
