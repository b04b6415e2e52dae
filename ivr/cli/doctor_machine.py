"""What this machine itself has: Python, the flows, the variables, players and local voices.

Nothing here asks the network anything. Used by ``ivr doctor``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import ivr
from ivr.cli.findings import Finding, note, ok, problem
from ivr.cli.folder import load_folder, read_folder
from ivr.cli.player import PLAYERS, find_player
from ivr.cli.speech import Take, listen
from ivr.cli.voices import VENDOR, build, read_voices
from ivr.errors import SettingsError, VoiceError
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.flow.world import EMBEDDED, VoiceSpec
from ivr.settings import Settings
from ivr.voices.access import Access
from ivr.voices.embedded.voice import INSTALL

SAMPLE: Final = "Thank you for calling."
"""What a voice says to be measured."""
LANGUAGES_TRIED: Final = ("en-US", "es-US", "de-DE", "fr-FR", "it-IT")
PUBLIC_URL: Final = "IVR_PUBLIC_URL"
TOKEN: Final = "TWILIO_AUTH_TOKEN"
KEYS: Final = "TWILIO_WEBHOOK_KEYS"
VENDOR_KEY: Final = "ELEVENLABS_API_KEY"
BASE_URL: Final = "ELEVENLABS_BASE_URL"
UNSIGNED: Final = "IVR_UNSIGNED"
VARIABLES: Final = (
    *(PUBLIC_URL, TOKEN, KEYS, VENDOR_KEY),
    *(BASE_URL, "IVR_ENV", "IVR_STORE", "IVR_TAKES", UNSIGNED),
    *("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_REGION"),
    *("TWILIO_EDGE", "TWILIO_BASE_URL", "IVR_SMS_FROM", "IVR_RECORD_WITHOUT_NOTICE"),
    *("IVR_KEEP_RECORDS", "IVR_EVENTS_SECRET", "IVR_SMTP_URL", "IVR_MAIL_FROM"),
    "IVR_STUDIO_LOGIN",
)
"""All that ``Settings`` reads."""
CORRECT: Final = "correct it (.env.example explains it) or take it out of the environment"
PRODUCTION: Final = "production"
"""The environment in which nothing speaks in place of a voice without a key."""
NEEDED: Final[Mapping[str, tuple[str, str]]] = {
    PUBLIC_URL: (
        "the address at which Twilio reaches this line",
        "set it to the https address of this server, like https://ivr.example.com",
    ),
    TOKEN: (
        "proves that requests are Twilio's",
        "copy it from Twilio Console → Account → API keys & tokens → Auth Token",
    ),
    VENDOR_KEY: (
        "lets ElevenLabs speak",
        "make one at elevenlabs.io → Developers → API Keys, with access to text to speech",
    ),
}
"""The three variables of a real line: what each is for, and where it is found."""


@dataclass(frozen=True, slots=True)
class Flows:
    """What a folder of flows was found to hold."""

    flows: FlowSet | None
    voices: Mapping[str, VoiceSpec]
    findings: Sequence[Finding]

    @property
    def vendor_voices(self) -> list[VoiceSpec]:
        """The voices that need the vendor's key."""
        return [spec for spec in self.voices.values() if spec.provider == VENDOR]


def check_python() -> list[Finding]:
    """Which Python runs us, and where its mu-law comes from."""
    spec = importlib.util.find_spec("audioop")
    origin = spec.origin if spec is not None else None
    if origin is None or origin == "built-in" or "site-packages" not in origin:
        source = "the standard library"
    else:
        source = "audioop-lts"
    version = f"{platform.python_version()} on {platform.system()}, ivr {ivr.__version__}"
    return [ok("Python", f"{version}; mu-law by audioop of {source}")]


