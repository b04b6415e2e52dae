"""What must not have been, whatever the weather: every check reads a story and names what it finds.

A story is what was seen from outside (by the carrier, its callers and the world), what the store
holds when all is over, what was logged, and what the processes that live still have in their hands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ivr.calls.speaker import LEAD_MS
from ivr.phone.dead_air import DEAD_AIR_MS, Span, dead_air, owed_by_entries
from ivr.stores.base import Summary
from tests.simulation.storm.line import Seen, Stream
from tests.simulation.storm.weather import Weather
from tests.simulation.storm.world import Effects

Entry = Mapping[str, object]

OUTCOMES = frozenset(
    {
        *("hangup", "caller_hung_up", "transferred", "gave_up"),
        *("trouble", "speechless", "limit", "lost"),
    }
)
SECRET_WINDOW = 6
"""So many digits of a secret in a row are a leak where only a caller's keys can stand."""
BYTES_WINDOW = 8
"""The same among numbers of all kinds: times have six digits, and no chance makes eight."""
GRACE_MS = 60.0
"""Of virtual time, for what happens within one moment of several clocks."""
ONCE = "order"
"""The flow in which something is done once whatever its caller does."""


class Kind(Enum):
    """What can be found."""

    RECORD = "not exactly one record"
    OUTCOME = "an outcome that cannot be"
    SILENCE = "silence that was owed a sound"
    LEAK = "digits that nobody may see"
    LEFT = "left behind"
    HELD = "memory that is not given back"
    STREAMS = "two streams at once"
    EFFECT = "done twice"
    MARK = "lost marks, and the carrier has lost none"
    WIRE = "messages no server sends"
    FAULT = "a fault of ours"
    ENDLESS = "a call that does not end"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not have been."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.what}"


