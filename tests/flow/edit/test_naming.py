"""How things are called in sentences for people."""

from __future__ import annotations

import pytest

from ivr.flow.edit import naming
from ivr.flow.expression import compile
from ivr.flow.model import Branch, Destination
from ivr.flow.problems import Span
from tests.flow.edit.versions import OLD

FLOW = OLD.flows.flows["main"]


def way(*targets: str | tuple[str, str]) -> Destination:
    """A destination; a pair is a target with its condition."""
    place = Span("", 0, 0, 0, 0)
    pairs = [(target, None) if isinstance(target, str) else target for target in targets]
    return tuple(Branch(name, compile(when) if when else None, place) for name, when in pairs)


def test_steps_are_called_by_what_they_are() -> None:
    names = {name: naming.label(FLOW, step) for name, step in FLOW.steps.items()}
    assert names["welcome"] == "the greeting"
    assert names["main"] == "the main menu"
    assert names["look_up"] == "the step “look up”"
    other = OLD.flows.flows["other"]
    assert naming.label(other, other.steps["ask"]) == "the step “ask”"


@pytest.mark.parametrize(
    ("ways", "leads", "noun"),
    [
        (way("front_desk"), "leads to front desk", "front desk"),
        (way("hangup"), "ends the call", "the end of the call"),
        (way("repeat"), "says the same again", "the same words again"),
        (way("back"), "leads back to the menu before", "the menu before"),
        (way("start"), "starts over", "the beginning"),
        (way("/billing"), "leads to the flow billing", "the flow billing"),
        (
            way(("main", "hours.clinic.open"), "hangup"),
            "leads to main if “clinic” is open, else the end of the call",
            "main if “clinic” is open, else the end of the call",
        ),
        (None, "ends the call with a goodbye", "a goodbye and the end of the call"),
    ],
)
def test_a_way_is_told_as_verb_and_as_noun(ways: Destination | None, leads: str, noun: str) -> None:
    assert (naming.leads(ways), naming.noun(ways)) == (leads, noun)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("hours.clinic.open", "“clinic” is open"),
        ("not hours.front_desk.open", "“front desk” is closed"),
        ("call.language == 'es-US'", "the call is in Spanish"),
        ("call.language != 'es-US'", "the call is not in Spanish"),
        ("tries >= 3", "tries >= 3"),
    ],
)
def test_the_usual_conditions_are_told_in_words(source: str, said: str) -> None:
    assert naming.condition(compile(source)) == said


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (1_000, "1 second"),
        (1_500, "1.5 seconds"),
        (60_000, "1 minute"),
        (90_000, "90 seconds"),
        (150_000, "2 minutes 30 seconds"),
        (7_200_000, "2 hours"),
        (None, "any time"),
    ],
)
def test_lengths_of_time(ms: int | None, said: str) -> None:
    assert naming.duration(ms) == said


def test_of_two_amounts_the_second_goes_without_its_unit() -> None:
    assert naming.both("30 seconds", "25 seconds") == ("30 seconds", "25")
    assert naming.both("1 minute", "25 seconds") == ("1 minute", "25 seconds")
    assert naming.both("the flow a", "the flow b") == ("the flow a", "the flow b")


def test_long_texts_are_shown_around_their_difference() -> None:
    long = (
        "For our opening hours, press 1. To book an appointment, press 2. To speak to us, press 0."
    )
    was, now = naming.excerpts(long, long.replace("press 2", "please press 2"))
    assert was == "“… To book an appointment, press 2. To speak …”"
    assert now == "“… To book an appointment, please press 2. To speak …”"
    assert naming.excerpts("One.", "Two.") == ("“One.”", "“Two.”")


def test_values_are_told_in_few_characters() -> None:
    assert naming.value({"a": [1, True], "": "MapOf"}) == "a: 1, yes"
    assert naming.value([]) == naming.value("") == naming.value(None) == "nothing"
    assert len(naming.value("x" * 1_000)) == naming.SHOWN_CHARS_MAX


def test_sentences_begin_large_and_end_once() -> None:
    assert naming.sentence("it now rings") == "It now rings."
    assert naming.sentence("Done.") == "Done."
    assert naming.listed(["a", "b", "c"]) == "a, b and c"
    assert naming.ordinal(3) == "third"
    assert naming.ordinal(10) == "10th"
