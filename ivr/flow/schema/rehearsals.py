"""The files of flow tests as shapes (LANGUAGE.md part D). Read by :mod:`ivr.rehearsal.read`."""

from __future__ import annotations

from ivr.flow.schema.shapes import Any, Field, ListOf, MapOf, OneOf, Record, Shape, Word

_WORDS = OneOf((Word("words"), MapOf("languages", r"[a-z]{2,3}(-[A-Z]{2})?", Word("words"))))
_KEYS = Word("keys, like 1, star or 12345678")
_NOTHING = Word("nothing")

LINES: tuple[Field, ...] = (
    Field(
        "hears",
        _WORDS,
        "These words are spoken, in this order, from where the call is; `…` skips.",
        example="To book an appointment, press 2",
    ),
    Field(
        "hears_exactly", _WORDS, "A whole text, letter by letter.", example="Thank you. Goodbye."
    ),
    Field("never_hears", _WORDS, "Not spoken in the whole call.", example="emergency"),
    Field(
        "presses",
        OneOf(
            (
                _KEYS,
                Record(
                    (
                        Field("keys", _KEYS, "The keys.", needed=True, example="2"),
                        Field("after", Word("a time"), "How long after it.", example="1.5s"),
                    )
                ),
            )
        ),
        "The caller presses keys, the moment the last matched text starts.",
        example="2",
    ),
    Field("silent", _NOTHING, "The caller says nothing until the flow reacts."),
    Field("transferred", Word("whom to"), "The caller is connected.", example="front_desk"),
    Field("queued", Word("which queue"), "The caller is put into a queue.", example="support"),
    Field("records", Word("a time"), "The caller speaks so long after the tone.", example="12s"),
    Field(
        "requested",
        OneOf((Word("a request"), Any.VALUES)),
        "A service was asked this.",
        example="POST /appointments",
    ),
    Field("texted", OneOf((Word("to whom"), Any.VALUES)), "A text message was sent."),
    Field("told", OneOf((Word("an event"), Any.VALUES)), "An event was told.", example="gave_up"),
    Field("hangs_up", _NOTHING, "The caller hangs up."),
    Field("ended", Word("how"), "The call has ended.", example="hangup"),
    Field("took", Word("a time"), "How long it took so far.", example="less than 90s"),
    Field("call", Any.VALUES, "Fields of `call` are these.", example="{language: es-US}"),
    Field("vars", Any.VALUES, "Variables are these.", example="{tries: 2}"),
    Field("at_step", Word("a step"), "Where the call is.", example="main"),
    Field("as in", Word("a beginning of shared"), "Begins like that.", example="reaches the menu"),
)
"""What a line of a call may be."""

_CALL_LINES = ListOf(OneOf((Word("a line without a value"), Record(LINES))), alone=False)
_MOMENT = Word("a moment like 2026-11-23 10:15")

_CIRCUMSTANCES: tuple[Field, ...] = (
    Field("at", _MOMENT, "When, on the flow's own clock.", example="2026-11-23 10:15"),
    Field("from", Word("a number, or withheld"), "Who calls.", example="+13125550177"),
    Field("to", Word("a number"), "The number that is called.", example="+13125550100"),
    Field("language", Any.LANGUAGE, "The language the call starts in.", example="es-US"),
    Field("languages", ListOf(Any.LANGUAGE), "One call in each.", example="[en-US, es-US]"),
    Field(
        "answers",
        Any.VALUES,
        "What the world outside says; nothing ever goes out.",
        example="{transfer front_desk: busy}",
    ),
)

_CALL = Record(
    (
        *_CIRCUMSTANCES,
        Field(
            "each", ListOf(Any.VALUES, alone=False), "One call a row; `${name}` puts its values in."
        ),
        Field("steps", _CALL_LINES, "What happens, line by line.", needed=True),
    )
)

TESTS: tuple[Field, ...] = (
    Field("flow", Word("a flow's name"), "Which flow.", "(the name of the file)", "clinic"),
    *_CIRCUMSTANCES,
    Field(
        "shared",
        MapOf("names of beginnings", "", _CALL_LINES),
        "Beginnings that calls have in common: `- as in: name`.",
    ),
    Field(
        "calls",
        MapOf("what happens, in words", "", OneOf((_CALL_LINES, _CALL))),
        "The calls, each by what it shows.",
        needed=True,
    ),
)
"""What stands in a file of tests."""

SHAPE: Shape = Record(TESTS)
