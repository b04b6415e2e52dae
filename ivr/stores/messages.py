"""What callers said to be kept: messages by mailbox, and recordings that are still being spoken.

A message is two files, ``<mailbox>/<id>.wav`` and ``<id>.json`` beside it, written whole or not at
all: there is a message where there is a JSON file. While it is spoken it is a spool, one file with
a line of JSON and the raw mu-law behind it, locked by the process that writes it. What is appended
is with the kernel when ``append`` returns, so it outlives the process, however that dies; it is
forced to the disk every SYNC_S and when the recording ends, so a power cut costs that much. A spool
nobody holds is what a dead process left behind, and becomes a message marked ``cut``.

Everything here blocks on the disk: a running line calls it from a thread (``calls/voicemail``), the
command line as it is. One folder may be used by several processes of one machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.stores.base import StoreError

RECORDINGS: Final = "recordings"
"""The mailbox of what flows record into a variable."""
KEEP_DAYS: Final = 30
"""In a mailbox that says nothing about it."""
MESSAGES_MAX: Final = 2_000
"""Of one mailbox; beyond it nobody listens to them any more."""
FREE_BYTES_MIN: Final = 200 << 20
"""A disk with less room takes no new recording."""
SYNC_S: Final = 5.0
"""How often a spool is forced to the disk while it is written."""
NAME_CHARS_MAX: Final = 100
HEAD_BYTES_MAX: Final = 4_096
SPOOL_BYTES_MAX: Final = 32 << 20
"""Over an hour; no recording comes near it."""

_SPOOLS: Final = ".spool"
_SPEAKING: Final = ".speaking"
_WHOLE: Final = ".whole"
"""How the name of a spool ends while it is spoken, and once it is a recording."""
_ID: Final = re.compile(r"[0-9a-f]{10}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9@._+-]|\A\.")

log = logging.getLogger(__name__)


class Head(msgspec.Struct, frozen=True):
    """What is known of a recording before a word of it was said."""

    id: str
    mailbox: str
    call: str
    caller: str | None
    """None where it was withheld."""
    called: str
    started_at: datetime
    """Aware, UTC."""
    flow: str
    step: str
    least_ms: int = 0
    """Less of it is no message."""
    transcribe: bool = False


class Message(msgspec.Struct, frozen=True):
    """A message as it is kept."""

    id: str
    mailbox: str
    call: str
    caller: str | None
    called: str
    started_at: datetime
    flow: str
    step: str
    seconds: float
    heard: bool = False
    """Somebody has listened to it."""
    cut: bool = False
    """The line or the process broke off while it was spoken."""
    transcribe: bool = False
    """The flow wants it in writing."""
    told: bool = False
    """Whoever is to know of it was told."""


_HEAD = msgspec.json.Decoder(Head)
_MESSAGE = msgspec.json.Decoder(Message)


def new_id() -> str:
    """An id no other recording has; short enough to be typed."""
    return secrets.token_hex(5)


class Spool:
    """A recording that is being written, by one thread at a time."""

    def __init__(self, head: Head, path: Path, descriptor: int, begins: int) -> None:
        self.head = head
        self.path = path
        self.cut = False
        self._descriptor = descriptor
        self._begins = begins
        """Where the sound does."""
        self._synced = time.monotonic()
        self._busy = threading.Lock()
        self._wanted = True

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A descriptor must not be closed while another thread writes to its number."""
        with self._busy, _told(self.path, "written"):
            yield
        self._close_if_unwanted()

    def append(self, audio: bytes) -> None:
        """Write some more; raises :class:`StoreError`."""
        with self._writing():
            left = memoryview(audio)
            while left:
                left = left[os.write(self._descriptor, left) :]
            if time.monotonic() - self._synced >= SYNC_S:
                self._sync()

    def finish(self, size: int, *, cut: bool) -> bytes:
        """It is over, and so many bytes of it are the recording; returns them.

        From now on it outlives a power cut, and is a message unless it is thrown away.
        """
        with self._writing():
            os.ftruncate(self._descriptor, self._begins + size)
            self._sync()
            self.cut = cut
            if not cut:
                whole = self.path.with_suffix(_WHOLE)
                os.rename(self.path, whole)
                self.path = whole
            return os.pread(self._descriptor, size, self._begins)

    def audio(self) -> bytes:
        """All that was written."""
        size = os.fstat(self._descriptor).st_size - self._begins
        return os.pread(self._descriptor, min(size, SPOOL_BYTES_MAX), self._begins)

    def throw_away(self) -> None:
        """It is no message."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        self.let_go()

    def let_go(self) -> None:
        """Nobody cares for it any more: whoever finds it makes a message of it.

        Waits for nothing: what is being written now is finished first, by whoever writes.
        """
        self._wanted = False
        if self._busy.acquire(blocking=False):
            self._busy.release()
            self._close_if_unwanted()

    def _close_if_unwanted(self) -> None:
        if not self._wanted and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _sync(self) -> None:
        os.fsync(self._descriptor)
        self._synced = time.monotonic()


class Messages:
    """The messages of a store."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is the one of the messages; it is made when there is something to keep."""
        self.folder = folder

    # ----------------------------------------------------------------------- while it is spoken

    def open(self, head: Head) -> Spool:
        """Begin a recording. Raises :class:`StoreError` where no more can be kept."""
        box = self.folder / box_name(head.mailbox)
        with _told(self.folder, "written"):
            (self.folder / _SPOOLS).mkdir(parents=True, exist_ok=True, mode=0o700)
            count = sum(1 for _ in box.glob("*.json")) if box.is_dir() else 0
            if count >= MESSAGES_MAX:
                raise StoreError(
                    f"the mailbox {head.mailbox} holds {count:,} messages, as many as it may: "
                    "delete some with  ivr messages delete"
                )
            if shutil.disk_usage(self.folder).free < FREE_BYTES_MIN:
                raise StoreError(
                    f"the disk of {self.folder} has less than {FREE_BYTES_MIN >> 20} MB left, so "
                    "no recording is begun: make room"
                )
            path = self.folder / _SPOOLS / f"{head.id}{_SPEAKING}"
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            line = msgspec.json.encode(head) + b"\n"
            spool = Spool(head, path, descriptor, len(line))
            spool.append(line)
            return spool

    def keep(self, spool: Spool, *, told: bool = False) -> Message:
        """Make a message of a recording that is over; ``told``: nobody is to be told of it.

        Raises :class:`StoreError`.
        """
        head, audio = spool.head, spool.audio()
        message = Message(
            id=head.id,
            mailbox=head.mailbox,
            call=head.call,
            caller=head.caller,
            called=head.called,
            started_at=head.started_at,
            flow=head.flow,
            step=head.step,
            seconds=round(len(audio) / BYTES_PER_MS / 1000, 1),
            cut=spool.cut,
            transcribe=head.transcribe,
            told=told,
        )
        box = self.folder / box_name(head.mailbox)
        with _told(box, "written"):
            box.mkdir(mode=0o700, exist_ok=True)
            _write_whole(self.sound_of(message), wav.write(audio))
            _write_whole(self._about(message), msgspec.json.encode(message))
        spool.throw_away()
        return message

    def recover(self) -> list[Message]:
        """Make messages of what dead processes left behind, as far as there is enough of it."""
        found = []
        spools = sorted((self.folder / _SPOOLS).glob("*.*"))
        for path in (each for each in spools if each.suffix in (_SPEAKING, _WHOLE)):
            try:
                spool = _left_behind(path)
                if spool is None:
                    continue
                spool.cut = path.suffix == _SPEAKING
                if len(spool.audio()) < spool.head.least_ms * BYTES_PER_MS:
                    spool.throw_away()
                else:
                    found.append(self.keep(spool))
            except (OSError, StoreError) as error:
                log.error("the recording %s could not be kept: %s", path.name, error)
        return found

    # ----------------------------------------------------------------------- afterwards

    def all(self, mailbox: str | None = None) -> list[Message]:
        """The messages of a mailbox, or of all, the newest first; damaged ones are left out."""
        boxes = "*" if mailbox is None else box_name(mailbox)
        found = [
            message for path in self.folder.glob(f"{boxes}/*.json") if (message := _read(path))
        ]
        return sorted(found, key=lambda each: (each.started_at, each.id), reverse=True)

    def sound_of(self, message: Message) -> Path:
        """Its WAV file."""
        return self._about(message).with_suffix(".wav")

    def mark(self, message: Message, *, heard: bool = False, told: bool = False) -> None:
        """Somebody has listened to it, or was told of it. Raises :class:`StoreError`."""
        path = self._about(message)
        with _told(path, "written"):
            # As it is now: another process may have marked it meanwhile.
            if (now := _read(path)) is not None:
                changed = msgspec.structs.replace(
                    now, heard=now.heard or heard, told=now.told or told
                )
                _write_whole(path, msgspec.json.encode(changed))

    def delete(self, message: Message) -> None:
        """Remove it. Raises :class:`StoreError`."""
        with _told(self.folder, "written"):
            # The sound last: without the JSON file there is no message, and nobody looks for it.
            self._about(message).unlink(missing_ok=True)
            self.sound_of(message).unlink(missing_ok=True)

    def erase(self, caller: str) -> int:
        """Remove every message this caller left; how many. Raises :class:`StoreError`.

        Also what a dead process left behind of them; what is being spoken just now stays.
        """
        self.recover()
        theirs = [message for message in self.all() if message.caller == caller]
        for message in theirs:
            self.delete(message)
        return len(theirs)

    def expire(self, keep_days: Mapping[str, int], now: datetime) -> int:
        """Remove what is older than its mailbox keeps it, and sounds of no message; how many."""
        old = [
            message
            for message in self.all()
            if message.started_at + timedelta(days=keep_days.get(message.mailbox, KEEP_DAYS)) < now
        ]
        for message in old:
            self.delete(message)
        self._sweep_orphans(now)
        return len(old)

    def _sweep_orphans(self, now: datetime) -> None:
        """Sounds without a message, and halves of files: a deletion or a process broke off."""
        for path in self.folder.glob("*/*"):
            orphan = path.suffix == ".wav" and not path.with_suffix(".json").exists()
            half = path.suffix == ".part"
            age = now.timestamp() - path.stat().st_mtime if orphan or half else 0
            if age > timedelta(days=1).total_seconds():
                path.unlink(missing_ok=True)

    def _about(self, message: Message) -> Path:
        if not _ID.fullmatch(message.id):
            raise StoreError("a message whose id is none of ours")
        return self.folder / box_name(message.mailbox) / f"{message.id}.json"


