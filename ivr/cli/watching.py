"""A flow folder as a running line reads it, at its start and whenever it is saved.

What a line asks before it answers is asked again of every set that is saved: secrets, takes with
``--locked``, and the vendors about voices that were changed. Given to ``ivr.server.reload`` by
``ivr serve`` and ``ivr dev``; called in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ivr.cli.folder import Folder, load_folder, read_folder
from ivr.cli.startup import (
    look_at_account,
    look_at_kinds,
    look_at_mail,
    look_at_secrets,
    look_at_voices,
)
from ivr.cli.voices import access_of
from ivr.errors import SettingsError
from ivr.flow.load import Loaded
from ivr.flow.model import FlowSet
from ivr.flow.world import VoiceSpec
from ivr.outside.functions import Registry
from ivr.prompts.lock import read_lock, unmet
from ivr.prompts.shelf import Shelf
from ivr.prompts.wanted import heard
from ivr.server.editions import Edition, Reading, findings_of
from ivr.settings import Settings

NAMED_MAX: Final = 3
"""Takes that are missing and named; the rest is counted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a folder, and what it was compiled to."""

    folder: Folder
    loaded: Loaded
    functions: Registry

    def reading(self) -> Reading:
        """As the server wants it. Raises :class:`~ivr.errors.SettingsError` for its audio."""
        findings = findings_of(self.loaded.problems, self.folder.files)
        if self.loaded.flows is None:
            return Reading(None, findings)
        edition = Edition(self.loaded.flows, self.folder.read_audio(), self.functions)
        return Reading(edition, findings)


@dataclass(slots=True)
class FolderReader:
    """Reads one folder again and again."""

    path: Path
    settings: Settings
    locked: bool = False
    """A set with takes missing is refused."""
    stubbed: bool = False
    """Nothing is really asked of the world, so nothing is needed for it."""
    told: Callable[[Read], None] = field(default=lambda read: None)
    """Told of every reading, good or not."""
    _voices: Mapping[str, VoiceSpec] = field(default_factory=dict)
    _warned: tuple[str, ...] = ()

    def read(self) -> Read:
        """The folder as it is now. Raises :class:`~ivr.errors.SettingsError`."""
        folder = read_folder(self.path)
        functions = Registry.load(self.path)
        environment = self.settings.environment
        return Read(
            folder, load_folder(folder, environment=environment, functions=functions), functions
        )

    def __call__(self) -> Reading:
        """The folder as the server wants it, once everything was asked that a line must know.

        Raises :class:`~ivr.errors.SettingsError`.
        """
        read = self.read()
        self.told(read)
        reading = read.reading()
        if reading.edition is not None:
            self.require(reading.edition.flows)
            self.warn(reading.edition.flows)
        return reading

    def require(self, flows: FlowSet) -> None:
        """Raise :class:`~ivr.errors.SettingsError` for a set that must not answer."""
        if self.locked:
            require_takes(flows, self.settings, self.path)

    def warn(self, flows: FlowSet) -> None:
        """Say what callers may miss, once. Raises :class:`~ivr.errors.SettingsError` for what
        must be mended first."""
        warnings: list[str] = []
        if not self.stubbed:
            warnings = [*look_at_secrets(flows, self.settings), *look_at_kinds(flows)]
            warnings += look_at_account(flows, self.settings)
            warnings += look_at_mail(flows, self.settings)
        if flows.voices != self._voices:
            warnings += asyncio.run(look_at_voices(flows, access_of(self.settings)))
            self._voices = flows.voices
        for warning in warnings:
            if warning not in self._warned:
                log.warning("%s", warning)
        self._warned = tuple(warnings)


def require_takes(flows: FlowSet, settings: Settings, folder: Path) -> None:
    """Raise :class:`~ivr.errors.SettingsError` while a caller could hear a prompt without a take.

    What the lock file says must be what is there.
    """
    shelf = Shelf(settings.takes_folder)
    problems = unmet(heard(flows, access_of(settings)), shelf, read_lock(folder))
    if problems:
        more = len(problems) - NAMED_MAX
        named = "; ".join(problems[:NAMED_MAX]) + (f"; and {more} more" if more > 0 else "")
        raise SettingsError(
            f"--locked does not start with takes missing in {shelf.folder}: {named}. "
            f"Run  ivr build {folder}  first"
        )
