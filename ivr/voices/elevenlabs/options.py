"""The options of an ElevenLabs voice in settings.yaml, checked and frozen.

Pure: nothing is asked of the vendor, no file or variable is read. Whatever the vendor would refuse
in the middle of a call is refused here, in one sentence that says what to use instead. Used by
``voice`` (and so by ``ivr check``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from ivr.errors import SettingsError
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs.models import (
    CALL_FORMATS,
    DEFAULT_FORMAT,
    DEFAULT_MODEL,
    DIALOGUE_ONLY,
    MODELS,
    OTHER_FORMATS,
    REGIONS,
    REMOVED,
    Model,
    short,
)
from ivr.voices.options import among, plain, refuse_unknown, switch, whole, within, word, wrong

Socket = Literal["multi", "single", "http"]
SOCKETS = ("multi", "single", "http")
NORMALIZATIONS = ("auto", "on", "off")
INACTIVITY_SECONDS_MIN, INACTIVITY_SECONDS_MAX = 20, 180
"""The vendor's default, and the most it takes."""
DICTIONARIES_MAX = 3
SCHEDULE_STEPS_MAX = 10
SCHEDULE_CHARS_MIN, SCHEDULE_CHARS_MAX = 50, 500
SEED_MAX = 4_294_967_295
SPEED_MIN, SPEED_MAX = 0.7, 1.2
LATENCY_MAX = 4

