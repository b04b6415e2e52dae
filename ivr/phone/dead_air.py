"""Dead air: how long a caller who is being made to wait hears nothing.

Pure: spans of time in, spans out, and what a recording and the server's own entries say about both.
A span of silence is dead air where it falls into time in which the line *owes* the caller a sound.
Silence while the line listens, between the digits of an entry, while somebody else is on the phone,
and where the author wrote a pause, is not. *Audible* is a sample above -45 dBFS
(``ivr.audio.loudness``). ``Telephone`` judges every call by it when the call is over; the benches
and the simulation hand in spans of their own.

What the line owes, by the wire alone (any server):

* from ``start`` of the first stream, and from the end of a transfer or of a lost stream, to the
  next audible sample;
* from a key to the audible sample that answers it, where the answer's first message came within
  the limit; otherwise from that message;
* holes in an utterance because its audio came late, and its missing end until its mark comes.

By the wire alone it cannot be known why a line keeps quiet after a key (it may wait for more keys),
nor whether silence that was sent as audio was meant (``pause: 2s``): neither is counted, but for
the silence in front of an answer, which is. A server that never answers a key passes.

Where the server is our own its record's entries are known (``ivr.calls.record``), and nothing is
guessed: the line owes sound from what caused an utterance until the utterance was heard, and an
author's pauses are allowed for by the length they were written with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ivr.audio.loudness import silences
from ivr.phone.events import (
    CallEnded,
    DialEnded,
    Dialled,
    Noted,
    Queued,
    QueueLeft,
    SegmentClosed,
    SegmentEnded,
    StreamEnded,
    StreamStarted,
)
from ivr.phone.recording import Recording

DEAD_AIR_MS = 1_200.0
"""The most a caller may be left without a sound."""
IN_A_TEXT = "in the middle of a text"
TOUCHING_MS = 20.0
"""Two clocks tell of these spans; what is a frame apart is one wait."""

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From when to when, in milliseconds; the end does not belong to it."""

    start_ms: float
    end_ms: float
    why: str = ""
    """What the caller was waiting for: ``after key 2``."""

    @property
    def ms(self) -> float:
        """How long it is."""
        return max(0.0, self.end_ms - self.start_ms)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence an author wrote: so much of a silence during that span is meant."""

    during: Span
    ms: float


def dead_air(
    silent: Iterable[Span], owed: Iterable[Span], pauses: Sequence[Pause] = ()
) -> tuple[Span, ...]:
    """Every stretch in which nothing was heard and something was owed, in order.

    Written pauses are taken off at its end: what is left is what nobody meant.
    """
    groups = _joined(owed)
    found = []
    for silence in silent:
        for group in groups:
            start_ms = max(silence.start_ms, group[0].start_ms)
            end_ms = min(silence.end_ms, max(span.end_ms for span in group))
            if end_ms <= start_ms:
                continue
            meant_ms = sum(
                pause.ms
                for pause in pauses
                if pause.during.start_ms < end_ms and pause.during.end_ms > start_ms
            )
            if end_ms - meant_ms > start_ms:
                found.append(Span(start_ms, end_ms - meant_ms, _why(group, start_ms)))
    return tuple(found)


def passing(spans: Iterable[Span], limit_ms: float = DEAD_AIR_MS) -> tuple[Span, ...]:
    """Those that are longer than a caller may be left."""
    return tuple(span for span in spans if span.ms > limit_ms)


def told(span: Span, limit_ms: float) -> str:
    """What went wrong, for people."""
    why = f" {span.why}" if span.why else ""
    return (
        f"nothing was heard for {span.ms:,.0f} ms{why}, from {span.start_ms / 1000:.1f} s on; "
        f"{limit_ms:,.0f} ms is the most"
    )


def of_call(
    recording: Recording, entries: Sequence[Entry] = (), limit_ms: float = DEAD_AIR_MS
) -> tuple[Span, ...]:
    """The dead air of a whole call, of any length; ``entries`` where the server's are known."""
    silent = [Span(*pair) for pair in silences(bytes(recording.line.audio))]
    by_wire = owed_by_wire(recording, limit_ms)
    by_record, pauses = owed_by_record(recording, entries)
    return dead_air(silent, chain(by_wire, by_record), pauses)


