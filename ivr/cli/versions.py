"""Versions of a flows folder for ``ivr diff``: as it is, as it was in git, or a single flow file.

A version is only compiled: nothing of it is run, its registered functions included. From git comes
what ``git archive`` gives, in memory; nothing is checked out.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ivr.cli.folder import AUDIO_SUFFIXES, FILE_BYTES_MAX, Folder, read_folder, show_problems
from ivr.errors import SettingsError
from ivr.flow.edit.diff import Version, former_names
from ivr.flow.files import is_flow_file
from ivr.flow.load import load
from ivr.flow.problems import Severity

GIT_SECONDS_MAX: Final = 60.0
DIGEST_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Source:
    """What a version is made of."""

    name: str
    """For messages: its path, or its path at a revision."""
    folder: Folder
    recordings: Mapping[str, str]
    """A digest of each audio file."""
    only: str | None = None
    """The flow file that is compared, where not the whole folder is."""

    def compiled(self, environment: str) -> Version:
        """Compile it; its errors are printed, and raised as one sentence."""
        loaded = load(
            self.folder.files,
            environment=environment,
            assets=self.folder.assets,
            environ=os.environ,
            checked=False,
        )
        if loaded.flows is None:
            errors = [each for each in loaded.problems if each.severity is Severity.ERROR]
            click.echo(show_problems(errors, self.folder), err=True)
            raise SettingsError(f"{self.name} has errors, so nothing can be compared: mend them")
        return Version(loaded.flows, former_names(loaded.documents), self.recordings)


def on_disk(path: Path) -> Source:
    """A folder, or one flow file of a folder."""
    single = path.is_file()
    if single and not (path.suffix == ".yaml" and is_flow_file(path.name)):
        raise SettingsError(f"{path} is no flow: compare folders, or files that hold a flow")
    folder = read_folder(path.parent if single else path)
    digests = {name: _digest(data) for name, data in folder.read_audio().items()}
    return Source(str(path), folder, digests, path.name if single else None)


def renamed(source: Source, name: str) -> Source:
    """A single file as if it had this name: it is compared with one that has."""
    assert source.only is not None
    files = {key: text for key, text in source.folder.files.items() if key != name}
    files[name] = files.pop(source.only) if source.only in files else source.folder.files[name]
    folder = Folder(source.folder.path, files, source.folder.audio)
    return Source(source.name, folder, source.recordings, name)


def in_git(path: Path, revision: str) -> Source:
    """A folder or a file as it was at a revision of the repository it stands in."""
    single = path.suffix == ".yaml"
    folder = path.parent if single else path
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {folder}: name one that git knows")
    if revision.startswith("-"):
        raise SettingsError(f"{revision} is no revision: write one like HEAD~1 or a tag")
    archived = _git(folder, "archive", "--format=tar", revision, "--", ".")
    files: dict[str, str] = {}
    digests: dict[str, str] = {}
    at = f"{path} at {revision}"
    with tarfile.open(fileobj=io.BytesIO(archived)) as tar:
        for member in tar:
            name, suffix = member.name, Path(member.name).suffix.lower()
            hidden = any(part.startswith(".") for part in Path(name).parts)
            if not member.isfile() or hidden or name.startswith("tests/"):
                continue
            opened = tar.extractfile(member)
            assert opened is not None
            if suffix == ".yaml" and member.size <= FILE_BYTES_MAX:
                files[name] = _decoded(opened.read(), f"{name} in {at}")
            elif suffix in AUDIO_SUFFIXES:
                digests[name] = _digest(opened.read())
    if not files or (single and path.name not in files):
        raise SettingsError(f"{at} holds no flow: name a revision in which it was there")
    audio = {name: Path(name) for name in digests}
    shown = Folder(Path(f"{revision}:{folder}"), files, audio)
    return Source(at, shown, digests, path.name if single else None)


def _git(folder: Path, *arguments: str) -> bytes:
    """What git answers. Raises :class:`~ivr.errors.SettingsError` in its own words."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=GIT_SECONDS_MAX,
            check=False,
        )
    except FileNotFoundError:
        raise SettingsError("--git needs git, which is not installed here") from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"git took longer than {GIT_SECONDS_MAX:g} s; try again") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no more is known"]
        raise SettingsError(
            f"git cannot give the older version ({said[-1]}): "
            "name a revision it knows, or two folders"
        )
    return done.stdout


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGEST_CHARS]


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{name} is no UTF-8 text; it cannot be compared") from None
