"""The pages of the kinds that bring callers to people, or keep what they say."""

from __future__ import annotations

from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Duration,
    Field,
    Flag,
    ListOf,
    OneOf,
    Outcome,
    Page,
    Word,
)

_OTHERWISE = Outcome(
    "otherwise", "For every outcome without a destination of its own.", failure=True
)
_ADDRESS = Word(
    "`sip:…`, `client:…`, `conference:…`",
    r"(sip:\S+@\S+|(client|conference):[A-Za-z0-9_.-]{1,100})",
)

TRANSFER = Page(
    name="transfer",
    about="Connects the caller to somebody, and comes back with how it went.",
    value=Field(
        "transfer",
        ListOf(OneOf((_ADDRESS, Any.NUMBER)), most=10),
        "Whom to ring: a number, a name from `numbers`, `sip:…`, `client:…`, a room "
        "(`conference:…`), or a list tried in order.",
        needed=True,
        example="front_desk",
    ),
    options=(
        Field("ring", Duration(5_000, 600_000), "How long it rings.", "25s", "40s"),
        Field(
            "caller_id",
            Any.NUMBER,
            "The number that is shown to whoever is rung.",
            "(the caller's own)",
            "front_desk",
        ),
        Field(
            "limit",
            Duration(10_000, 14_400_000),
            "How long the talk may last.",
            "(no limit)",
            "30m",
        ),
        Field(
            "whisper",
            Any.TEXT,
            "Said to whoever answers, before they are connected.",
            example="A caller from the website.",
        ),
        Field(
            "accept",
            Word("one key from 0 to 9", r"[0-9]", ("1",)),
            "The key they press to take the call, so that a private voicemail cannot swallow it.",
            "(none)",
            "1",
        ),
        Field(
            "hold",
            Any.FILE,
            "Music instead of the ringing tone, for carriers that can: with Twilio it rings.",
            "(ringing)",
            "music/soft-piano.wav",
        ),
        Field("together", Flag(), "Whether all of a list ring at once.", "no", "yes"),
        Field(
            "blind",
            Flag(),
            "Whether the call is handed over (SIP REFER) and does not come back.",
            "no",
            "yes",
        ),
        Field("record_talk", Flag(), "Whether the talk is recorded.", "no", "yes"),
    ),
    outcomes=(
        Outcome("done", "Somebody answered, and the talk is over. Without it the call ends."),
        Outcome("busy", "The line was engaged.", failure=True),
        Outcome("no_answer", "Nobody answered, or nobody pressed `accept`.", failure=True),
        Outcome("failed", "The number could not be reached.", failure=True),
        _OTHERWISE,
    ),
    goto="",
    example="""\
operator:
  say: Please hold while I connect you.
  transfer: front_desk
  ring: 25s
  otherwise: message
""",
)

QUEUE = Page(
    name="queue",
    about="Lets the caller wait until somebody is free.",
    value=Field(
        "queue", Word("a queue's name"), "The name of the queue.", needed=True, example="support"
    ),
    options=(
        Field("hold", Any.FILE, "Music for the wait.", "(soft music)", "music/soft-piano.wav"),
        Field(
            "limit",
            Duration(10_000, 7_200_000),
            "How long the caller waits; then `too_long`.",
            "(2h)",
            "10m",
        ),
    ),
    outcomes=(
        Outcome("done", "Somebody answered, and the talk is over. Without it the call ends."),
        Outcome("full", "No more callers fit into it.", failure=True),
        Outcome("too_long", "The caller waited as long as `limit`.", failure=True),
        Outcome("closed", "The queue takes nobody now.", failure=True),
        Outcome("failed", "It could not be joined.", failure=True),
        _OTHERWISE,
    ),
    goto="",
    example="""\
support:
  say: All our people are busy. Please stay on the line.
  queue: support
  limit: 10m
  otherwise: message
""",
)


_RECORDING = (
    Field("max", Duration(2_000, 600_000), "How long it may be.", "3m", "2m"),
    Field(
        "silence",
        Duration(1_000, 60_000),
        "How long the caller may be silent before it ends.",
        "5s",
        "4s",
    ),
    Field("beep", Flag(), "Whether a tone sounds first.", "yes", "no"),
    Field(
        "end_key",
        Word("one key: `pound`, `star` or a digit", r"([0-9*#]|star|pound)", ("pound", "star")),
        "The key that ends it.",
        "pound",
        "star",
    ),
    Field(
        "review",
        Flag(),
        "Whether the caller may hear it, send it, or say it again.",
        "no",
        "yes",
    ),
)
"""How a recording begins and ends."""