# --------------------------------------------------------------------------- by the wire


def owed_by_wire(recording: Recording, limit_ms: float = DEAD_AIR_MS) -> tuple[Span, ...]:
    """When the line owed a sound, as far as a telephone can tell."""
    found = chain(_beginnings(recording), _answers(recording, limit_ms), _holes(recording))
    return tuple(span for span in found if span.ms > 0)


def _beginnings(recording: Recording) -> Iterator[Span]:
    """From each moment at which the line has the caller (again) to its next sound."""
    since: tuple[float, str] | None = None
    sounds = [segment.sound_ms for segment in recording.segments if segment.sound_ms is not None]
    over = [e.at_ms for e in recording.events if isinstance(e, StreamEnded | CallEnded)]
    for event in recording.events:
        match event:
            case StreamStarted(at_ms, _, number):
                began_ms, why = since or (at_ms, "at the start" if number == 1 else "")
                until = [ms for ms in (*sounds, *over) if ms >= at_ms]
                since = None
                yield Span(began_ms, min(until, default=at_ms), why)
            case StreamEnded(at_ms, by_server=True):
                since = (at_ms, "after a stream that ended")
            case DialEnded(at_ms) | QueueLeft(at_ms):
                since = (at_ms, "after the transfer")
            case Dialled(at_ms) | Queued(at_ms):
                if since is not None:
                    yield Span(since[0], at_ms, "before the transfer")
                since = None
            case Noted():
                # A sound that is only told here.
                since = None
            case _:
                continue


def _answers(recording: Recording, limit_ms: float) -> Iterator[Span]:
    """From each key that was answered to its answer."""
    keys = [key for key in recording.keys if key.sent]
    for place, key in enumerate(keys):
        next_ms = keys[place + 1].at_ms if place + 1 < len(keys) else float("inf")
        answer = min(
            (s for s in recording.segments if s.received_ms >= key.at_ms),
            key=lambda segment: segment.received_ms,
            default=None,
        )
        if answer is None or answer.received_ms >= next_ms:
            continue
        prompt = answer.received_ms - key.at_ms <= limit_ms
        start = key.at_ms if prompt else answer.received_ms
        end = answer.end_ms if answer.sound_ms is None else answer.sound_ms
        yield Span(start, end, "after a key")


def _holes(recording: Recording) -> Iterator[Span]:
    """Where audio of an utterance was late, or never came before its mark."""
    closed = {e.segment: e.at_ms for e in recording.events if isinstance(e, SegmentClosed)}
    for event in recording.events:
        if not isinstance(event, SegmentEnded):
            continue
        segment = event.segment
        for gap in segment.gaps:
            yield Span(gap.at_ms, gap.at_ms + gap.ms, IN_A_TEXT)
        # A mark that was there in time is due at the end of the audio.
        until = closed.get(segment.number, event.at_ms)
        yield Span(segment.end_ms, until, IN_A_TEXT)


# --------------------------------------------------------------------------- by the record


def owed_by_record(
    recording: Recording, entries: Sequence[Entry]
) -> tuple[tuple[Span, ...], tuple[Pause, ...]]:
    """When the line owed a sound, and what silence was written, as the server itself says.

    The server's times count from the webhook and the telephone's from the answer; the first
    ``stream`` entry is where they meet, to a few milliseconds.
    """
    shift_ms = _shift(recording, entries)
    if shift_ms is None:
        return (), ()
    until_ms = recording.ended.at_ms if recording.ended is not None else float("inf")
    return owed_by_entries(entries, shift_ms, until_ms)


def owed_by_entries(
    entries: Iterable[Entry], shift_ms: float, until_ms: float
) -> tuple[tuple[Span, ...], tuple[Pause, ...]]:
    """The same without a telephone; ``shift_ms`` is taken off every time of the record."""
    reading = _Reading(shift_ms)
    for entry in entries:
        reading.add(entry)
    reading.close(until_ms)
    return tuple(reading.owed), tuple(reading.pauses)


