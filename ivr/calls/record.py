"""What happened in a call, entry by entry, and how fast it was.

Kept in memory while the call lasts and written once at its end, one JSON object a line. A record
knows nothing of sensitive keys: whoever adds an entry has masked it. Made by the switchboard;
``session`` and ``speaker`` add entries; a live terminal may watch.

| what | fields |
|---|---|
| ``webhook`` | call, flow, from, to, started_at |
| ``stream`` | stream, number |
| ``step`` | step |
| ``asked`` | utterance, step, text, interruptible; cause: ``answer``, ``resume``, ``return``, |
|  | ``key``, ``heard`` (of what was said before) or ``time``; parts: kind of each, ms of pauses |
| ``first_byte`` | utterance, part, ms since asked, source: ``take``, ``voice``, or ``ahead`` for |
|  | a voice that had begun before it was asked for |
| ``first_frame`` | utterance, mark, ms since asked |
| ``audible`` | utterance, ms since asked to the first audible sample, by our reckoning; lead_ms, |
|  | the silence before it |
| ``gap`` | utterance, ms the caller heard nothing because the voice was late |
| ``heard`` | utterance, chunks, bytes, audio_ms; lost_mark where the carrier never told; |
|  | falls: voices that failed on the way, each with its reason and who went on |
| ``failed`` | utterance, reason |
| ``stopped`` | utterance, played_ms; falls as in ``heard`` |
| ``key`` | key (``•`` where sensitive) |
| ``note`` | kind, step, detail |
| ``leave`` | target (``transfer``), number, name as the flow has it |
| ``return`` | outcome |
| ``ignored`` | malformed, unknown, foreign, early, media: counts of one stream's messages |
| ``cut`` | reason: a stream that ended without the call ending |
| ``truncated`` | |
| ``end`` | outcome |
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from ivr.calls.clock import Clock
from ivr.flow.messages import Note, Noted, Transfer

ENTRIES_MAX = 5_000
"""Of one call; an hour of menus has about a tenth of it."""

SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a call's id must look like to name a file."""

Entry = Mapping[str, object]
Watch = Callable[[Entry], None]

log = logging.getLogger(__name__)


class Record:
    """The entries of one call, over all its streams."""

    __slots__ = ("_clock", "_watch", "call", "ended", "entries", "started_at")

    def __init__(
        self, call: str, started_at: datetime, clock: Clock, *, watch: Watch | None = None
    ) -> None:
        """``watch`` is told of every entry at once; it must be quick and must not wait."""
        self.call = call
        self.started_at = started_at
        self.entries: list[Entry] = []
        self.ended = False
        self._clock = clock
        self._watch = watch

    def add(self, what: str, **fields: object) -> float:
        """Write down what just happened; returns its time, milliseconds since the webhook.

        After :data:`ENTRIES_MAX` entries one ``truncated`` follows, and then only the end. A second
        ``end`` changes nothing: the first one said how the call ended.
        """
        t = self._clock.since_webhook_ms()
        if self.ended:
            return t
        self.ended = what == "end"
        if len(self.entries) < ENTRIES_MAX or self.ended:
            self._append({"t": round(t, 1), "what": what, **fields})
        elif len(self.entries) == ENTRIES_MAX:
            self._append({"t": round(t, 1), "what": "truncated"})
        return t

    def add_note(self, note: Note) -> None:
        """What the machine tells: a step entered, or anything else worth a ``note``."""
        if note.what is Noted.STEP:
            self.add("step", step=note.detail)
        else:
            self.add("note", kind=note.what.value, step=note.step, detail=note.detail)

    def add_leave(self, transfer: Transfer) -> None:
        """The caller is being connected to somebody else."""
        self.add("leave", target="transfer", number=transfer.number, name=transfer.name)

    def now_ms(self) -> float:
        """What ``t`` would be now."""
        return self._clock.since_webhook_ms()

    def write(self, folder: Path) -> Path:
        """Write the record to ``folder/<day>/<call>.jsonl`` and return that path.

        Blocks on the disk: call it in a thread, once, at the end of the call. The file appears
        whole or not at all. Raises ``ValueError`` for a call id that is no safe name, ``OSError``.
        """
        if not SAFE_NAME.fullmatch(self.call):
            raise ValueError("the call's id is no safe file name")
        day = folder / self.started_at.strftime("%Y-%m-%d")
        day.mkdir(parents=True, exist_ok=True)
        target = day / f"{self.call}.jsonl"
        handle, temporary = tempfile.mkstemp(prefix=f".{self.call}.", dir=day)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(msgspec.json.encode(entry) + b"\n" for entry in self.entries)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
        return target

    def _append(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self._watch is None:
            return
        try:
            self._watch(entry)
        except Exception:
            # Whoever watches must never cost a caller the call.
            log.exception("the watcher of call %s failed; it is told nothing more", self.call)
            self._watch = None
