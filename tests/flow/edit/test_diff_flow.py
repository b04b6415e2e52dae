"""What is told of a flow as a whole: what stands above its steps, and which steps are which."""

# ruff: noqa: E501 (sentences are told in one line)

from __future__ import annotations

import pytest

from tests.flow.edit.versions import changes, told

ROWS = [
    (
        "main.yaml",
        "America/New_York",
        "America/Chicago",
        ["The clock of this flow is now America/Chicago (before America/New_York)."],
    ),
    (
        "main.yaml",
        "call: 20m",
        "call: 10m",
        ["A call may now last 10 minutes (before 20 minutes)."],
    ),
    (
        "main.yaml",
        "0: desk",
        "0: message",
        ["Pressing 0 in any menu now leads to message (before: desk)."],
    ),
    (
        "main.yaml",
        "0: desk",
        "star: repeat",
        [
            "Pressing star in any menu now says the same again (before: nothing).",
            "Pressing 0 in any menu no longer does anything (before: desk).",
        ],
    ),
    (
        "main.yaml",
        "on_error: message\n",
        "on_hangup: settle\n",
        [
            "A caller's hanging up now leads to settle (before: nothing more).",
            "A technical problem now leads to the line's own apology (before: message).",
        ],
    ),
    (
        "main.yaml",
        "on_error: message\n",
        "on_error: message\ndefaults: {operator: desk, after_key: 300ms}\n",
        [
            "The apology now leads to desk (before: the end of the call).",
            "After a key the line is now silent for 0.3 seconds (before 0 seconds).",
        ],
    ),
    ("main.yaml", "tries: 0", "tries: 1", ["The variable tries is now 1 at first (before 0)."]),
    (
        "main.yaml",
        "  tries: 0",
        "  seen: no",
        ["The variable seen is new, at first no.", "The variable tries is gone."],
    ),
    (
        "main.yaml",
        "title: Line",
        "title: The line",
        ["Its title is now “The line” (before “Line”)."],
    ),
    (
        "main.yaml",
        "es-US: {voice: ben}",
        "es-US: {voice: ana}",
        ["Spanish is now spoken by the voice ana (before ben)."],
    ),
    (
        "main.yaml",
        "es-US: {voice: ben}",
        "es-US: {voice: ben}\n  fr-FR: {voice: ben}",
        ["Callers can now be served in French, by the voice ben."],
    ),
    (
        "main.yaml",
        "  en-US: {voice: ana}\n  es-US: {voice: ben}",
        "  es-US: {voice: ben}\n  en-US: {voice: ana}",
        ["Calls now begin in Spanish (before: English)."],
    ),
    (
        "main.yaml",
        "desk: +12125550111",
        "desk: +12125550119",
        ["The transfer to desk now rings +12125550119 (before +12125550111)."],
    ),
    (
        "main.yaml",
        "spare: +12125550113",
        "spare: +12125550119",
        ["The number called spare is now +12125550119 (before +12125550113)."],
    ),
    (
        "main.yaml",
        "  spare: +12125550113\n",
        "  spare: +12125550113\n  shop: +12125550119\n",
        ["The number called shop is new: +12125550119."],
    ),
    (
        "main.yaml",
        "steps:\n",
        "start: main\nsteps:\n",
        ["Calls now begin with the step main (before: welcome)."],
    ),
    (
        "main.yaml",
        "  bye:\n",
        "  shop:\n    say: The shop.\n    transfer: [spare, sales]\n    otherwise: bye\n\n  bye:\n",
        [
            "New step “shop”: it says “The shop.” and rings spare (+12125550113) and sales (+12125550112); a call nobody takes leads to bye."
        ],
    ),
    (
        "main.yaml",
        "mon-fri: 9:00-17:00",
        "mon-fri: 9:00-16:00",
        ["Opening hours: Monday to Friday close at 16:00 (before 17:00)."],
    ),
    (
        "main.yaml",
        "  desk:\n    mon-fri: 9:00-17:00",
        "  shop:\n    mon-fri: 9:00-17:00\n  desk:\n    mon-fri: 9:00-17:00",
        ["Opening hours “shop” are new."],
    ),
    (
        "other.yaml",
        "returns: [done, gave_up]\ninputs: [who]",
        "returns: [done, gave_up, late]\ninputs: [who, when]",
        [
            "It now is given who, when (before who).",
            "It now may return done, gave_up, late (before done, gave_up).",
        ],
    ),
    (
        "other.yaml",
        "return: done",
        "return: gave_up",
        ["The step “ask” now ends the flow as gave up (before done)."],
    ),
    ("other.yaml", "value: one", "value: two", ["The step “ask” now gives back two (before one)."]),
]


@pytest.mark.parametrize(("file", "before", "after", "sentences"), ROWS)
def test_a_change_above_the_steps_is_told(
    file: str, before: str, after: str, sentences: list[str]
) -> None:
    assert told(file, before, after) == sentences


def test_a_step_that_was_renamed_is_no_new_step_and_its_ways_are_the_same() -> None:
    renamed = (
        "main.yaml",
        "    1: desk",
        "    1: people",
        "\n  desk:\n    say:",
        "\n  people:\n    say:",
    )
    rest = (
        "0: desk",
        "0: people",
        "done: settle\n    otherwise: desk",
        "done: settle\n    otherwise: people",
    )
    found = told(*renamed, *rest)
    assert found[-1] == "The step “desk” is now called “people”."
    assert not [each for each in found if "new step" in each.lower() or "pressing" in each]


def test_a_step_that_says_what_it_was_is_taken_for_that_one() -> None:
    edits = (
        "  bye:\n    say: Goodbye.\n    goto: hangup",
        "  end:\n    was: bye\n    queue: last\n    otherwise: desk",
    )
    ways = ("done: bye\n    empty: bye", "done: end\n    empty: end")
    assert told("main.yaml", *edits, *ways) == [
        "The step “end” now lets callers wait in the queue last (before: it ends the call); not getting through leads to desk.",
        "The step “end” no longer says “Goodbye.”.",
        "The step “bye” is now called “end”.",
    ]


def test_a_step_that_is_quite_another_is_new_and_the_old_one_is_gone() -> None:
    edits = (
        "  bye:\n    say: Goodbye.\n    goto: hangup",
        "  shop:\n    queue: shop\n    otherwise: desk",
    )
    ways = ("done: bye\n    empty: bye", "done: shop\n    empty: shop")
    assert told("main.yaml", *edits, *ways) == [
        "In the step “message”, a message now leads to shop (before: bye).",
        "In the step “message”, leaving no message now leads to shop (before: bye).",
        "New step “shop”: it lets callers wait in the queue shop; not getting through leads to desk.",
        "The step “bye” is gone, the one that says “Goodbye.” and ends the call.",
    ]


def test_where_callers_end_up_comes_before_what_they_hear_and_that_before_what_they_cannot_notice() -> (
    None
):
    found = changes(
        "main.yaml",
        "title: Line",
        "title: A line",
        "Welcome to the line.",
        "Welcome.",
        "ring: 20s",
        "ring: 25s",
        "1: desk",
        "1: message",
    )
    assert [change.weight.name for change in found] == ["WAYS", "BEHAVIOUR", "WORDING", "INSIDE"]
