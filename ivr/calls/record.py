"""What happened in a call, entry by entry, and how fast it was.

Kept in memory while the call lasts and put into the store at its end (``archive``), one JSON object
a line. A record knows nothing of sensitive keys: whoever adds an entry has masked it. Made by the
switchboard; ``session`` and ``speaker`` add entries; a live terminal may watch.

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
| ``event`` | name, step as ``flow/step`` |
| ``leave`` | target: ``transfer`` with number and name as the flow has it, ``queue`` or ``twiml`` |
|  | with name and step |
| ``return`` | outcome |
| ``listening`` | errand: the tone was heard, and what the caller says is recorded from here on |
| ``message`` | errand, outcome, seconds: what that recording came to |
| ``tape`` | status of the recording of the whole call: ``started``, ``paused``, ``resumed``, |
|  | ``stopped``, ``condemned`` (a sensitive key may be on it: it is destroyed), ``refused`` (no |
|  | notice was heard), ``failed``, ``unknown``, or Twilio's own word; recording, its id; |
|  | seconds; problem |
| ``recorded`` | url: where the carrier keeps the recording of a talk |
| ``taken_over`` | was: what the process that had it before wrote last; anew: it begins again |
| ``ignored`` | malformed, unknown, foreign, early, media: counts of one stream's messages |
| ``cut`` | reason: a stream that ended without the call ending |
| ``truncated`` | |
| ``end`` | outcome |
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from ivr.calls.clock import Clock
from ivr.calls.summary import Entry as Entry
from ivr.calls.summary import summary_of, to_lines
from ivr.flow.messages import JoinQueue, Leg, Note, Noted, RunTwiml, Transfer
from ivr.stores.base import Summary

ENTRIES_MAX = 5_000
"""Of one call; an hour of menus has about a tenth of it."""

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

    def add_leave(self, leg: Leg) -> None:
        """The caller leaves for somebody else, a queue or a document; the one place that says so.

        What a document says may be written nowhere.
        """
        match leg:
            case Transfer():
                self.add("leave", target="transfer", number=leg.number, name=leg.name)
            case JoinQueue():
                self.add("leave", target="queue", name=leg.name, step=leg.step)
            case RunTwiml():
                self.add("leave", target="twiml", name=leg.step, step=leg.step)
            case _:
                assert_never(leg)

    def now_ms(self) -> float:
        """What ``t`` would be now."""
        return self._clock.since_webhook_ms()

    def count(self, what: str, **fields: object) -> int:
        """How many entries of a kind there are that say this."""
        return sum(
            1
            for entry in self.entries
            if entry["what"] == what and all(entry.get(name) == fields[name] for name in fields)
        )

    def summary(self) -> Summary:
        """The call in one line, as far as it has come."""
        return summary_of(self.call, self.entries)

    def lines(self) -> bytes:
        """The record as it is kept: one JSON object a line."""
        return to_lines(self.entries)

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
