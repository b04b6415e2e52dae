"""The takes on disk: a folder with one file for each take, named by what shapes its sound.

Only texts without run-time values come here; who puts them is ``build`` and ``shelving``, and both
put nothing but what the flow set lists as sayable. Read at start-up, never during a call. Many
processes may read and write one folder: a file appears whole or not at all, its content proves
itself, and what is damaged counts as missing.

A file is three parts: the line ``ivr-take 1``, one line of JSON with everything known of the take,
and the raw mu-law. Its name is a digest of the :class:`~ivr.prompts.takes.TakeKey`, so that the
same text in the same voice is found by whoever wants it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from ivr.audio.frames import BYTES_PER_MS
from ivr.errors import SettingsError
from ivr.prompts.takes import SOUND_MS_MAX, TakeKey

MAGIC: Final = b"ivr-take 1\n"
SUFFIX: Final = ".take"
PART_SUFFIX: Final = ".part"
"""Of a file that is being written, or was when its process died."""
PART_SECONDS_MAX: Final = 3_600
"""Nobody writes for so long; an older one was left behind."""
HEADER_BYTES_MAX: Final = 64 * 1024
AUDIO_BYTES_MAX: Final = SOUND_MS_MAX * BYTES_PER_MS
PLACES_MAX: Final = 50
"""Of the places that say a text, so many are written into its file."""
ID_CHARS: Final = 8
"""Of a digest, enough for people: a thousand takes share none of these, nearly always."""
BUILD_LOCK: Final = ".build"
"""Held by the one process that builds in a folder; the system lets go of it if that dies."""

_NAME_CHARS = 32
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Shelved:
    """A take as it stands on the shelf."""

    key: TakeKey
    audio: bytes
    voice: str
    """The voice's name in settings.yaml when it was made; what shapes the sound is in the key."""
    places: tuple[str, ...] = ()
    """Where the flows said it when it was made: ``flow/step``."""
    approved: bool = False
    """Somebody listened and wants exactly this one: it is neither made again nor pruned."""

    @property
    def id(self) -> str:
        """What people call it."""
        return digest(self.key)[:ID_CHARS]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.audio) / (BYTES_PER_MS * 1000)

    @property
    def sha256(self) -> str:
        """Of its audio."""
        return hashlib.sha256(self.audio).hexdigest()


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is no take any more, and why."""

    path: Path
    reason: str


class _Header(msgspec.Struct):
    key: TakeKey
    name: str
    places: tuple[str, ...]
    bytes: int
    sha256: str
    approved: bool = False


_DECODER = msgspec.json.Decoder(_Header)


def digest(key: TakeKey) -> str:
    """The name of a take: the same for the same key in every process, on every machine."""
    return hashlib.sha256(msgspec.json.encode(tuple(key))).hexdigest()[:_NAME_CHARS]


class Shelf:
    """A folder of takes. It may not be there yet; it is made when the first take comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def look(self, key: TakeKey) -> Shelved | Damage | None:
        """The take, why there is none any more, or None where there never was one."""
        path = self._path(key)
        found = _read(path)
        if isinstance(found, Shelved) and found.key != key:
            return Damage(path, "it holds another take than its name says")
        return found

    def find(self, key: TakeKey) -> Shelved | None:
        """The take; None where there is none or it is damaged."""
        found = self.look(key)
        return found if isinstance(found, Shelved) else None

    def read(
        self, keys: Iterable[TakeKey], bytes_max: int
    ) -> tuple[Sequence[Shelved], Sequence[Damage]]:
        """The takes of these keys as long as they fit, in order; and what was damaged."""
        takes: list[Shelved] = []
        damages: list[Damage] = []
        left = bytes_max
        for key in keys:
            match self.look(key):
                case Shelved() as take if len(take.audio) <= left:
                    left -= len(take.audio)
                    takes.append(take)
                case Damage() as damage:
                    damages.append(damage)
        return takes, damages

    def all(self) -> Iterator[Shelved | Damage]:
        """Everything on the shelf, by name."""
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            found = _read(path)
            if isinstance(found, Shelved) and path != self._path(found.key):
                found = Damage(path, "it holds another take than its name says")
            if found is not None:
                yield found

    def put(self, take: Shelved) -> None:
        """Write a take down, in place of the one that was there.

        Raises :class:`~ivr.errors.SettingsError` when the folder cannot be written.
        """
        path = self._path(take.key)
        assert len(take.audio) <= AUDIO_BYTES_MAX, "no part of an utterance is so long"
        header = _Header(
            take.key,
            take.voice,
            take.places[:PLACES_MAX],
            len(take.audio),
            take.sha256,
            take.approved,
        )
        line = msgspec.json.encode(header)
        assert len(line) < HEADER_BYTES_MAX, "texts have a limit of their own"
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, MAGIC + line + b"\n" + take.audio)

    def approve(self, take: Shelved, approved: bool = True) -> Shelved:
        """Mark a take as the one that is wanted, or take the mark away."""
        marked = replace(take, approved=approved)
        self.put(marked)
        return marked

    def remove(self, what: Shelved | Path) -> None:
        """Throw a file of the shelf away; one that is gone already is no error."""
        with self._told():
            (what if isinstance(what, Path) else self._path(what.key)).unlink(missing_ok=True)

    def leftovers(self) -> Iterator[Path]:
        """Files that were being written when their process died."""
        for path in sorted(self.folder.glob(f".*{PART_SUFFIX}")):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - PART_SECONDS_MAX:
                    yield path

    @contextlib.contextmanager
    def building(self, waits: Callable[[], None] = lambda: None) -> Generator[None]:
        """Be the only process that builds here; where another is, ``waits`` is told, and we wait.

        Without this, two builds would both pay for the same takes.
        """
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / BUILD_LOCK).open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waits()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, key: TakeKey) -> Path:
        return self.folder / (digest(key) + SUFFIX)

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(
                f"the takes folder {self.folder} cannot be written ({error.strerror}); name "
                "another one with --takes or IVR_TAKES"
            ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, not even after a power cut."""
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PART_SUFFIX)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, _MODE)
            os.fsync(descriptor)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise


def _read(path: Path) -> Shelved | Damage | None:
    """A file of the shelf, verified."""
    try:
        with path.open("rb") as file:
            content = file.read(len(MAGIC) + HEADER_BYTES_MAX + AUDIO_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Damage(path, f"it cannot be read ({error.strerror})")
    if not content.startswith(MAGIC):
        return Damage(path, "it does not begin as a take does")
    end = content.find(b"\n", len(MAGIC), len(MAGIC) + HEADER_BYTES_MAX)
    try:
        header = _DECODER.decode(content[len(MAGIC) : max(end, 0)])
    except (msgspec.DecodeError, UnicodeError):
        return Damage(path, "its header cannot be understood")
    audio = content[end + 1 :]
    if len(audio) != header.bytes:
        return Damage(path, f"it has {len(audio)} bytes of sound instead of {header.bytes}")
    if hashlib.sha256(audio).hexdigest() != header.sha256:
        return Damage(path, "its sound is not what was written")
    return Shelved(header.key, audio, header.name, header.places, header.approved)
