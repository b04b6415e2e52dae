"""What is asked of ``ivr say``, and what of it cannot be had: each refusal is one sentence.

What a voice's options mean is the provider's business (``ivr/voices``); here is what hangs on the
switches together: a file's name and its format, a text and where it comes from. Used by ``say``.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr.cli.voices import VENDOR
from ivr.errors import SettingsError
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs.models import DEFAULT_FORMAT, DEFAULT_MODEL, MODELS, OTHER_FORMATS

STANDARD_INPUT: Final = "-"
TEXT_CHARS_MAX: Final = 5_000
"""Six minutes of speech."""
HTTP: Final = "http"
COMPRESSED: Final = {".mp3": "mp3_44100_128", ".opus": "opus_48000_64", ".ogg": "opus_48000_64"}
"""Names of files that promise another format than a WAV file's, and the vendor's format for it."""
ENCODINGS: Final = {"pcm": "signed -b 16", "ulaw": "mu-law -b 8", "alaw": "a-law -b 8"}
"""How ``play`` is told what is in a file that has no header."""

_HEADERLESS = re.compile(r"(pcm|ulaw|alaw)_(\d+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said, by whom, and what becomes of it."""

    spec: VoiceSpec
    access: Access
    switched: bool
    """Whether the voice is other than settings.yaml has it."""
    text: str | None
    """None: what comes on standard input."""
    language: str
    file: Path | None
    sound: bool
    before: str = ""
    after: str = ""
    """The words around the text, which shape its tone and are not spoken."""


def text_of(words: tuple[str, ...]) -> str | None:
    """The text, or None for standard input; raises SettingsError for one that cannot be said."""
    if words == (STANDARD_INPUT,):
        return None
    if STANDARD_INPUT in words:
        raise SettingsError(
            "- speaks standard input, and no words beside it: leave one of them out"
        )
    text = " ".join(words).strip()
    if not text:
        raise SettingsError("there is nothing to say: write a text, or - for standard input")
    if len(text) > TEXT_CHARS_MAX:
        raise SettingsError(
            f"the text has {len(text):,} characters; at most {TEXT_CHARS_MAX:,} are spoken at once "
            "(a longer one can be piped into  ivr say -)"
        )
    return text


def given(**options: object) -> dict[str, Option]:
    """The options that were given, as they would be written in settings.yaml."""
    written: dict[str, Option] = {}
    for name, value in options.items():
        match value:
            case None:
                continue
            case bool():
                written[name] = "yes" if value else "no"
            case list():
                written[name] = value
            case _:
                written[name] = str(value)
    return written


def refuse_buffering(spec: VoiceSpec, switch: str | None, *, raw: bool) -> None:
    """Raise SettingsError for a switch of the sockets' buffer where there is no socket."""
    if switch is not None and (raw or spec.options.get("socket") == HTTP):
        raise SettingsError(
            f"{switch} is for sockets, and over HTTP the whole text is sent at once: leave it out, "
            "or use --socket multi"
        )


def refuse_words_around(plan: Plan, *, alone: str | None) -> None:
    """Raise SettingsError for ``--previous-text`` and ``--next-text`` where nothing takes them.

    ``alone``: a switch with which the text is sent without them.
    """
    switch = "--previous-text" if plan.before else "--next-text"
    if not plan.before and not plan.after:
        return
    if alone is not None or plan.text is None:
        instead = alone or "standard input"
        raise SettingsError(f"{switch} goes with a text that is said once: not with {instead}")
    need_vendor(switch, plan.spec)
    model = str(plan.spec.options.get("model", DEFAULT_MODEL))
    if plan.spec.options.get("socket") != HTTP:
        raise SettingsError(
            f"{switch} is an option of ElevenLabs' HTTP endpoint only: add --socket http, or leave "
            "it out (on a socket the tone follows what is said on it)"
        )
    if model in MODELS and not MODELS[model].stitches:
        raise SettingsError(f"{model} takes no {switch}: leave it out, or use {DEFAULT_MODEL}")


def need_vendor(switch: str, spec: VoiceSpec) -> None:
    """Raise SettingsError for a voice that a switch has no meaning for."""
    if spec.provider != VENDOR:
        raise SettingsError(
            f"{switch} is for voices of ElevenLabs, and {spec.name!r} is of the provider "
            f"{spec.provider}; name one with --voice or --voice-id"
        )


def refuse_silent_format(spec: VoiceSpec) -> None:
    """Raise SettingsError for a format that can be saved, and not be spoken."""
    form = spec.options.get("format")
    if spec.provider == VENDOR and form in OTHER_FORMATS:
        raise SettingsError(
            f"{form} cannot be put on a call, so it cannot be heard here: save it with --raw "
            f"-o FILE, or use {DEFAULT_FORMAT}"
        )


def refuse_file(file: Path | None, *, raw: bool, form: str | None) -> None:
    """Raise SettingsError before the vendor is asked, for a file that could not be written."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise SettingsError(f"{file} cannot be written: there is no folder {file.parent}")
    ending = file.suffix.lower()
    if ending in COMPRESSED and not raw:
        raise SettingsError(
            f"{file} would hold a WAV file: name it .wav, or have ElevenLabs make it with "
            f"--raw --format {COMPRESSED[ending]}"
        )
    if ending == ".wav" and raw and not (form or "").startswith("wav_"):
        raise SettingsError(
            f"{file} would be no WAV file, for --raw writes bytes as they come: leave --raw out, "
            "or give it another name"
        )


def plays_with(form: str, file: Path) -> str | None:
    """The command that plays a file without a header; None for formats that explain themselves."""
    match = _HEADERLESS.fullmatch(form)
    if match is None:
        return None
    rate = f"-r {match[2]} -c 1"
    return f"play -t raw -e {ENCODINGS[match[1]]} {rate} {shlex.quote(str(file))}"