@dataclass(slots=True)
class Story:
    """One storm, told from outside."""

    weather: Weather
    calls: list[Seen] = field(default_factory=list)
    effects: Effects = field(default_factory=Effects)
    unwritten: set[tuple[str, str]] = field(default_factory=set)
    """Effects whose intention could not be written down: nobody promises anything of these."""
    records: list[tuple[Summary, list[Entry]]] = field(default_factory=list)
    bytes: bytes = b""
    """Everything the store has ever held that is still in it, at several moments."""
    log: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What was logged as a fault of ours, or reached the server."""
    held: list[str] = field(default_factory=list)
    """What a process still has in its hands though all calls are over."""
    overlaps: list[str] = field(default_factory=list)
    left: str = ""
    """What the loop has to say of tasks that were left."""


def findings(story: Story) -> list[Finding]:
    """Everything that is wrong with it."""
    return [finding for check in CHECKS for finding in check(story)]


# --------------------------------------------------------------------------- records


def one_record_each(story: Story) -> Iterator[Finding]:
    """Every call that rang has one record, whole, and nobody else has any."""
    for seen in story.calls:
        own = [entries for summary, entries in story.records if summary.call == seen.sid]
        if len(own) != 1 and not (not own and _only_the_dead_knew(story.weather)):
            yield Finding(Kind.RECORD, f"{seen.sid} has {len(own)}, told {seen.decisions}")
        for entries in own:
            told = [str(entry["what"]) for entry in entries]
            if told.count("end") != 1 or told[-1] != "end":
                yield Finding(Kind.RECORD, f"{seen.sid} ends with {told[-5:]}")
            if told[0] != "webhook" or entries[0]["call"] != seen.sid:
                yield Finding(Kind.RECORD, f"{seen.sid} begins with {entries[0]}")
            times = [float(str(entry["t"])) for entry in entries]
            if any(time < 0 for time in times):
                yield Finding(Kind.RECORD, f"{seen.sid} goes back before its webhook: {times}")
    for summary, _ in story.records:
        if summary.call not in {seen.sid for seen in story.calls}:
            yield Finding(Kind.RECORD, f"one of {summary.call}, who never rang")


def legal_outcomes(story: Story) -> Iterator[Finding]:
    """How it ended is one of the ways there are, and agrees with what the carrier saw.

    Without a store processes know nothing of each other: the one that is told last may be wrong.
    """
    calls = {seen.sid: seen for seen in story.calls}
    for summary, _ in story.records:
        seen, outcome = calls.get(summary.call), summary.outcome
        if outcome not in OUTCOMES:
            yield Finding(Kind.OUTCOME, f"{summary.call}: {outcome!r}")
        if seen is None:
            continue
        if outcome == "caller_hung_up" and not seen.hung_up and not story.weather.spells:
            yield Finding(Kind.OUTCOME, f"{seen.sid}: {outcome}, and its caller did not")
        if outcome in ("lost", "speechless") and not seen.misled and not _rough(story.weather):
            yield Finding(Kind.OUTCOME, f"{seen.sid}: {outcome}, and nothing went wrong")


def _only_the_dead_knew(weather: Weather) -> bool:
    """Whether a process went after the store had failed: what was not written down is gone."""
    went = [blow.at for blow in weather.blows if blow.kind != "jump"]
    return any(spell.start <= at for spell in weather.spells for at in went)


def _rough(weather: Weather) -> bool:
    return bool(weather.blows or weather.spells)


# --------------------------------------------------------------------------- what was heard


def no_dead_air(story: Story) -> Iterator[Finding]:
    """Nobody who is owed a sound hears nothing for longer than the house allows."""
    for seen in story.calls:
        for number, stream in enumerate(seen.streams, 1):
            for silence in silences_of(stream):
                if silence.ms > DEAD_AIR_MS + 2000 * stream.link.delay + GRACE_MS:
                    what = f"{seen.sid}, stream {number}: {silence.ms:.0f} ms {silence.why}"
                    yield Finding(Kind.SILENCE, f"{what}, from {silence.start_ms / 1000:.2f} s on")


def silences_of(stream: Stream) -> list[Span]:
    """The dead air of one stream, but for the time in which the line took nothing."""
    link = stream.link
    owed, pauses = owed_by_entries(stream.entries, stream.shift_ms, link.ended_at * 1000)
    sounds = [(start * 1000, end * 1000) for start, end in link.spans()]
    # Until it takes again it takes nothing, and what is under way then takes its time as well.
    excused = [(start * 1000, end * 1000 + 1000 * link.delay) for start, end in link.stalls]
    edges = sorted([*sounds, *excused, (link.ended_at * 1000, link.ended_at * 1000)])
    silent, quiet_since = [], link.started_at * 1000
    for start, end in edges:
        if start > quiet_since:
            silent.append(Span(quiet_since, start))
        quiet_since = max(quiet_since, end)
    return [span for span in dead_air(silent, owed, pauses) if span.ms > 0]


def marks_are_not_lost(story: Story) -> Iterator[Finding]:
    """A carrier that brings every mark back is believed, and nothing counts as heard twice."""
    for seen in story.calls:
        for stream in seen.streams:
            for entry in stream.entries:
                at = (float(str(entry["t"])) - stream.shift_ms) / 1000
                if "lost_mark" in entry and at <= stream.link.ended_at and not stream.link.stalls:
                    yield Finding(Kind.MARK, f"{seen.sid}: {entry}")
    for summary, entries in story.records:
        heard = [entry["utterance"] for entry in entries if entry["what"] == "heard"]
        if twice := {number for number in heard if heard.count(number) > 1}:
            yield Finding(Kind.MARK, f"{summary.call}: heard twice: {twice}")


def wire_is_clean(story: Story) -> Iterator[Finding]:
    """Nothing but whole messages of this stream, and never more ahead than is allowed."""
    for seen in story.calls:
        for stream in seen.streams:
            if stream.link.faults:
                yield Finding(Kind.WIRE, f"{seen.sid}: {stream.link.faults}")
            if stream.link.lead_max * 1000 > LEAD_MS + 2:
                yield Finding(Kind.WIRE, f"{seen.sid}: {stream.link.lead_max:.3f} s ahead")


# --------------------------------------------------------------------------- secrets


def no_secret_is_kept(story: Story) -> Iterator[Finding]:
    """What was entered where nobody may see it is in no record, no byte of the store, no log."""
    kept = story.bytes.decode("latin-1")
    log = "\n".join(story.log)
    for seen in story.calls:
        if place := _leaks(seen.secret, kept, BYTES_WINDOW):
            yield Finding(Kind.LEAK, f"{seen.sid}: in the store: {place}")
        if place := _leaks(seen.secret, log, BYTES_WINDOW):
            yield Finding(Kind.LEAK, f"{seen.sid}: in the log: {place}")
        own = [entries for summary, entries in story.records if summary.call == seen.sid]
        for entries in own:
            keys = "".join(str(entry["key"]) for entry in entries if entry["what"] == "key")
            if place := _leaks(seen.secret, keys):
                yield Finding(Kind.LEAK, f"{seen.sid}: in its keys: {place}")
            for entry in entries:
                digits = re.sub(r"[ ,.]", "", " ".join(map(str, entry.values())))
                if place := _leaks(seen.secret, digits, BYTES_WINDOW):
                    yield Finding(Kind.LEAK, f"{seen.sid}: in {entry['what']}: {place}")


def _leaks(secret: str, text: str, window: int = SECRET_WINDOW) -> str:
    """The first place of the text in which there are several digits of the secret in a row."""
    for start in range(len(secret) - window + 1):
        at = text.find(secret[start : start + window])
        if at >= 0:
            return text[max(0, at - 40) : at + 40]
    return ""


# --------------------------------------------------------------------------- the house


def one_stream_at_once(story: Story) -> Iterator[Finding]:
    """Nobody talks to a caller while somebody else does, and no stream id works twice."""
    for overlap in story.overlaps:
        yield Finding(Kind.STREAMS, overlap)
    for seen in story.calls:
        if seen.replayed:
            yield Finding(Kind.STREAMS, f"{seen.sid}: a stream id worked twice")


def effects_at_most_once(story: Story) -> Iterator[Finding]:
    """What changes something outside is done once, whoever dies meanwhile."""
    orders: dict[str, int] = {}
    once = {seen.sid for seen in story.calls if seen.flow == ONCE}
    unsure = {sid for sid, _ in story.unwritten}
    for (sid, what), times in story.effects.items():
        if times > 1 and (sid, what) not in story.unwritten:
            yield Finding(Kind.EFFECT, f"{sid}: {what}: {times} times")
        if sid in once and sid not in unsure:
            orders[sid] = orders.get(sid, 0) + times
    for sid, times in orders.items():
        if times > 1:
            yield Finding(Kind.EFFECT, f"{sid}: ordered {times} times")


def nothing_is_held(story: Story) -> Iterator[Finding]:
    """When all calls are over nobody holds anything of them, and nothing runs any more."""
    for held in story.held:
        yield Finding(Kind.HELD, held)
    if story.left:
        yield Finding(Kind.LEFT, story.left)


def no_faults_of_ours(story: Story) -> Iterator[Finding]:
    """Nothing was logged that only a bug brings about."""
    for fault in story.faults:
        yield Finding(Kind.FAULT, fault)


def every_call_ends(story: Story) -> Iterator[Finding]:
    """The carrier is told in the end that a call is over, or hangs up itself."""
    for seen in story.calls:
        if not seen.ended or (not seen.hung_up and seen.told not in ("Over", "Apologise", "Busy")):
            yield Finding(Kind.ENDLESS, f"{seen.sid}: told {seen.decisions}")


CHECKS: Sequence[Callable[[Story], Iterator[Finding]]] = (
    one_record_each,
    legal_outcomes,
    no_dead_air,
    marks_are_not_lost,
    wire_is_clean,
    no_secret_is_kept,
    one_stream_at_once,
    effects_at_most_once,
    nothing_is_held,
    no_faults_of_ours,
    every_call_ends,
)