def read_flows(path: Path, environment: str) -> Flows:
    """The flows of a folder, as far as they can be used, and what is wrong with them."""
    about = "flows"
    voices: Mapping[str, VoiceSpec] = {EMBEDDED: VoiceSpec(EMBEDDED, EMBEDDED)}
    try:
        loaded = load_folder(read_folder(path), environment=environment)
    except SettingsError as error:
        remedy = "name the folder of your flows with --flows"
        return Flows(None, voices, [problem(about, str(error), remedy)])
    with contextlib.suppress(SettingsError):  # then it is among the errors below
        voices = read_voices(path, environment)
    counts = {
        severity: sum(each.severity is severity for each in loaded.problems)
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    remedy = f"ivr check {path} shows each with its place"
    if loaded.flows is None:
        said = f"{_count(counts[Severity.ERROR], 'error')} in {path}, so no call can be answered"
        return Flows(None, voices, [problem(about, said, remedy)])
    names = ", ".join(sorted(loaded.flows.flows))
    said = f"{_count(len(loaded.flows.flows), 'flow')} in {path} ({names})"
    if counts[Severity.WARNING]:
        finding = note(about, f"{said}, {_count(counts[Severity.WARNING], 'warning')}", remedy)
    else:
        finding = ok(about, said)
    return Flows(loaded.flows, voices, [finding])


def check_variables(
    settings: Settings, flows: Flows, unread: Mapping[str, str] | None = None
) -> list[Finding]:
    """Which of the three variables of a real line are there; their values are nobody's business.

    ``unread``: those that are there and cannot be used, and why.
    """
    unread = unread or {}
    there = {
        PUBLIC_URL: settings.public_url is not None,
        TOKEN: bool(settings.twilio_tokens or settings.twilio_shared_keys),
        VENDOR_KEY: settings.elevenlabs_key is not None,
    }
    begun = {name for name in there if there[name] or name in unread}
    half = len(begun & {PUBLIC_URL, TOKEN}) == 1 and not settings.unsigned
    speaking = [spec.name for spec in flows.vendor_voices]
    findings = []
    for name, (purpose, remedy) in NEEDED.items():
        if name in unread:
            findings.append(_unread(name, unread[name]))
        elif there[name]:
            findings.append(ok(name, f"set; {_detail(name, settings)}"))
        elif name == VENDOR_KEY and speaking and settings.environment == PRODUCTION:
            said = f"not set, {', '.join(speaking)} cannot speak, and ivr serve does not start"
            findings.append(problem(name, said, remedy))
        elif name == VENDOR_KEY and speaking:
            said = f"not set, so the embedded voice speaks instead of {', '.join(speaking)}"
            findings.append(note(name, said, remedy))
        elif name != VENDOR_KEY and half:
            said = f"not set; it {purpose}" if name == TOKEN else f"not set: {purpose}"
            findings.append(problem(name, f"{said}, and ivr serve needs it", remedy))
        elif name == VENDOR_KEY:
            said = f"not set; it {purpose}, and no voice of the flows needs it"
            findings.append(note(name, said, remedy))
        else:
            said = f"not set; {'it ' if name == TOKEN else ''}{purpose}"
            findings.append(note(name, said, remedy))
    if settings.unsigned:
        said = "1: requests need no signature, so only this machine is answered"
        findings.append(note(UNSIGNED, said, "leave it out on a real line"))
    others = [name for name in unread if name not in NEEDED]
    return [*findings, *(_unread(name, unread[name]) for name in others)]


async def check_players(
    players: tuple[tuple[str, tuple[str, ...]], ...] = PLAYERS,
) -> list[Finding]:
    """Which program plays what a caller hears; it is given a moment of silence to play."""
    about = "sound"
    player = await find_player(players)
    if player is not None:
        await player.aclose()
        return [ok(about, f"{player.name} plays")]
    silent = "ivr call and ivr say are silent"
    names = [command[0] for _, command in players]
    found = [name for name in names if shutil.which(name) is not None]
    if found:
        said = f"{', '.join(found)} finds nothing to play to, so {silent}"
        return [note(about, said, "on a machine without a sound card that is right")]
    return [note(about, f"no player is installed, so {silent}", f"install {' or '.join(names)}")]


async def check_local_voice(spec: VoiceSpec, about: str, *, needed: bool = True) -> list[Finding]:
    """Whether a voice of this machine speaks, and how soon; no problem if no flow needs it."""
    bad = problem if needed else note
    try:
        voice = build(spec, Access())
        await voice.open()
    except SettingsError as error:
        remedy = INSTALL if spec.provider == EMBEDDED else "correct it in settings.yaml"
        return [bad(about, str(error), remedy)]
    try:
        languages = [each for each in LANGUAGES_TRIED if voice.speaks(each)]
        line = voice.lease("doctor")
        take = Take()
        take.asked()
        await listen(line.speak(SAMPLE, language=languages[0] if languages else "en-US"), take)
        await line.aclose()
    except VoiceError as error:
        return [bad(about, f"{spec.provider}: {error}", f"install it again: {INSTALL}")]
    finally:
        await voice.aclose()
    first = f"{take.first_ms:.0f} ms" if take.first_ms is not None else "no sound"
    known = ", ".join(each.partition("-")[0] for each in languages)
    said = (
        f"{spec.provider}, speaks {known}: {first} to the first audio, {take.rate:.0f} x real time"
    )
    return [ok(about, said)]


def _detail(name: str, settings: Settings) -> str:
    """What may be told of a variable that is set."""
    if name == PUBLIC_URL:
        return str(settings.public_url)
    if name == TOKEN:
        tokens, keys = len(settings.twilio_tokens), len(settings.twilio_shared_keys)
        parts = [_count(tokens, "token")] if tokens else []
        parts += [f"{_count(keys, 'key')} in {KEYS}"] if keys else []
        return " and ".join(parts)
    host = urlsplit(settings.elevenlabs_url).hostname if settings.elevenlabs_url else None
    return f"speech is asked of {host or 'ElevenLabs'}"


def _unread(name: str, why: str) -> Finding:
    return problem(name, why.removeprefix(f"{name} "), CORRECT)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
