"""The pages of the kinds that ask the world outside, compute, or lead elsewhere."""

from __future__ import annotations

from dataclasses import replace

from ivr.flow.schema.shapes import (
    Any,
    Duration,
    Field,
    Flag,
    MapOf,
    Outcome,
    Page,
    Whole,
    Word,
)

VARIABLE = r"[a-z][a-z0-9_]{0,63}"


_SAVE = Field("save", Any.VARIABLE, "The variable that keeps what it returns.", example="found")
_WITH = Field("with", Any.VALUES, "What goes along with it.", example="{number: '${call.from}'}")
_HOLD = Field(
    "hold",
    Any.FILE,
    "What is played while the caller waits and nothing is being said.",
    "(a soft tone after a second)",
    "music/soft-piano.wav",
)
_FINISH = Field(
    "finish", Flag(), "Whether it is brought to its end when the caller hangs up.", "no", "yes"
)

HTTP = Page(
    name="http",
    about="Asks a service, and goes on with what it answers. Text beside it is said meanwhile.",
    value=Field(
        "http",
        Word(
            "a method and an address, like `GET https://…`",
            r"([Gg][Ee][Tt]|[Pp][Oo][Ss][Tt]|[Pp][Uu][Tt]|[Pp][Aa][Tt][Cc][Hh]"
            r"|[Dd][Ee][Ll][Ee][Tt][Ee])\s+\S[\s\S]*",
            ("GET ${settings.api}/", "POST ${settings.api}/"),
        ),
        "The method and the address. The host has to be among `allowed_hosts` of settings.yaml.",
        needed=True,
        example="GET ${settings.api}/patients/${patient_number}",
    ),
    options=(
        Field(
            "headers",
            MapOf("names of headers", r"[A-Za-z0-9-]{1,64}", Word("a text")),
            "What is sent along; `${secrets.name}` is known here.",
            example="{Authorization: 'Bearer ${secrets.api}'}",
        ),
        Field(
            "query",
            Any.VALUES,
            "The fields behind the `?` of the address.",
            example="{from: '${call.from}'}",
        ),
        Field(
            "body",
            Any.VALUE,
            "What is sent, as JSON; not with GET.",
            example="{patient: '${patient_number}'}",
        ),
        Field(
            "timeout",
            Duration(100, 60_000),
            "How long the whole answer may take; then `error`.",
            "4s",
            "6s",
        ),
        Field(
            "retry",
            Whole(0, 3),
            "How often a GET is tried again to which no connection came about.",
            "1",
            "0",
        ),
        _HOLD,
        replace(
            _SAVE,
            about="The variable that keeps the answer: those of its fields that `example` has.",
        ),
        Field(
            "example",
            Any.VALUE,
            "An answer as it may come. Tests use it, and only its fields are kept.",
            example="{name: Ana Gómez}",
        ),
        Field(
            "status",
            MapOf("status codes", r"[2-5][0-9][0-9]", Any.DESTINATION),
            "Where certain answers lead.",
            example="{409: taken}",
        ),
        Field(
            "ahead",
            Flag(),
            "Whether a GET may be asked while the caller still listens to the step before.",
            "no",
            "yes",
        ),
        _FINISH,
    ),
    outcomes=(
        Outcome("not_found", "The answer was 404. Without it that is `error`."),
        Outcome(
            "error",
            "Another status, no answer in time, one that is no JSON, or a host that is not "
            "allowed.",
            failure=True,
        ),
    ),
    goto="Where the call goes with a good answer (2xx).",
    example="""\
find_patient:
  say: One moment while I find your record.
  http: GET ${settings.api}/patients/${patient_number}
  save: found
  example: {name: Ana Gómez}
  not_found: unknown_patient
  error: operator
  goto: offer_slot
""",
    beside={"body": "POST ${settings.api}/x"},
)

DO = Page(
    name="do",
    about="Calls a Python function that the developers registered (`functions.py`), and goes on "
    "with what it says.",
    value=Field(
        "do",
        Word("the name of a registered function"),
        "The name of the function.",
        needed=True,
        example="schedule_callback",
    ),
    options=(
        replace(_WITH, about="What it is given, and nothing else of the call."),
        _SAVE,
        Field(
            "timeout",
            Duration(100, 60_000),
            "How long it may take; then `failed`.",
            "(its own limit)",
            "6s",
        ),
        _HOLD,
        Field(
            "example",
            Any.VALUE,
            "What it may return; tests use it.",
            example="{at: 2026-12-01T09:30}",
        ),
        _FINISH,
    ),
    outcomes=(
        Outcome(
            "failed",
            "It raised, took too long, or was given what it does not take.",
            failure=True,
        ),
        Outcome("otherwise", "For every outcome without a destination of its own."),
    ),
    goto="Where the call goes when it is done.",
    others="the outcomes that the function declares, each with its destination",
    example="""\
arrange_call_back:
  do: schedule_callback
  with: {number: "${call.from}"}
  failed: message
  goto: goodbye
""",
)

RUN = Page(
    name="run",
    about="Leads the caller through another flow, and goes on with the outcome it returns.",
    value=Field(
        "run",
        Word("the name of a flow"),
        "The flow: one with `returns`.",
        needed=True,
        example="identify",
    ),
    options=(
        replace(
            _WITH,
            about="What it is given; it reads that as `${inputs.name}`, and no other variable.",
        ),
        replace(_SAVE, about="The variable that keeps the value it returns."),
    ),
    outcomes=(Outcome("otherwise", "For every outcome without a destination of its own."),),
    goto="Where outcomes without a destination lead.",
    others="the outcomes in that flow's `returns`, each with its destination",
    example="""\
check:
  run: identify
  save: customer
  verified: balance
  otherwise: operator
""",
)

RETURN = Page(
    name="return",
    about="Ends this flow with an outcome, and goes on in the one that runs it.",
    value=Field(
        "return",
        Word("an outcome of returns"),
        "One of the flow's `returns`.",
        needed=True,
        example="verified",
    ),
    options=(Field("value", Any.VALUE, "What goes along with it.", "(nothing)", "${found}"),),
    outcomes=(),
    goto="",
    example="""\
verified:
  return: verified
  value: ${found}
""",
)

SET = Page(
    name="set",
    about="Gives variables values. All are computed before any is set.",
    value=Field(
        "set",
        MapOf("variables", rf"({VARIABLE}|call\.patience)", Any.VALUE),
        "Variables and their values. A value that is exactly one `${…}` keeps its type. "
        "`call.patience` (1 to 5) is how much more time than others this caller gets.",
        needed=True,
        example='{tries: "${tries + 1}"}',
    ),
    options=(),
    outcomes=(),
    goto="What comes next.",
    example="""\
count:
  set:
    times: ${times + 1}
  goto: main
""",
)

LANGUAGE = Page(
    name="language",
    about="Goes on in another language: voice, texts, formatters and the words for keys.",
    value=Field(
        "language",
        Any.LANGUAGE,
        "One of the flow's `languages`.",
        needed=True,
        example="es-US",
    ),
    options=(),
    outcomes=(),
    goto="What comes next.",
    example="""\
spanish:
  language: es-US
  goto: main
""",
)

EVENT = Page(
    name="event",
    about="Tells something to those who listen outside, for statistics or a webhook. Nothing "
    "answers.",
    value=Field("event", Word("an event's name"), "Its name.", needed=True, example="gave_up"),
    options=(_WITH,),
    outcomes=(),
    goto="What comes next, at once.",
    example="""\
gave_up:
  event: gave_up
  with: {why: "no slot"}
  goto: operator
""",
)
