"""The pages of ``menu`` and ``ask``, the kinds that wait for keys."""

from __future__ import annotations

from dataclasses import replace

from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Duration,
    Field,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Outcome,
    Page,
    Record,
    Whole,
    Word,
)

KEYS = r"([0-9*#]{1,6}|star|pound)"
ONE_KEY = r"([0-9*#]|star|pound)"
TYPES = ("digits", "pin", "card", "phone", "date", "time", "money", "number", "yes_no")

_LONG = Record(
    (
        Field("goto", Any.DESTINATION, "Where this choice leads.", needed=True, example="hours"),
        Field(
            "for",
            Any.BY_LANGUAGE,
            "What it is for. `${options}` in the text then says “For our opening hours, press 1.” "
            "in every language, so that text and choices cannot disagree.",
            example="our opening hours",
        ),
    )
)
CHOICE = OneOf((Any.DESTINATION, _LONG))


_ASKING = (
    Field(
        "tries",
        Whole(1, 10),
        "How often the caller is asked. Silence and wrong keys count together; after the last "
        "try the call goes where `fail` says.",
        "3",
        "2",
    ),
    Field(
        "wait",
        Duration(500, 120_000),
        "How long the caller may be silent once the text is over.",
        "5s",
        "7s",
    ),
    Field(
        "between_keys",
        Duration(300, 30_000),
        "How long the caller may take from one key to the next.",
        "3s",
        "4s",
    ),
    Field(
        "no_input",
        ListOf(Any.TEXT),
        "Said when the caller was silent, before the question comes again: one text, or one "
        "for the first time, one for the second …",
        "(the line's own words)",
        "I did not hear anything.",
    ),
    Field(
        "no_match",
        ListOf(Any.TEXT),
        "Said when the keys were none of those that are asked for.",
        "(the line's own words)",
        "That was not one of the choices.",
    ),
    Field(
        "repeat",
        Any.TEXT,
        "A shorter text, for callers who come back here or are asked again.",
        "(the whole text)",
        "Press 1 or 2.",
    ),
    Field(
        "type_ahead",
        Flag(),
        "Whether keys count that were pressed before the step was reached.",
        "yes",
        "no",
    ),
)
"""The options of every step that asks."""

_FAIL = Outcome(
    "fail",
    "After the last try; or a map `{no_input: step, no_match: step}`. Without it the caller hears "
    "goodbye.",
    failure=True,
)

MENU = Page(
    name="menu",
    about="One choice by key. Keys are `0` to `9`, `star`, `pound`, or several in a row.",
    value=Field(
        "menu",
        MapOf("0 to 9, star or pound, or several in a row", KEYS, CHOICE),
        "Where each key leads.",
        needed=True,
        example="{1: sales, star: repeat}",
    ),
    options=(
        *_ASKING,
        Field(
            "save",
            Any.VARIABLE,
            "The variable that keeps the key, as it is written here (`star`, not `*`).",
            example="chosen",
        ),
    ),
    outcomes=(_FAIL,),
    goto="",
    example="""\
main:
  say: For our opening hours, press 1. To speak with someone, press 0.
  menu:
    1: opening_hours
    0: operator
  fail: operator
""",
)

_NOT_YES_NO = tuple(name for name in TYPES if name != "yes_no")

ASK = Page(
    name="ask",
    about="An entry of several keys, put into a variable: a number, a date, an amount …",
    value=Field(
        "ask",
        Any.VARIABLE,
        "The variable that keeps the entry.",
        needed=True,
        example="patient_number",
    ),
    options=(
        Field("as", Choice(TYPES), "What is asked for.", "digits", "date"),
        Field(
            "digits",
            Word(
                "a number of digits, like `8` or `4-10`", r"[0-9]+(\s*-\s*[0-9]+)?", ("8", "4-10")
            ),
            "How many digits it has: `8`, or `4-10`, which `end_key` ends.",
            "(any number of them)",
            "8",
            types=("digits", "pin", "card"),
        ),
        Field(
            "check",
            Word("`luhn`, or an expression", like=("luhn",)),
            "What has to hold: `luhn` for a check digit, or an expression about the variable.",
            example="luhn",
            types=_NOT_YES_NO,
        ),
        Field(
            "starts_with",
            ListOf(Word("digits", r"[0-9]+")),
            "What it begins with, or one of several beginnings.",
            example="[4, 51]",
            types=("digits", "card"),
        ),
        Field(
            "min",
            Word("a number, a day, or one `${…}`", like=("today",)),
            "The least it may be: a number, a day like `2026-12-31`, `today + 7 days`, `${value}`.",
            example="1",
            types=("date", "money", "number"),
        ),
        Field(
            "max",
            Word("a number, a day, or one `${…}`", like=("today",)),
            "The most it may be, written like `min`.",
            example="100",
            types=("date", "money", "number"),
        ),
        Field(
            "format",
            Choice(("MMDDYYYY", "DDMMYYYY", "MMDDYY", "DDMMYY", "12", "24", "star", "cents")),
            "How it is keyed: the order of a date, the hours of a clock, an amount with star for "
            "the point or in cents.",
            "(as callers of the language do)",
            "MMDDYYYY",
            types=("date", "time", "money"),
        ),
        Field(
            "country",
            Word("a country like `US`", r"[A-Z]{2}", ("US", "ES", "GB", "MX")),
            "Where a telephone number without a country code is.",
            "(the country of the first language)",
            "US",
            types=("phone",),
        ),
        Field(
            "end_key",
            Choice(("pound", "#")),
            "The key that ends an entry of no fixed length. Star begins it again.",
            "pound",
            "pound",
            types=_NOT_YES_NO,
        ),
        Field(
            "confirm",
            OneOf((Choice(("yes", "no")), Any.TEXT)),
            "Said with the entry: 1 is right, 2 asks again. `yes` has the line say it in its own "
            "words.",
            "no",
            "I have ${patient_number | digits}. If that is right, press 1.",
            types=_NOT_YES_NO,
        ),
        Field(
            "sensitive",
            Flag(),
            "The keys are shown and stored nowhere, and a recording pauses meanwhile.",
            "no",
            "yes",
        ),
        *(replace(each, default="8s") if each.name == "wait" else each for each in _ASKING),
    ),
    outcomes=(_FAIL,),
    goto="Where the call goes with the entry.",
    example="""\
patient:
  say: Please enter your eight digit patient number.
  ask: patient_number
  digits: 8
  confirm: yes
  fail: operator
  goto: find_patient
""",
)
