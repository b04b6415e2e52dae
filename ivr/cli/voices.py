"""Which voice a command speaks with: one of settings.yaml, changed or made by switches.

Only ``settings.yaml`` is read, so a voice can be tried while the flows beside it are broken. What
the options mean is the provider's business; here is only which option a switch stands for. Used by
``ivr say`` and ``ivr doctor``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ivr.cli.folder import Folder, read_folder, show_problems
from ivr.errors import SettingsError
from ivr.flow import source
from ivr.flow.load import SETTINGS_FILE
from ivr.flow.load_settings import load_settings
from ivr.flow.problems import Severity
from ivr.flow.world import EMBEDDED, Option, VoiceSpec
from ivr.settings import Settings
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Voice

VENDOR: Final = "elevenlabs"
MADE: Final = "chosen"
"""The name of a voice that stands in no file."""
BUFFERING: Final = ("auto_mode", "chunk_length_schedule")
"""Options of which one replaces the other."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What the command line says of a voice; None or empty: nothing."""

    options: Mapping[str, Option]
    """Options of an ElevenLabs voice, but for ``settings``."""
    settings: Mapping[str, str]
    """Its voice settings: ``stability``, ``speed`` …"""

    def __bool__(self) -> bool:
        return bool(self.options or self.settings)


def access_of(settings: Settings) -> Access:
    """The vendors' keys and addresses of this process."""
    return Access(settings.elevenlabs_key, settings.elevenlabs_url)


def read_voices(folder: Path, environment: str) -> Mapping[str, VoiceSpec]:
    """The voices of a folder's settings.yaml in their order, the embedded one always among them.

    Without a folder or a file there is the embedded voice alone. Raises
    :class:`~ivr.errors.SettingsError` with every problem of the file.
    """
    files = read_folder(folder).files if folder.is_dir() else {}
    text = files.get(SETTINGS_FILE)
    if text is None:
        return {EMBEDDED: VoiceSpec(EMBEDDED, EMBEDDED)}
    document = source.read(SETTINGS_FILE, text)
    world, problems = load_settings(document, environment, os.environ)
    errors = [each for each in (*document.problems, *problems) if each.severity is Severity.ERROR]
    if errors:
        shown = show_problems(errors, Folder(folder, {SETTINGS_FILE: text}, {}))
        raise SettingsError(f"{folder / SETTINGS_FILE} cannot be used:\n{shown}")
    return world.voices


def choose(voices: Mapping[str, VoiceSpec], name: str | None, switches: Switches) -> VoiceSpec:
    """The voice that is meant: by its name, by a voice id, or the first that fits.

    Raises :class:`~ivr.errors.SettingsError` for a name that is not there, and for switches that
    the voice has no use for.
    """
    written = [spec for spec in voices.values() if spec.name != EMBEDDED]
    if name is not None:
        spec = voices.get(name)
        if spec is None:
            raise SettingsError(
                f"there is no voice {name!r} in settings.yaml; there are: {', '.join(voices)}"
            )
    elif "voice_id" in switches.options:
        spec = VoiceSpec(MADE, VENDOR)
    else:
        vendors = [spec for spec in written if spec.provider == VENDOR]
        spec = next(iter((vendors if _vendors_only(switches) else []) or written), None)
        spec = spec or voices[EMBEDDED]
    return changed(spec, switches)


def changed(spec: VoiceSpec, switches: Switches) -> VoiceSpec:
    """The voice with what the switches say instead of what was written."""
    if not switches:
        return spec
    if spec.provider != VENDOR:
        if _vendors_only(switches) or spec.provider != EMBEDDED:
            raise SettingsError(
                f"the voice {spec.name!r} is of the provider {spec.provider}, which has no such "
                "switches: name a voice of ElevenLabs with --voice-id, or with --voice one of "
                "settings.yaml that is"
            )
        return replace(spec, options={**spec.options, **switches.settings})
    options = dict(spec.options)
    if any(each in switches.options for each in BUFFERING):
        for each in BUFFERING:
            options.pop(each, None)
    options |= switches.options
    if switches.options.get("socket") not in (None, "http") and "latency" not in switches.options:
        options.pop("latency", None)  # sockets take none, and nobody asked for it
    if switches.settings:
        before = options.get("settings", {})
        before = before if isinstance(before, Mapping) else {}
        options["settings"] = {**before, **switches.settings}
    return replace(spec, options=options)


def build(spec: VoiceSpec, access: Access, *, switched: bool = False) -> Voice:
    """The voice, not yet open; :class:`~ivr.errors.SettingsError` for what cannot be.

    ``switched``: the fault may be in a switch, so settings.yaml is not blamed.
    """
    try:
        return table.build(spec, access)
    except SettingsError as error:
        if not switched:
            raise
        raise SettingsError(str(error).replace("settings.yaml: voice", "the voice", 1)) from None


def described(spec: VoiceSpec) -> str:
    """A voice in a few words: ``sarah (elevenlabs, eleven_flash_v2_5, ulaw_8000, multi)``."""
    known = ("voice_id", "model", "format", "socket", "speaker")
    words = [str(spec.options[name]) for name in known if name in spec.options]
    return f"{spec.name} ({', '.join([spec.provider, *words])})"


def _vendors_only(switches: Switches) -> bool:
    """Whether only a voice of ElevenLabs has a use for them; ``--speed`` the embedded one knows."""
    return bool(switches.options) or bool(set(switches.settings) - {"speed"})