OPTIONS = frozenset(
    {
        *("voice_id", "model", "format", "settings", "socket", "auto_mode", "latency", "seed"),
        *("chunk_length_schedule", "language_code", "normalization", "pronunciation_dictionaries"),
        *("inactivity_timeout", "ssml", "logging", "region", "base_url"),
        *("concurrency", "ahead_per_hour"),
    }
)
SETTINGS = {
    "stability": (0.0, 1.0),
    "similarity_boost": (0.0, 1.0),
    "style": (0.0, 1.0),
    "speed": (SPEED_MIN, SPEED_MAX),
}
SPEAKER_BOOST = "use_speaker_boost"
CONCURRENCY = 4
"""What the smallest plan allows with a Flash model."""
CONCURRENCY_MAX = 1_000
AHEAD_PER_HOUR = 20_000
AHEAD_PER_HOUR_MAX = 100_000_000
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_VOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DICTIONARY = re.compile(r"([A-Za-z0-9_-]{1,64}):([A-Za-z0-9_-]{1,64})")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an ElevenLabs voice was told, and nothing secret."""

    voice_id: str
    model: str = DEFAULT_MODEL
    format: str = DEFAULT_FORMAT
    settings: tuple[tuple[str, float | bool], ...] = ()
    """Only what was written; the rest is as the voice was stored."""
    socket: Socket = "multi"
    auto_mode: bool = True
    schedule: tuple[int, ...] = ()
    """Characters before the first, second … generation; not with ``auto_mode``."""
    latency: int | None = None
    language_code: str | None = "auto"
    """``auto``: that of each text; None: never said; otherwise always this one."""
    normalization: str = "auto"
    dictionaries: tuple[tuple[str, str], ...] = ()
    """Id and version."""
    seed: int | None = None
    ahead_per_hour: int = AHEAD_PER_HOUR
    """Characters made ahead of callers, who may not want them; 0 makes nothing ahead."""
    concurrency: int = CONCURRENCY
    """Requests at once the plan allows. Callers never wait for it; what is made ahead does."""
    inactivity_seconds: int = INACTIVITY_SECONDS_MAX
    ssml: bool = False
    logging: bool = True
    base_url: str = REGIONS["global"]
    remarks: tuple[str, ...] = ()
    """What works, and should be known; each one sentence."""

    @property
    def traits(self) -> Model:
        """What its model takes."""
        return MODELS[self.model]

    def language(self, language: str) -> str | None:
        """The ``language_code`` to send for a text of this language."""
        if not self.traits.takes_language or self.language_code is None:
            return None
        return short(language) if self.language_code == "auto" else self.language_code

    def speaks(self, language: str) -> bool:
        """Whether its model knows a language (``en-US``)."""
        known = self.traits.languages
        return known is None or short(language) in known

    @property
    def key(self) -> str:
        """Everything that shapes the sound beside text and language. How it is asked for does not,
        but for a server that only speaks like the vendor."""
        host = urlsplit(self.base_url).hostname or ""
        parts = {
            "voice": self.voice_id,
            "model": self.model,
            "format": self.format,
            "settings": ",".join(f"{name}={value}" for name, value in self.settings),
            "normalization": self.normalization,
            "dictionaries": ",".join(":".join(each) for each in self.dictionaries),
            "schedule": ",".join(map(str, self.schedule)),
            "auto": self.auto_mode,
            "latency": self.latency,
            "language": self.language_code,
            "seed": self.seed,
            "ssml": self.ssml,
            "at": "" if host.endswith(".elevenlabs.io") else host,
        }
        return "elevenlabs 1 " + " ".join(f"{name}={value}" for name, value in parts.items())


def read(spec: VoiceSpec, access: Access) -> Config:
    """The options of a settings entry; SettingsError for the first that cannot work.

    Of the key only that a request can carry it.
    """
    refuse_unknown(spec, OPTIONS)
    _carried(access.elevenlabs_key)
    socket = _choice(spec, "socket", SOCKETS, "multi")
    model = _model(spec, socket)
    traits = MODELS[model]
    auto_mode, schedule = _buffering(spec)
    ahead = _whole(spec, "ahead_per_hour", None, low=0, high=AHEAD_PER_HOUR_MAX)
    normalization = _choice(spec, "normalization", NORMALIZATIONS, "auto")
    logging = _switch(spec, "logging", True)
    return Config(
        voice_id=_voice_id(spec),
        model=model,
        format=_format(spec),
        settings=_settings(spec, model),
        socket=cast("Socket", socket),
        auto_mode=auto_mode,
        schedule=schedule,
        latency=_latency(spec, socket, model),
        language_code=_language_code(spec, model),
        normalization=normalization,
        dictionaries=_dictionaries(spec),
        seed=_whole(spec, "seed", None, low=0, high=SEED_MAX),
        ahead_per_hour=AHEAD_PER_HOUR if ahead is None else ahead,
        concurrency=_whole(spec, "concurrency", None, low=1, high=CONCURRENCY_MAX) or CONCURRENCY,
        inactivity_seconds=_whole(
            spec,
            "inactivity_timeout",
            INACTIVITY_SECONDS_MAX,
            low=INACTIVITY_SECONDS_MIN,
            high=INACTIVITY_SECONDS_MAX,
        )
        or INACTIVITY_SECONDS_MAX,
        ssml=_ssml(spec, model),
        logging=logging,
        base_url=_base_url(spec, access),
        remarks=tuple(_remarks(model, traits, normalization, logging)),
    )


def _carried(key: str | None) -> None:
    """Refuse a key that no request can carry, and never repeat it."""
    if key is not None and not (key.isascii() and key.isprintable()):
        raise SettingsError(
            "ELEVENLABS_API_KEY has a line break or a letter that is in no key; copy it again from "
            "elevenlabs.io → Developers → API keys"
        )


# --- one option each -----------------------------------------------------------------------------


def _voice_id(spec: VoiceSpec) -> str:
    voice_id = word(spec, "voice_id")
    if not voice_id:
        raise wrong(
            spec,
            "voice_id is missing; copy the ID of a voice from the ElevenLabs voice library, "
            "like voice_id: 21m00Tcm4TlvDq8ikWAM",
        )
    if _VOICE_ID.fullmatch(voice_id) is None:
        raise wrong(
            spec, f"voice_id is {voice_id!r}; it takes the voice's ID, which has letters and digits"
        )
    return voice_id


def _model(spec: VoiceSpec, socket: str) -> str:
    model = word(spec, "model") or DEFAULT_MODEL
    if model in REMOVED:
        raise wrong(
            spec, f"{model} was withdrawn by ElevenLabs on 2026-07-09; use {REMOVED[model]}"
        )
    if model in DIALOGUE_ONLY:
        raise wrong(
            spec,
            f"{model} speaks only over ElevenLabs' dialogue sockets, which cannot stop for a "
            f"caller's key; use {DEFAULT_MODEL}",
        )
    if model not in MODELS:
        raise wrong(spec, f"ElevenLabs has no model {among(model, MODELS)}")
    if socket != "http" and not MODELS[model].sockets:
        raise wrong(
            spec,
            f"{model} speaks over HTTP only; set socket: http, or use {DEFAULT_MODEL}, which "
            "begins to speak much sooner",
        )
    return model


def _format(spec: VoiceSpec) -> str:
    name = word(spec, "format") or DEFAULT_FORMAT
    if name in CALL_FORMATS:
        return name
    if name in OTHER_FORMATS:
        raise wrong(
            spec,
            f"{name} cannot be put on a call; use {DEFAULT_FORMAT}, which is what a call sends",
        )
    near = difflib.get_close_matches(name.lower(), OTHER_FORMATS | CALL_FORMATS.keys(), n=1)
    nearest = f"the nearest is {near[0]}; " if near else ""
    raise wrong(
        spec,
        f"ElevenLabs has no format {name!r}; {nearest}"
        f"on a call use {DEFAULT_FORMAT}, or one of: "
        + ", ".join(each for each in CALL_FORMATS if each != DEFAULT_FORMAT),
    )


def _settings(spec: VoiceSpec, model: str) -> tuple[tuple[str, float | bool], ...]:
    option = spec.options.get("settings")
    if option is None:
        return ()
    known = [*SETTINGS, SPEAKER_BOOST]
    if not isinstance(option, Mapping):
        raise wrong(spec, "settings takes a map, like settings: {stability: 0.5, speed: 1.0}")
    found: list[tuple[str, float | bool]] = []
    for name, value in option.items():
        place = f"settings.{name}"
        if name == SPEAKER_BOOST:
            found.append((name, switch(spec, place, value)))
        elif name in SETTINGS:
            low, high = SETTINGS[name]
            found.append((name, within(spec, place, value, low=low, high=high)))
        else:
            raise wrong(spec, f"settings has no {among(name, known)}")
        if name in ("style", "speed") and not MODELS[model].expressive_settings:
            raise wrong(spec, f"{model} takes no {place}; leave it out, or use {DEFAULT_MODEL}")
    return tuple(sorted(found))


def _buffering(spec: VoiceSpec) -> tuple[bool, tuple[int, ...]]:
    """``auto_mode`` and ``chunk_length_schedule``, which exclude each other."""
    written = spec.options.get("chunk_length_schedule")
    if written is None:
        return _switch(spec, "auto_mode", True), ()
    if "auto_mode" in spec.options and _switch(spec, "auto_mode", True):
        raise wrong(
            spec,
            "auto_mode: yes and chunk_length_schedule exclude each other; leave out "
            "chunk_length_schedule (whole sentences are sent, so auto_mode is quicker)",
        )
    steps = written if not isinstance(written, str | Mapping) else ()
    if not 1 <= len(steps) <= SCHEDULE_STEPS_MAX:
        raise wrong(
            spec,
            "chunk_length_schedule takes a list of characters, like "
            "chunk_length_schedule: [120, 160, 250, 290]",
        )
    low, high = SCHEDULE_CHARS_MIN, SCHEDULE_CHARS_MAX
    return False, tuple(
        whole(spec, "chunk_length_schedule", step, low=low, high=high) for step in steps
    )


def _latency(spec: VoiceSpec, socket: str, model: str) -> int | None:
    level = _whole(spec, "latency", None, low=0, high=LATENCY_MAX)
    if level is None:
        return None
    if socket != "http":
        raise wrong(
            spec,
            "latency is an option of ElevenLabs' HTTP endpoint only; leave it out (auto_mode makes "
            "sockets quick), or set socket: http",
        )
    if not MODELS[model].latency:
        raise wrong(spec, f"{model} takes no latency; leave it out, or use {DEFAULT_MODEL}")
    return level


def _language_code(spec: VoiceSpec, model: str) -> str | None:
    code = (word(spec, "language_code") or "auto").lower()
    if code == "auto":
        return code
    if code in ("none", "no", "off"):
        return None
    traits = MODELS[model]
    if not traits.takes_language:
        raise wrong(
            spec,
            f"{model} takes no language_code (it hears the language from the text); leave it out, "
            f"or use {DEFAULT_MODEL}",
        )
    if _LANGUAGE.fullmatch(code) is None:
        raise wrong(
            spec,
            f"language_code is {code!r}; it takes auto, none, or a code without a region, like es",
        )
    if traits.languages is not None and code not in traits.languages:
        raise wrong(spec, f"{model} does not speak the language {among(code, traits.languages)}")
    return code


def _dictionaries(spec: VoiceSpec) -> tuple[tuple[str, str], ...]:
    option = spec.options.get("pronunciation_dictionaries")
    if option is None:
        return ()
    entries = [option] if isinstance(option, str) else option
    if isinstance(entries, Mapping):
        raise wrong(
            spec, "pronunciation_dictionaries takes a list, like [rGj4Tx...:Kp2v...] (id:version)"
        )
    if len(entries) > DICTIONARIES_MAX:
        raise wrong(
            spec,
            f"pronunciation_dictionaries has {len(entries)}; ElevenLabs takes {DICTIONARIES_MAX}, "
            "so merge some",
        )
    found = []
    for entry in entries:
        match = _DICTIONARY.fullmatch(plain(spec, "pronunciation_dictionaries", entry))
        if match is None:
            raise wrong(
                spec,
                f"pronunciation_dictionaries has {entry!r}; write the dictionary's ID and its "
                "version's, like id:version",
            )
        found.append((match[1], match[2]))
    return tuple(found)


def _ssml(spec: VoiceSpec, model: str) -> bool:
    ssml = _switch(spec, "ssml", False)
    if ssml and not MODELS[model].expressive_settings:
        raise wrong(spec, f"{model} reads no SSML; leave out ssml, or use {DEFAULT_MODEL}")
    return ssml


def _base_url(spec: VoiceSpec, access: Access) -> str:
    """Where the vendor is: what the environment says, else the entry, else everybody's."""
    region, written = word(spec, "region"), word(spec, "base_url")
    if region is not None and written is not None:
        raise wrong(spec, "region and base_url exclude each other; leave one out")
    if region is not None and region not in REGIONS:
        raise wrong(spec, f"ElevenLabs has no region {among(region, REGIONS)}")
    if written is not None and _address(written) is None:
        raise wrong(
            spec,
            f"base_url is {written!r}; it takes an https address without a path, like "
            f"{REGIONS['global']}",
        )
    if access.elevenlabs_url is not None:
        address = _address(access.elevenlabs_url)
        if address is None:
            raise SettingsError(
                "ELEVENLABS_BASE_URL takes an https address without a path (http for this machine "
                f"only), like {REGIONS['global']}"
            )
        return address
    return (written and _address(written)) or REGIONS[region or "global"]