def box_name(mailbox: str) -> str:
    """The folder of a mailbox: its name where that is a safe one, else one that tells it apart."""
    safe = _UNSAFE.sub("_", mailbox)[:NAME_CHARS_MAX]
    if safe == mailbox and safe:
        return safe
    return f"{safe}~{hashlib.sha256(mailbox.encode()).hexdigest()[:8]}"


def _left_behind(path: Path) -> Spool | None:
    """The spool of a dead process; None if its process lives, or if it is none."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        line, newline, _ = os.pread(descriptor, HEAD_BYTES_MAX, 0).partition(b"\n")
        # Somebody else may have kept it between our looking and our lock.
        if newline and path.exists():
            return Spool(_HEAD.decode(line), path, descriptor, len(line) + 1)
        log.warning("%s is no recording", path.name)
    except BlockingIOError:
        pass  # it is being spoken
    except msgspec.DecodeError:
        log.warning("%s is no recording: its first line cannot be read", path.name)
    os.close(descriptor)
    return None


def _read(path: Path) -> Message | None:
    try:
        return _MESSAGE.decode(path.read_bytes())
    except FileNotFoundError:
        return None  # deleted a moment ago
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, not even after a power cut."""
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise


@contextlib.contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    """What the disk says, in one sentence for the operator."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be {what}: {error.strerror}") from error