def _shift(recording: Recording, entries: Sequence[Entry]) -> float | None:
    """What to take off a time of the record to have the telephone's."""
    started = next((e for e in recording.events if isinstance(e, StreamStarted)), None)
    stream = next((e for e in entries if e.get("what") == "stream"), None)
    if started is None or stream is None:
        return None
    return _number(stream.get("t")) - started.at_ms


class _Reading:
    """The entries of one record, read in order."""

    def __init__(self, shift_ms: float) -> None:
        self.owed: list[Span] = []
        self.pauses: list[Pause] = []
        self._shift_ms = shift_ms
        self._causes: dict[object, tuple[float, str]] = {}
        self._open: dict[object, _Owed] = {}
        self._heard_until_ms = 0.0

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        at_ms = _number(entry.get("t")) - self._shift_ms
        match entry.get("what"):
            case "stream":
                self._causes["answer"] = self._causes["resume"] = (at_ms, "at the start")
            case "return":
                self._causes["return"] = (at_ms, "after the transfer")
            case "key":
                self._causes["key"] = (at_ms, f"after key {entry.get('key')}")
            case "asked":
                since, why = self._causes.get(entry.get("cause"), (at_ms, ""))
                owed = _Owed(Span(since, since, why), at_ms, _written(entry))
                self._open[entry.get("utterance")] = owed
            case "audible" if (said := self._open.get(entry.get("utterance"))) is not None:
                said.audible_ms = said.asked_ms + _number(entry.get("ms"))
            case "heard" | "stopped":
                self._over(entry.get("utterance"), at_ms)
                self._causes["heard"] = (at_ms, "between two texts")
            case "cut" | "leave" | "end":
                self.close(at_ms)
            case _:
                return

    def close(self, at_ms: float) -> None:
        """What is still being said is over now."""
        for utterance in list(self._open):
            self._over(utterance, at_ms)

    def _over(self, utterance: object, at_ms: float) -> None:
        said = self._open.pop(utterance, None)
        if said is not None:
            self.owed.append(replace(said.since, end_ms=at_ms))
            if said.audible_ms is not None and said.audible_ms < at_ms:
                # The same time, and what a caller would say of it.
                self.owed.append(Span(said.audible_ms, at_ms, IN_A_TEXT))
            if said.pause_ms:
                # It is played after what was heard before it.
                during = Span(max(said.since.start_ms, self._heard_until_ms), at_ms)
                self.pauses.append(Pause(during, said.pause_ms))
        self._heard_until_ms = at_ms


@dataclass(slots=True)
class _Owed:
    """An utterance that is being said."""

    since: Span
    """Where it begins to be owed, and why."""
    asked_ms: float
    pause_ms: float
    """The pause written in it."""
    audible_ms: float | None = None


def _written(entry: Entry) -> float:
    """The longest pause an author wrote into an utterance."""
    parts = entry.get("parts")
    longest = running = 0.0
    for part in parts if isinstance(parts, list) else ():
        silent = isinstance(part, dict) and part.get("kind") == "silence"
        running = running + _number(part.get("ms")) if silent else 0.0
        longest = max(longest, running)
    return longest


# --------------------------------------------------------------------------- spans


def _joined(spans: Iterable[Span]) -> list[list[Span]]:
    """Spans that overlap or touch, together; each group in order."""
    groups: list[list[Span]] = []
    end_ms = 0.0
    for span in sorted(spans):
        if groups and span.start_ms <= end_ms + TOUCHING_MS:
            groups[-1].append(span)
            end_ms = max(end_ms, span.end_ms)
        else:
            groups.append([span])
            end_ms = span.end_ms
    return groups


def _why(group: Sequence[Span], at_ms: float) -> str:
    """What the caller was waiting for at a moment: the last thing that began before it."""
    begun = [span for span in group if span.start_ms <= at_ms and span.why]
    return begun[-1].why if begun else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