def _address(text: str) -> str | None:
    """The address without a slash at its end; None where a key must not be sent to it."""
    try:
        parts = urlsplit(text.rstrip("/").removesuffix("/v1"))
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.path or parts.query or parts.fragment or parts.username is not None:
        return None
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return parts.geturl()
    return None


def _remarks(model: str, traits: Model, normalization: str, logging: bool) -> list[str]:
    remarks = []
    if traits.instead is not None:
        remarks.append(f"{model} is deprecated by ElevenLabs and slower; use {traits.instead}")
    if normalization == "on" and not traits.normalizes_freely:
        remarks.append(f"normalization: on needs an Enterprise plan with {model}")
    if not logging:
        remarks.append("logging: no needs an Enterprise plan")
    return remarks


# --- what they are made of -----------------------------------------------------------------------


def _choice(spec: VoiceSpec, name: str, known: tuple[str, ...], default: str) -> str:
    value = word(spec, name)
    if value is None:
        return default
    if value not in known:
        raise wrong(spec, f"{name} is {value!r}; it takes {', '.join(known[:-1])} or {known[-1]}")
    return value


def _switch(spec: VoiceSpec, name: str, default: bool) -> bool:
    option: Option | None = spec.options.get(name)
    return default if option is None else switch(spec, name, option)


def _whole(spec: VoiceSpec, name: str, default: int | None, *, low: int, high: int) -> int | None:
    option = spec.options.get(name)
    return default if option is None else whole(spec, name, option, low=low, high=high)
