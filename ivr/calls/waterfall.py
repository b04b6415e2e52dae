"""Where the time went before each utterance: from what caused it to what the caller heard.

Pure: entries of a record in, one :class:`Waterfall` for each time of saying something out. The
stages are those of the record: cause (a key, the answer, …) -> asked (the flow has decided, the
text is made) -> first byte (of a take, or of a voice that was asked) -> first frame (sent) ->
audible (its first sample above -45 dBFS, by our reckoning) -> heard (its mark came back). Entries
that are damaged, missing or from an older version leave a stage empty and nothing more. Used by
``ivr calls show`` (a whole record) and ``ivr call`` (entry by entry, while the call lasts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

SAME_TURN_MS = 50.0
"""An old record does not say why something was said: what happened so shortly before was it."""
UNKNOWN = "unknown"

_CAUSES = {"stream": "answer", "return": "return", "key": "key", "heard": "heard"}
"""What may cause speech, by the entry that tells of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of an utterance: where its audio came from, and when there was some."""

    number: int
    """Its place among the parts, from 0."""
    source: str
    """``take``, ``voice`` or ``ahead`` (a voice that was asked before the caller needed it)."""
    first_byte_ms: float
    """Since the cause."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One time of saying something. All times but ``at_ms`` count from the cause."""

    utterance: int
    step: str
    text: str
    """As it may be written down."""
    cause: str
    """``answer``, ``return``, ``resume``, ``key``, ``heard`` (what was said before is over),
    ``time`` (the caller was silent, or a deadline passed), or ``unknown``."""
    key: str
    """The key that caused it, as it may be written down; else empty."""
    at_ms: float
    """When the cause happened, since the webhook."""
    follows: bool
    """Something was still being said when it was asked for: nobody waited for it."""
    asked_ms: float
    pieces: tuple[Piece, ...] = ()
    first_frame_ms: float | None = None
    audible_ms: float | None = None
    lead_ms: float | None = None
    """Silence before its first audible sample; part of the audio."""
    ended: str = ""
    """``heard``, ``stopped``, ``cut`` (the stream ended), or empty while it is being said."""
    ended_ms: float | None = None
    mark: str = ""
    again: int = 0
    """How many times it was sent once more, because something else was thrown away."""
    gaps: tuple[float, ...] = ()
    """Holes in it, in ms: the voice was late."""
    falls: tuple[str, ...] = ()
    """Voices that failed on the way, each with its reason."""
    failure: str = ""

    @property
    def source(self) -> str:
        """Where its first audio came from; empty while there is none."""
        return self.pieces[0].source if self.pieces else ""

    @property
    def first_byte_ms(self) -> float | None:
        """When there was any audio of it."""
        return self.pieces[0].first_byte_ms if self.pieces else None


def waterfalls(entries: Iterable[Mapping[str, object]]) -> tuple[Waterfall, ...]:
    """The waterfalls of a whole record, in the order things were asked for."""
    chart = Chart()
    for entry in entries:
        chart.add(entry)
    return tuple(chart.falls)


class Chart:
    """The waterfalls of one call while its entries come in."""

    __slots__ = ("_causes", "_key", "_latest", "_open", "_places", "falls")

    def __init__(self) -> None:
        self.falls: list[Waterfall] = []
        self._places: dict[int, int] = {}
        """By utterance: an utterance that is said again in a new stream has a new place."""
        self._open: set[int] = set()
        """Asked for, and neither heard nor stopped."""
        self._causes: dict[str, float] = {}
        """When each kind of cause happened last, since the webhook."""
        self._latest = UNKNOWN
        self._key = ""

    def add(self, entry: Mapping[str, object]) -> None:
        """Take in one entry."""
        what = entry.get("what")
        t = _number(entry.get("t")) or 0.0
        if what == "asked":
            self._asked(entry, t)
        elif what in ("cut", "leave", "end"):
            self._all_over(t)
        elif (place := self._places.get(_id(entry))) is not None:
            self.falls[place] = self._gone_on(self.falls[place], str(what), entry, t)
        if isinstance(what, str) and what in _CAUSES:
            self._latest = _CAUSES[what]
            self._causes[self._latest] = t
            self._key = str(entry.get("key", "")) if what == "key" else ""

    def of(self, utterance: int) -> Waterfall | None:
        """The waterfall of the last time this utterance was asked for."""
        place = self._places.get(utterance)
        return None if place is None else self.falls[place]

    # ----------------------------------------------------------------------- stages

    def _asked(self, entry: Mapping[str, object], t: float) -> None:
        cause = str(entry.get("cause") or self._guess(t))
        # What time alone brought, or a new stream, has no entry of its own that would say when.
        happened = self._causes.get("answer" if cause == "resume" else cause, t)
        utterance = _id(entry)
        self._places[utterance] = len(self.falls)
        self.falls.append(
            Waterfall(
                utterance=utterance,
                step=str(entry.get("step", "")),
                text=str(entry.get("text", "")),
                cause=cause,
                key=self._key if cause == "key" else "",
                at_ms=happened,
                follows=bool(self._open),
                asked_ms=_round(t - happened),
            )
        )
        self._open.add(utterance)

    def _guess(self, t: float) -> str:
        if self._latest == UNKNOWN:
            return UNKNOWN
        return self._latest if t - self._causes[self._latest] <= SAME_TURN_MS else "time"

    def _gone_on(
        self, fall: Waterfall, what: str, entry: Mapping[str, object], t: float
    ) -> Waterfall:
        since_asked = _number(entry.get("ms"))
        since_cause = None if since_asked is None else _round(fall.asked_ms + since_asked)
        match what:
            case "first_byte" if since_cause is not None:
                number = entry.get("part")
                piece = Piece(
                    number if isinstance(number, int) else len(fall.pieces),
                    str(entry.get("source", "")),
                    since_cause,
                )
                return replace(fall, pieces=(*fall.pieces, piece))
            case "first_frame":
                mark = str(entry.get("mark", ""))
                if fall.first_frame_ms is not None:
                    return replace(fall, again=fall.again + 1, mark=mark)
                return replace(fall, first_frame_ms=since_cause, mark=mark)
            case "audible" if fall.audible_ms is None:
                lead_ms = _number(entry.get("lead_ms"))
                return replace(fall, audible_ms=since_cause, lead_ms=lead_ms)
            case "gap" if since_asked is not None:
                return replace(fall, gaps=(*fall.gaps, since_asked))
            case "heard" | "stopped":
                self._open.discard(_id(entry))
                falls = entry.get("falls")
                return replace(
                    fall,
                    ended=what,
                    ended_ms=_round(t - fall.at_ms),
                    falls=tuple(map(str, falls)) if isinstance(falls, list) else (),
                )
            case "failed":
                return replace(fall, failure=str(entry.get("reason", "")))
            case _:
                return fall

    def _all_over(self, t: float) -> None:
        """The stream is over: what was not heard until now will not be."""
        for utterance in self._open:
            place = self._places[utterance]
            fall = self.falls[place]
            self.falls[place] = replace(fall, ended="cut", ended_ms=_round(t - fall.at_ms))
        self._open.clear()


def _id(entry: Mapping[str, object]) -> int:
    """Which utterance an entry is about; -1 where it does not say."""
    utterance = entry.get("utterance")
    return utterance if isinstance(utterance, int) else -1


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _round(ms: float) -> float:
    """To a tenth, as the record has it."""
    return round(ms, 1)