VOICEMAIL = Page(
    name="voicemail",
    about="Lets the caller leave a message. One who just hangs up has left it too.",
    value=Field(
        "voicemail",
        Word("a mailbox or an address"),
        "The mailbox; one that is an address is mailed too, where `mailboxes` in settings.yaml "
        "does not say otherwise.",
        needed=True,
        example="desk@example.com",
    ),
    options=(
        *_RECORDING,
        Field("transcribe", Flag(), "Whether it is also written down.", "no", "yes"),
    ),
    outcomes=(
        Outcome("done", "It was left. Without it the caller hears goodbye."),
        Outcome("empty", "Less than two seconds of it. Without it as `done`.", failure=True),
    ),
    goto="",
    example="""\
message:
  say: Please leave your name and number after the tone.
  voicemail: desk@example.com
  max: 2m
""",
)

RECORD = Page(
    name="record",
    about="Records what the caller says into a variable, and goes on.",
    value=Field(
        "record",
        Any.VARIABLE,
        "The variable, which then holds `{id, seconds}`.",
        needed=True,
        example="reason",
    ),
    options=_RECORDING,
    outcomes=(Outcome("empty", "Less than two seconds of it.", failure=True),),
    goto="Where the call goes with the recording.",
    example="""\
reason:
  say: Please say after the tone what it is about.
  record: reason
  max: 30s
  goto: operator
""",
)

RECORD_CALL = Page(
    name="record_call",
    about="Begins, pauses, goes on with or ends the recording of the whole call.",
    value=Field(
        "record_call",
        Choice(("start", "pause", "resume", "stop")),
        "What to do. While something sensitive is keyed the recording pauses by itself.",
        needed=True,
        example="start",
    ),
    options=(),
    outcomes=(),
    goto="What comes next.",
    example="""\
welcome:
  say: This call may be recorded.
  interrupt: no
  record_call: start
  goto: main
""",
)

SMS = Page(
    name="sms",
    about="Sends the caller, or somebody else, a text message.",
    value=Field(
        "sms", Any.NUMBER, "To whom; or an expression.", needed=True, example="${call.from}"
    ),
    options=(
        Field(
            "text",
            Any.TEXT,
            "What is sent, in the caller's language; 1,600 characters at most.",
            needed=True,
            example="Your code is ${code}.",
        ),
    ),
    outcomes=(Outcome("failed", "There is no number, or nobody takes the message.", failure=True),),
    goto="What comes next, as soon as the message is safely on its way.",
    example="""\
send_address:
  sms: ${call.from}
  text: We are at 12 River Street, Springfield.
  failed: say_address
  goto: goodbye
""",
)

SEND_KEYS = Page(
    name="send_keys",
    about="Plays the tones of keys into the call, for whoever listens at the other end.",
    value=Field(
        "send_keys",
        Word("up to 32 keys, like `'12w34#'`", r"[0-9*#wW\s-]{1,64}", ("'12w34#'",)),
        "The keys, in quotes; `w` waits half a second.",
        needed=True,
        example="'12w34#'",
    ),
    options=(),
    outcomes=(),
    goto="What comes next.",
    example="""\
extension:
  send_keys: '12w34#'
  goto: main
""",
)

TWIML = Page(
    name="twiml",
    about="The escape hatch: the carrier does what a document of its own language says.",
    value=Field(
        "twiml",
        Word("a document like `<Response>…</Response>`", r"\s*<[\s\S]*"),
        "The document. Values and `${secrets.name}` may be put in.",
        needed=True,
        example="<Response><Pause length='2'/></Response>",
    ),
    options=(),
    outcomes=(
        Outcome("done", "The document was done. Without it the call ends."),
        Outcome("failed", "The carrier could not do it.", failure=True),
        _OTHERWISE,
    ),
    goto="",
    example="""\
survey:
  say: Please stay on the line for one question.
  twiml: <Response><Pause length="2"/></Response>
  done: goodbye
  otherwise: goodbye
""",
)
