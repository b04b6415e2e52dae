"""Vendor faults on the shipped flows: no call lost, the right words once, never 1.2 s of nothing.

Every script is rung without faults in every state of takes; then some of the faults, spread evenly
over all there are. ``python -m tests.simulation.shipped_faults`` rings them all.
"""

from __future__ import annotations

import pytest

from ivr.audio.mulaw import SILENCE
from tests.simulation.shipped_faults import FIRST, SCENES, Scene, cases, check
from tests.simulation.shipped_line import EVERYTHING, NOTHING, SCRIPTS, STATES, Script, ring
from tests.simulation.shipped_words import Lexicon, Run, take_off

STEP = 71
"""Of so many cases one is rung here."""
SOME = [scene for number, scene in enumerate(SCENES) if number % 4 == 0]


@pytest.mark.parametrize("scene", SOME, ids=str)
def test_the_caller_hears_the_right_words_once_wherever_it_strikes(scene: Scene) -> None:
    start = SOME.index(scene) * 23 % STEP
    for case in cases(scene)[start::STEP]:
        check(scene, case)


@pytest.mark.parametrize("chunk", [1, 5])
def test_nothing_is_said_to_a_vendor_behind_a_goodbye(chunk: int) -> None:
    heard = ring(SCRIPTS[2], NOTHING, f"stall:socket=3,context=1,chunk={chunk}")
    assert heard.outcome == SCRIPTS[2].outcome
    heard.right()


@pytest.mark.parametrize("fault", ["half_open", "quota", "handshake_timeout"])
@pytest.mark.parametrize("script", SCRIPTS[1:3], ids=lambda script: str(script.name))
def test_a_vendor_that_stays_as_bad_as_it_is(script: Script, fault: str) -> None:
    ring(script, NOTHING, fault, "http_timeout").right()


PERSONAL = ("Ana Gómez", "Robin Vale", "December", "diciembre", "dollars")
"""Of what the shipped flows say of answers, whatever they are."""


def test_with_all_takes_the_vendor_says_only_what_differs_from_call_to_call() -> None:
    for script in SCRIPTS[:-1]:
        heard = ring(script, EVERYTHING).right()
        said = ["".join(said.texts) for asked in heard.vendor.requests for said in asked.said]
        assert all(any(value in text for value in PERSONAL) for text in said)
        assert bool(said) == (script.name in ("number", "número", "bank"))


def test_what_is_personal_is_made_while_the_caller_listens() -> None:
    heard = ring(SCRIPTS[-1], STATES[2]).right()
    sources = [entry["source"] for entry in heard.told("first_byte") if entry["source"] != "take"]
    assert sources == ["ahead"] * len(sources)
    assert len(sources) == 4


# --------------------------------------------------------------------------- the ear itself

TEXT = "press 1 1 now"
LEXICON = Lexicon([TEXT])
WHOLE = LEXICON.audio(TEXT)


@pytest.mark.parametrize("take", [True, False])
@pytest.mark.parametrize("local", [True, False])
def test_words_are_read_back_however_loud(local: bool, take: bool) -> None:
    audio = SILENCE * 900 + LEXICON.audio(TEXT, local=local, take=take) + SILENCE * 77
    runs = LEXICON.read(audio)
    assert [(run.word, round(run.ms / 100), run.local) for run in runs] == [
        ("press", 1, local),
        ("1", 2, local),
        ("now", 1, local),
    ]
    assert take_off(TEXT, runs, 0) == local
    assert runs == []


@pytest.mark.parametrize(
    ("audio", "falls", "stopped"),
    [
        (WHOLE[800:], 0, False),
        (WHOLE[:-300], 0, False),
        (WHOLE[:800] + WHOLE, 1, False),
        (WHOLE[:1600] + WHOLE[2400:], 0, False),
        (WHOLE[:1200] + LEXICON.audio("1 1 now", local=True), 0, False),
        (WHOLE[:800] + WHOLE[2400:] + WHOLE[800:2400], 1, False),
        (b"", 0, True),
    ],
)
def test_the_ear_misses_nothing(audio: bytes, falls: int, stopped: bool) -> None:
    with pytest.raises(AssertionError):
        take_off(TEXT, LEXICON.read(audio), falls, stopped=stopped)


def test_the_ear_takes_a_change_of_voice_within_a_word_and_a_text_that_was_stopped() -> None:
    rest = LEXICON.audio("1 1 now", local=True)
    assert take_off(TEXT, LEXICON.read(WHOLE[:1200] + rest), 1)
    assert not take_off(TEXT, LEXICON.read(WHOLE[:1200]), 0, stopped=True)


def test_noise_is_no_word() -> None:
    with pytest.raises(AssertionError):
        LEXICON.read(WHOLE[:800] + bytes([0x20]) * 400 + WHOLE[800:])
    assert LEXICON.read(WHOLE[:800]) == [Run("press", 100.0, local=False)]


def test_a_silence_that_is_too_long_is_found() -> None:
    heard = ring(FIRST.script, FIRST.built).right()
    heard.carriers[0][0].started_at -= 1.3
    with pytest.raises(AssertionError, match="of nothing"):
        heard.right()
