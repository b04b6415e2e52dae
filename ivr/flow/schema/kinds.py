"""The pages of all kinds, in the order of the loader's own table, and what all actions share.

A test holds this table to :data:`ivr.flow.steps.KINDS`: the same kinds, options and outcomes, and
for every field the same values taken and refused, and the same default.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow.schema import people, questions, work
from ivr.flow.schema.shapes import Any, Duration, Field, Flag, ListOf, Page, Word
from ivr.flow.steps import KINDS

_PAGES = (
    questions.MENU,
    questions.ASK,
    people.VOICEMAIL,
    people.TRANSFER,
    work.HTTP,
    work.SET,
    work.RUN,
    work.RETURN,
    work.LANGUAGE,
    people.RECORD,
    people.RECORD_CALL,
    people.QUEUE,
    work.DO,
    people.SMS,
    people.SEND_KEYS,
    work.EVENT,
    people.TWIML,
)
PAGES: Mapping[str, Page] = {page.name: page for page in _PAGES}
"""By kind."""
assert PAGES.keys() == KINDS.keys(), "a kind without a page: write one"

FAILURES: Mapping[str, frozenset[str]] = {
    page.name: frozenset(outcome.name for outcome in page.outcomes if outcome.failure)
    for page in _PAGES
}
"""By kind: the outcomes that are no answer."""

ACTION: tuple[Field, ...] = (
    Field("say", Any.TEXT, "What the caller hears.", example="Welcome to the clinic."),
    Field("play", Any.FILE, "A recorded prompt.", example="music/soft-piano.wav"),
    Field("pause", Duration(20, 10_000), "Silence on purpose.", example="500ms"),
    Field(
        "interrupt",
        Flag(),
        "Whether a key stops the text. `no` is for notices that have to be heard.",
        "yes",
        "no",
    ),
    Field(
        "voice",
        Word("a voice of settings.yaml"),
        "Who says it.",
        "(the voice of the language)",
        "sarah",
    ),
    Field(
        "whole",
        Flag(),
        "Whether a text with values is spoken in one go: smoother, and later.",
        "no",
        "yes",
    ),
    Field("goto", Any.DESTINATION, "Where the call goes next.", example="main"),
    Field(
        "if",
        Any.CONDITION,
        "The action is skipped unless this holds.",
        example="call.language == 'es-US'",
    ),
    Field("fresh", Flag(), "Whether keys typed ahead are forgotten first.", "no", "yes"),
    Field(
        "budget",
        Duration(20, 10_000),
        "The longest a caller may wait for the first sound of this step; tests and the checker "
        "hold it.",
        "(none)",
        "150ms",
    ),
    Field("tag", Word("a word"), "For statistics.", example="billing"),
    Field("note", Word("a text"), "For people who read the flow.", example="Asked for by sales."),
    Field(
        "was",
        ListOf(Word("a step's name")),
        "Earlier names of the step, so that statistics and comparisons follow it.",
        example="[front]",
    ),
)
"""The keys every action may have."""
