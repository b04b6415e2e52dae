"""A simulated call as a dialogue: who said or did what, when, and how far it has got by now.

Put together from two sides: what the telephone heard (``ivr.phone.events``), which knows when but
not what, and the server's record of the call (its *entries*), which knows what but not when it was
heard. They meet by the names of marks. Without entries (a server somewhere else) there are still
times, keys and marks. One dialogue serves the live screen and the transcript file, so the two
cannot differ. No terminal and no file here; ``screen.py`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ivr.calls.waterfall import Chart, Waterfall
from ivr.cli import legs
from ivr.phone.events import (
    CalleeTold,
    CallEnded,
    DialEnded,
    Dialled,
    EndedBy,
    Event,
    Faulted,
    KeyPressed,
    Noted,
    Queued,
    QueueLeft,
    SegmentBegan,
    SegmentClosed,
    SegmentEnded,
    SoundHeard,
)
from ivr.phone.protocol import KEYS

CHARS_PER_MS = 0.015
"""How fast voices speak, until one has been heard: 15 letters a second."""
UNFINISHED_SHARE = 0.9
"""Of a text whose end is not known yet, no more than this is shown as spoken."""
SAME_ENTRY_MS = 2000
"""Keys with less than this between them are one line."""
PATIENCE_MS = 1000
"""A flow that speaks later than this after a key has waited for more keys, on purpose."""
HELD = "(music)"
"""What fills the time while something is looked up."""
MASK = "•"
"""How the record writes a key that must not be written."""


class Who(Enum):
    """Who a line of the dialogue is about."""

    IVR = "ivr"
    CALLER = "caller"
    CALLEE = "callee"
    WORLD = "world"
    """Whoever answers for services, functions and mailboxes."""
    TWILIO = "twilio"
    FAULT = "fault"


@dataclass(slots=True)
class Line:
    """One line of the dialogue; it grows until it is ``done``."""

    at_ms: float
    who: Who
    text: str = ""
    """The whole text, where it is known; what was heard of it is ``heard``."""
    step: str = ""
    stops: bool = False
    """What was being said before was stopped for this."""
    cut: bool = False
    done: bool = False
    sound_ms: float | None = None
    """How long the caller had waited when the first of it was audible."""
    mark: str | None = None
    segment: int = 0
    end_ms: float | None = None
    """When it will have been said, or was, or was cut."""
    keys: list[KeyPressed] = field(default_factory=list)
    aside: str = ""
    """Why the flow did not take a key."""
    shown: float = 0.0
    """How many letters of the text were spoken by ``seen_ms``."""
    seen_ms: float = 0.0

    @property
    def heard(self) -> str:
        """As much of the text as has been spoken: whole words, and ``…`` where it was cut."""
        if not (self.cut or self.who is Who.IVR) or self.shown >= len(self.text):
            return self.text
        words = self.text[: _end_of_word(self.text, int(self.shown))].rstrip()
        return words.rstrip(".,;:") + "…" if self.done else words


class Dialogue:
    """The lines of one call, in the order they began. Feed it events and entries, in any mix."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        """``names`` are what the flows call those they may ring, by address."""
        self.lines: list[Line] = []
        self._now_ms = 0.0
        self.step = ""
        """Where the caller is: ``flow/step``, as far as it is known."""
        self.secrets: list[KeyPressed] = []
        """Keys that must be written nowhere."""
        self._texts: dict[object, Mapping[str, object]] = {}
        self._begun: list[tuple[str, object]] = []
        """Mark and utterance of everything the server began to send, in order."""
        self._shift = 0
        """Segment n belongs to the begun utterance n - 1 + shift."""
        self._names = dict(names or {})
        self._pressed: list[KeyPressed] = []
        self._masks: list[bool] = []
        self._stopped = False
        self._dialling: Dialled | None = None
        self._ringing: Line | None = None
        self._key_entry_ms = 0.0
        self._asked_by_key = True
        """Whether the last key asked for an answer, as far as the server has told."""
        self.key_waits: list[float] = []
        """How long the caller waited for a sound after each key that was answered at once."""
        self._rate = CHARS_PER_MS
        self.chart = Chart()
        """Where the time went before everything the line said, as the server tells."""

    # ------------------------------------------------------------------- feeding it

    def happened(self, event: Event) -> None:
        """The telephone tells what happened."""
        match event:
            case SegmentBegan():
                self._segment_began(event)
            case SegmentClosed():
                self._segment_closed(event)
            case SegmentEnded():
                self._segment_ended(event)
            case SoundHeard():
                self._sound_heard(event)
            case KeyPressed():
                self._key_pressed(event)
            case Dialled():
                self._dialled(event)
            case DialEnded():
                self._dial_ended(event)
            case CalleeTold(at_ms, address, text):
                self._rang()
                told = f"{self.name_of(address) or address} {legs.heard(text)}"
                self._add(Who.CALLEE, at_ms, told)
            case Queued(at_ms, name):
                self._add(Who.IVR, at_ms, f"lets the caller wait in the queue {name}", self.step)
            case QueueLeft():
                self._add(Who.CALLEE, event.at_ms, legs.left(event))
            case Noted(at_ms, text):
                self._add(Who.TWILIO, at_ms, legs.heard(text))
            case Faulted(at_ms, fault):
                self._add(Who.FAULT, at_ms, str(fault))
            case CallEnded():
                self._call_ended(event)
            case _:
                return

    def entry(self, entry: Mapping[str, object]) -> None:
        """The server tells what it wrote into the call's record."""
        self.chart.add(entry)
        match entry.get("what"):
            case "step":
                self.step = str(entry.get("step", ""))
            case "asked":
                self._texts[entry.get("utterance")] = entry
            case "told":
                asked = self._texts.get(entry.get("utterance"), {})
                text = f"{asked.get('text', '')}{entry.get('text', '')}"
                self._texts[entry.get("utterance")] = {**asked, "text": text}
                self._retell(entry.get("utterance"), text)
            case "first_frame":
                self._begun.append((str(entry.get("mark")), entry.get("utterance")))
            case "leave":
                self._names[str(entry.get("number"))] = str(entry.get("name", ""))
            case "key":
                self._masks.append(entry.get("key") == MASK)
                self._key_entry_ms = _ms(entry)
                self._mask()
            case "outside":
                self._add(Who.WORLD, self._now_ms, str(entry.get("text", "")))
            case "note" if entry.get("kind") == "key_dropped":
                self._asked_by_key = False
                self._note_dropped(str(entry.get("detail", "")))
            case _:
                return
        for line in self.lines:
            self._fill(line)

    def _retell(self, utterance: object, text: str) -> None:
        """What is being said grows while it is said."""
        for line in self.lines:
            if line.segment and line.text and self._utterance_of(line) == utterance:
                line.text = text
                if line.done and not line.cut:
                    line.shown = len(text)

    def waterfall_of(self, line: Line) -> Waterfall | None:
        """Where the time went before a line was heard, as far as the server has told."""
        if line.who is not Who.IVR or not line.segment:
            return None
        utterance = self._utterance_of(line)
        return self.chart.of(utterance) if isinstance(utterance, int) else None

    def advance(self, now_ms: float) -> None:
        """Let the words of what is being said go on until now."""
        self._now_ms = max(self._now_ms, now_ms)
        for line in self.lines:
            if line.who is not Who.IVR or line.done or now_ms <= line.seen_ms:
                continue
            total = len(line.text)
            if line.end_ms is None:
                shown = line.shown + (now_ms - line.seen_ms) * self._rate
                line.shown = max(line.shown, min(shown, total * UNFINISHED_SHARE))
            elif line.end_ms > line.seen_ms:
                share = (now_ms - line.seen_ms) / (line.end_ms - line.seen_ms)
                line.shown = min(total, line.shown + (total - line.shown) * share)
            else:
                line.shown = total
            line.seen_ms = now_ms

    def name_of(self, number: str) -> str:
        """What the flow calls a number it connects to, where that is known; else empty."""
        name = self._names.get(number, "")
        return "" if name == number else name

    # ------------------------------------------------------------------- reading it

    def settled(self, since: int, now_ms: float) -> int:
        """How many lines from ``since`` on can still change no more, nor anything before them."""
        count = 0
        for place in range(since, len(self.lines)):
            line = self.lines[place]
            last = place == len(self.lines) - 1
            if line.keys and last and now_ms - line.keys[-1].at_ms < SAME_ENTRY_MS:
                break
            if not line.done:
                break
            count += 1
        return count

    @property
    def utterances(self) -> int:
        """How many things the line said that the caller heard something of."""
        return sum(1 for line in self.lines if line.who is Who.IVR and line.segment)

    # ------------------------------------------------------------------- what was said

    def _segment_began(self, event: SegmentBegan) -> None:
        line = Line(event.at_ms, Who.IVR, segment=event.segment, seen_ms=event.at_ms)
        line.stops, self._stopped = self._stopped, False
        self._fill(line)
        self.lines.append(line)

    def _segment_closed(self, event: SegmentClosed) -> None:
        self._align(event.segment, event.mark)
        for line in self._of(event.segment):
            line.mark = event.mark
            line.end_ms = event.ends_ms
            line.text = ""  # what was guessed by order gives way to what the mark says
            self._fill(line)

    def _segment_ended(self, event: SegmentEnded) -> None:
        segment = event.segment
        for line in self._of(segment.number):
            line.mark = segment.mark
            self._fill(line)
            self.advance(segment.end_ms)
            line.end_ms, line.cut, line.done = segment.end_ms, segment.cut, True
            if segment.cut:
                self._stopped = True
                continue
            line.text = ""  # heard whole: of music, now the words behind it too
            self._fill(line)
            line.shown = len(line.text)
            if segment.end_ms - segment.start_ms > 1000 and line.text:
                self._rate = len(line.text) / (segment.end_ms - segment.start_ms)

    def _sound_heard(self, event: SoundHeard) -> None:
        line = next((line for line in reversed(self.lines) if line.segment), None)
        if line is None:
            return
        if event.after in KEYS:
            asked = self._texts.get(self._utterance_of(line))
            waited_ms = 0.0 if asked is None else _ms(asked) - self._key_entry_ms
            if not self._asked_by_key or waited_ms > PATIENCE_MS:
                return  # the flow did not answer the key: it waited for more, or dropped it
            self.key_waits.append(event.ms)
        line.sound_ms = event.ms

    def _of(self, segment: int) -> Iterator[Line]:
        return (line for line in self.lines if line.segment == segment)

    def _align(self, segment: int, mark: str) -> None:
        """A segment's mark is known: that is its utterance, whatever was counted before."""
        for place in range(len(self._begun) - 1, -1, -1):
            if self._begun[place][0] == mark:
                self._shift = place - (segment - 1)
                return
        if self._begun:
            self._shift -= 1  # an utterance without any sound was never begun

    def _fill(self, line: Line) -> None:
        """Find the text of what is being said, as soon as both sides have told."""
        if line.who is not Who.IVR or not line.segment or line.text:
            return
        entry = self._texts.get(self._utterance_of(line))
        if entry is not None:
            line.text = _text_of(entry, whole=line.done and not line.cut)
            line.step = str(entry.get("step", ""))
            if line.done and not line.cut:
                line.shown = len(line.text)

    def _utterance_of(self, line: Line) -> object:
        if line.mark is not None:
            return next((u for mark, u in reversed(self._begun) if mark == line.mark), None)
        place = line.segment - 1 + self._shift
        return self._begun[place][1] if 0 <= place < len(self._begun) else None

    # ------------------------------------------------------------------- what was done

    def _key_pressed(self, event: KeyPressed) -> None:
        last = self.lines[-1] if self.lines else None
        joins = (
            last is not None
            and last.keys
            and last.keys[-1].sent == event.sent
            and event.at_ms - last.keys[-1].at_ms < SAME_ENTRY_MS
        )
        if last is None or not joins:
            last = self._add(Who.CALLER, event.at_ms, "")
        last.keys.append(event)
        self._asked_by_key = True
        if event.sent:
            self._pressed.append(event)
        self._mask()

    def _mask(self) -> None:
        """Write the keys, hidden where the server hides them, in the order they were sent."""
        told = zip(self._pressed, self._masks, strict=False)
        self.secrets = [key for key, secret in told if secret]
        for line in self.lines:
            if line.keys:
                keys = "".join(MASK if key in self.secrets else key.key for key in line.keys)
                taken = line.keys[0].sent or line.keys[0].gathered
                unheard = "" if taken else ", and nobody hears it"
                line.text = f"presses {keys}{unheard}{line.aside}"

    def _note_dropped(self, why: str) -> None:
        """The flow did not take the last key; say so beside it."""
        line = next((line for line in reversed(self.lines) if line.keys), None)
        if line is not None and why:
            line.aside = f" ({why})"
            self._mask()

    def _dialled(self, event: Dialled) -> None:
        self._add(Who.IVR, event.at_ms, legs.dialled(event, self.name_of), self.step)
        self._dialling = event
        self._ringing = self._add(Who.CALLEE, event.at_ms, "rings")
        self._ringing.done = False

    def _dial_ended(self, event: DialEnded) -> None:
        line = self._ringing or self._add(Who.CALLEE, event.at_ms, "")
        line.at_ms, line.text, line.done = event.at_ms, legs.ended(self._dialling, event), True
        self._ringing = None

    def _rang(self) -> None:
        """Something more is told than how it ended: the ringing stands for itself."""
        if self._ringing is not None:
            self._ringing.done, self._ringing = True, None

    def _call_ended(self, event: CallEnded) -> None:
        match event.by:
            case EndedBy.CALLER:
                self._add(Who.CALLER, event.at_ms, "hangs up")
            case EndedBy.LINE:
                self._add(Who.IVR, event.at_ms, "hangs up")
            case EndedBy.REJECTED:
                self._add(Who.IVR, event.at_ms, "rejects the call")
            case EndedBy.FAILED:
                self._add(Who.TWILIO, event.at_ms, "cannot go on with the call")

    def _add(self, who: Who, at_ms: float, text: str, step: str = "") -> Line:
        line = Line(at_ms, who, text, step, done=True, shown=len(text))
        if who is Who.IVR:
            line.stops, self._stopped = self._stopped, False
        self.lines.append(line)
        return line


def _text_of(entry: Mapping[str, object], *, whole: bool) -> str:
    """What was said; of music with words behind it only the music, unless all of it was heard."""
    text, parts = str(entry.get("text", "")), entry.get("parts")
    if entry.get("cause") == "tone":
        return "(tone)"
    kinds = [part.get("kind") for part in parts] if isinstance(parts, list) else []
    if "hold" in kinds:
        return f"{HELD} {text}" if whole else HELD
    if "tones" in kinds or "playback" in kinds:
        return f"{text} ({'keys' if 'tones' in kinds else 'what was recorded'})".strip()
    return text


def _ms(entry: Mapping[str, object]) -> float:
    """The time of an entry, on the server's clock."""
    t = entry.get("t")
    return float(t) if isinstance(t, int | float) else 0.0


def _end_of_word(text: str, place: int) -> int:
    """The end of the word that is being said at a place."""
    while 0 < place < len(text) and not text[place - 1].isspace():
        place += 1
        if text[place - 1].isspace():
            return place - 1
    return place
