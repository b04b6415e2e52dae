"""The files beside the flows as shapes: settings.yaml, numbers.yaml, translations."""

from __future__ import annotations

from ivr.flow.schema.folder import LANGUAGE_CODE
from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Field,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Shape,
    Word,
)

E164 = r"\+[1-9][0-9]{6,14}"
_PLAIN = Word("a plain value")
_SOCKETS = ("multi", "single", "http")

SETTINGS: tuple[Field, ...] = (
    Field(
        "voices",
        MapOf(
            "names of voices",
            "",
            MapOf(
                "options of the provider",
                "",
                Any.VALUE,
                likely=(
                    Field(
                        "provider",
                        Choice(("elevenlabs", "embedded", "tone")),
                        "Who makes the sound.",
                        example="elevenlabs",
                    ),
                    Field(
                        "like",
                        Word("a voice above"),
                        "Takes over every option of that voice but its `fallback`.",
                        example="sarah",
                    ),
                    Field(
                        "fallback",
                        ListOf(Word("a voice's name")),
                        "Who goes on, in this order, where this voice fails.",
                        example="[embedded]",
                    ),
                    Field(
                        "voice_id",
                        _PLAIN,
                        "The vendor's name of the voice.",
                        example="EXAVITQu4vr4xnSDxMaL",
                    ),
                    Field("model", _PLAIN, "The vendor's model.", example="eleven_flash_v2_5"),
                    Field(
                        "format",
                        _PLAIN,
                        "What the vendor sends; `ulaw_8000` is passed on untouched.",
                        "ulaw_8000",
                        "ulaw_8000",
                    ),
                    Field(
                        "socket",
                        Choice(_SOCKETS),
                        "How it is asked: many texts on one warm socket, one each, or by HTTP.",
                        "multi",
                        "http",
                    ),
                    Field("speaker", _PLAIN, "The speaker of the embedded voice."),
                    Field("speed", _PLAIN, "How fast the embedded voice speaks.", "1.0", "1.1"),
                ),
            ),
        ),
        "The voices that flows name. `embedded` is always there.",
        example="{sarah: {provider: elevenlabs, voice_id: EXAVITQu4vr4xnSDxMaL}}",
    ),
    Field(
        "allowed_hosts",
        ListOf(
            Word(
                "a host like `api.example.com`",
                r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?",
            )
        ),
        "Whom `http` steps may ask.",
        example="[api.northside.example]",
    ),
    Field(
        "mailboxes",
        MapOf(
            "names or addresses",
            r"[A-Za-z0-9._+-]+(@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)?",
            Record(
                (
                    Field(
                        "keep",
                        Word("a number of days", r"[0-9]{1,5}d", ("90d",)),
                        "How long messages are kept.",
                        "90d",
                        "30d",
                    ),
                    Field(
                        "mail",
                        Flag(),
                        "Whether each is mailed to the address.",
                        "(yes for an address)",
                        "no",
                    ),
                )
            ),
        ),
        "Where voicemails are kept.",
        example="{desk@example.com: {keep: 30d, mail: yes}}",
    ),
    Field(
        "events",
        ListOf(Word("an address like https://example.com/ivr", r"(https?://|\$\{).*")),
        "Who is told what `event` steps tell, signed with IVR_EVENTS_SECRET.",
        example="[https://example.com/ivr]",
    ),
    Field(
        "events",
        ListOf(
            Word("an address like `https://example.com/ivr`", r"(https?://\S+|\$\{env\.\w+\})"),
            most=10,
        ),
        "Who is told what `event` steps tell.",
        example="[https://example.com/ivr]",
    ),
    Field(
        "emergency",
        Record(
            (
                Field(
                    "say",
                    MapOf("languages", LANGUAGE_CODE, Word("a text")),
                    "What callers are told, by language.",
                    example="{en: We are sorry. Please call again later.}",
                ),
                Field(
                    "operator",
                    Word("a number like `+13125550123`", E164),
                    "Who is rung then.",
                    example="+13125550123",
                ),
            )
        ),
        "When the line itself is in trouble.",
        example="{operator: +13125550123}",
    ),
    Field(
        "environments",
        MapOf("names of environments", "", Any.VALUES),
        "What `${settings.name}` is, in each environment (`IVR_ENV`, default `dev`).",
        example="{dev: {api: http://127.0.0.1:9000}}",
    ),
)
"""What stands in settings.yaml."""

NUMBERS: Shape = MapOf(
    "called numbers, or default",
    # An editor reads the key +13125550100 as a number, and gives it without its plus.
    r"(\+?[1-9][0-9]{6,14}|default)",
    OneOf(
        (
            Word("a flow's name"),
            Record(
                (
                    Field(
                        "flow", Word("a flow's name"), "Who answers.", needed=True, example="clinic"
                    ),
                    Field("language", Any.LANGUAGE, "The language it starts in.", example="es-US"),
                    Field(
                        "settings",
                        Any.VALUES,
                        "What differs from `settings` for calls to this number.",
                        example="{town: Shelbyville}",
                    ),
                )
            ),
        )
    ),
    likely=(Field("default", Word("a flow's name"), "Takes every other number."),),
)
"""What numbers.yaml is."""

TRANSLATION: Shape = MapOf("places of texts, like main.say", "", Word("a text"))
"""What a file like ``texts/clinic.es.yaml`` is."""
