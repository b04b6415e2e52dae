"""The top of a flow as shapes, and what files may hold that flows include.

What steps may hold is in ``kinds``, what the other files of a folder hold in ``outside`` and
``rehearsals``. A test holds all of them to their loaders.
"""

from __future__ import annotations

from ivr.flow.schema.kinds import PAGES
from ivr.flow.schema.questions import ONE_KEY
from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Duration,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Word,
)
from ivr.flow.schema.work import VARIABLE

LANGUAGE_CODE = r"[a-z]{2,3}(-[A-Z]{2})?"
_TIMES = ListOf(Word("times like `8:00-17:30`, or `closed`", like=("8:00-17:30", "closed")))
_VOICE = Field("voice", Word("a voice of settings.yaml"), "Who speaks it.", example="sarah")

_HOURS = MapOf(
    "days, dates and options",
    "",
    _TIMES,
    likely=(
        Field("mon-fri", _TIMES, "Several times a day with a comma.", example="8:00-17:30"),
        Field("sat", _TIMES, "On Saturdays.", example="9:00-12:00"),
        Field("sun", _TIMES, "On Sundays.", example="closed"),
        Field(
            "closed",
            ListOf(Word("a day, a range or a calendar", like=("us-holidays",))),
            "Days without opening: `2026-12-24`, `2026-12-24..2026-12-26`, `us-holidays`.",
            example="[us-holidays, 2026-12-24]",
        ),
        Field("force", Choice(("open", "closed")), "Open or closed now, whatever the clock says."),
        Field("reason", Word("a text"), "Why it is forced, for people."),
        Field("timezone", Word("a time zone"), "Another clock than the flow's."),
    ),
)


def _defaults() -> Record:
    """The options and outcomes of every kind, and what counts for several."""
    kinds = []
    for page in PAGES.values():
        ways = tuple(Field(each.name, Any.DESTINATION, each.about) for each in page.outcomes)
        if page.options or ways:
            record = Record((*page.options, *ways))
            kinds.append(Field(page.name, record, f"For every `{page.name}` of this flow."))
    return Record(
        (
            *kinds,
            Field("fail", FAIL, "For every step that has this outcome and says nothing about it."),
            Field(
                "operator",
                Any.DESTINATION,
                "Who takes a call that cannot go on as written, where there is no `on_error`.",
            ),
            Field(
                "after_key",
                Duration(0, 5_000),
                "Silence after a key, for handsets with the keys in the ear-piece.",
                "0s",
                "300ms",
            ),
        )
    )


FAIL = OneOf(
    (
        Any.DESTINATION,
        Record(
            (
                Field("no_input", Any.DESTINATION, "After silence.", example="message"),
                Field("no_match", Any.DESTINATION, "After keys that did not fit.", example="main"),
            )
        ),
    )
)
"""What ``fail`` takes."""

_LANGUAGES = MapOf("languages, like `en-US`", LANGUAGE_CODE, Record((_VOICE,)))
_NUMBERS = MapOf("names", "", Any.NUMBER)
_TEXTS = MapOf("names", "", Any.TEXT)
_NAMES = ListOf(Word("a name", VARIABLE), most=50)

DEFINITIONS: tuple[Field, ...] = (
    Field(
        "include",
        ListOf(Word("a file like `shared/common.yaml`")),
        "Files whose definitions are shared: `numbers`, `hours`, `texts`, `anytime`, `defaults`, "
        "`languages`.",
        example="[shared/common.yaml]",
    ),
    Field(
        "languages",
        _LANGUAGES,
        "The languages with their voices. Every call starts in the first one.",
        example="{en-US: {voice: sarah}, es-US: {voice: mateo}}",
    ),
    Field(
        "hours",
        MapOf("names", "", _HOURS),
        "Opening hours by name; `hours.name.open` asks whether it is open, and `${hours.name | "
        "hours}` says them.",
        example="{clinic: {mon-fri: 8:00-17:30, closed: [us-holidays]}}",
    ),
    Field(
        "numbers",
        _NUMBERS,
        "Names for telephone numbers, with plus and country code.",
        example="{front_desk: +13125550123}",
    ),
    Field("texts", _TEXTS, "Texts by name, said as `${texts.name}`.", example="{bye: Goodbye.}"),
    Field(
        "anytime",
        MapOf("single keys", ONE_KEY, Any.DESTINATION),
        "Keys that work in every menu. A menu's own choice for the key comes first.",
        example="{0: operator, star: repeat}",
    ),
    Field(
        "defaults",
        _defaults(),
        "Options for all steps of a kind that do not say otherwise.",
        example="{menu: {tries: 2}, fail: operator}",
    ),
)
"""What may stand in a file that others include."""

STEPS = "steps"

FLOW: tuple[Field, ...] = (
    Field("ivr", Choice(("1",)), "The version of the language.", "1", "1"),
    Field("title", Word("a text"), "For people.", "(the name of the file)", "Front desk"),
    Field("description", Word("a text"), "For people.", example="Rings in the lobby."),
    *DEFINITIONS,
    Field(
        "language",
        Any.LANGUAGE,
        "The one language of the flow; for several there is `languages`.",
        "en-US",
        "en-US",
    ),
    Field(
        "voice",
        Word("a voice of settings.yaml"),
        "Who speaks, where there is one language.",
        "(the line's own voice)",
        "sarah",
    ),
    Field(
        "timezone",
        Word("a time zone", like=("America/Chicago", "America/New_York", "Europe/Madrid")),
        "The clock of opening hours and dates.",
        "UTC",
        "America/Chicago",
    ),
    Field(
        "inputs",
        _NAMES,
        "What the flow is given by whoever runs it, read as `${inputs.name}`.",
        example="[card]",
    ),
    Field(
        "returns",
        _NAMES,
        "The outcomes of a flow that others `run`. Such a flow answers no calls itself.",
        example="[verified, gave_up]",
    ),
    Field(
        "vars",
        MapOf("variables", VARIABLE, Any.VALUE),
        "Variables and their first values.",
        example="{pin_tries: 0}",
    ),
    Field(
        "limits",
        Record(
            (
                Field(
                    "call",
                    Duration(60_000, 14_400_000),
                    "The longest call; the time of a transfer does not count.",
                    "30m",
                    "15m",
                ),
            )
        ),
        "How long a call may last.",
        example="{call: 15m}",
    ),
    Field("start", Word("a step's name"), "Where calls begin.", "(the first step)", "main"),
    Field(
        "on_error",
        Any.DESTINATION,
        "Where a call goes that cannot go on as written.",
        "(an apology, and the end)",
        "operator",
    ),
    Field(
        "on_hangup",
        Any.DESTINATION,
        "Steps that are done when the caller is gone, without audio, for 10 seconds at most.",
        "(nothing)",
        "tidy_up",
    ),
    Field(
        STEPS,
        MapOf("steps", "", Any.VALUE),
        "The steps by name. A call begins at the first one.",
        needed=True,
    ),
)
"""What stands at the top of a flow."""
