"""What is being said to the caller: utterances in, wire messages out, and who was heard.

No socket, no task, no clock: it is told what to say and what came back, and pulled for the next
message; ``now`` is the call's whole milliseconds. It keeps a bounded lead at the carrier, knows by
the carrier's marks what was heard, and throws out what was sent when the caller interrupts. Used by
``session``, which alone sends.

Sent is not played: only the echo of a mark tells how far the carrier got, and a ``clear`` echoes
all pending marks at once, so marks carry a generation and echoes of an older one prove nothing
(Twilio, "Media Streams - WebSocket messages", read 2026-11).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import assert_never

from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from ivr.audio.loudness import first_audible
from ivr.audio.mulaw import SILENCE
from ivr.calls.record import Record
from ivr.carriers import twilio
from ivr.flow.messages import (
    Clip,
    Hold,
    Narration,
    Part,
    Playback,
    Silence,
    Tones,
    Utterance,
    UtteranceFailed,
    UtteranceHeard,
    Words,
)
from ivr.prompts.takes import Sound

LEAD_MS = 1000
"""Audio at the carrier and not yet played, at most: covers our own stalls and the network's, and is
small enough that a ``clear`` has little to throw away."""

MESSAGE_MS = 200
"""Audio in one message, except where there is less: the last of an utterance, and whatever a slow
voice has when the carrier would otherwise run dry."""

GAP_MS = 300
"""Silence between queued texts; part of the second one's audio. Nothing after a key."""

LOST_MARK_MS = 2000
"""A mark that has not come back this long after its audio should have been played never will."""

_GAP = Sound(SILENCE * (GAP_MS * BYTES_PER_MS))


class Speaker:
    """The one voice of one stream: what it says, in order."""

    __slots__ = (
        "_clear_due",
        "_generation",
        "_held",
        "_playing_until_ms",
        "_queue",
        "_record",
        "_sending",
        "_stream_sid",
    )

    def __init__(self, stream_sid: str, record: Record) -> None:
        self._stream_sid = stream_sid
        self._record = record
        self._queue: list[_Said] = []
        """Asked for and not yet heard, in order."""
        self._generation = 1
        self._playing_until_ms = 0
        """When the carrier will have played all it was sent, by our reckoning."""
        self._clear_due = False
        self._held = False
        """Nothing more is begun; what was begun is said to its end."""
        self._sending: tuple[_Said, int] | None = None
        """The message that was pulled last and its milliseconds, until it is known to be sent."""

    @property
    def idle(self) -> bool:
        """Whether everything was heard, and nothing waits to be sent."""
        return not self._queue and not self._clear_due

    @property
    def rests(self) -> bool:
        """Whether nothing is being said: whatever was begun was heard, or thrown out."""
        return not self._clear_due and not any(said.begun for said in self._queue)

    def hold(self, held: bool) -> None:
        """Say to its end what was begun, and begin nothing more for as long as it is held."""
        self._held = held

    def speak(self, utterance: Utterance, sounds: Sequence[Sound], cause: str = "") -> None:
        """Say this after everything queued; its parts' sounds may still be growing.

        ``cause`` is what makes the flow speak now, a word for the record.
        """
        asked_ms = self._record.add(
            "asked",
            utterance=utterance.id,
            step=f"{utterance.flow}/{utterance.step}",
            text=utterance.shown,
            interruptible=utterance.interruptible,
            cause=cause,
            parts=[_told(part) for part in utterance.parts],
        )
        self._queue.append(_Said(utterance.id, tuple(sounds), asked_ms, gap=bool(self._queue)))

    def stop(self, ids: Collection[int], now: int) -> list[Sound]:
        """Drop these utterances, wherever they are; returns their sounds, nobody waits for them.

        What the carrier holds can only be thrown away as a whole: if any of it was theirs, a
        ``clear`` is the next message, and the utterances that stay are sent again, whole. One of
        those may have begun at the carrier while the echo of the one before it was on its way to
        us; the caller then hears its first syllable twice, and never half of a notice.
        """
        dropped = [said for said in self._queue if said.id in ids]
        self._queue = [said for said in self._queue if said.id not in ids]
        for said in dropped:
            played_ms = said.played_ms(now)
            self._record.add("stopped", utterance=said.id, played_ms=played_ms, **said.falls())
        if any(said.begun for said in dropped):
            self._clear_due = True
            self._generation += 1
            self._playing_until_ms = now
            for said in self._queue:
                said.rewind()
        if self._queue and not self._queue[0].begun:
            self._queue[0].without_gap()
        return [sound for said in dropped for sound in said.sounds]

    def next_message(self, now: int) -> str | None:
        """The next wire message to send now, or None.

        Pull, send, and pull again until None: the next pull tells when the message before it had
        left, which is when the carrier can have begun to play it. So the lead stays bounded, and is
        never underrated, on a link that makes us wait.
        """
        self._count_as_sent(now)
        self._note_first_bytes()
        if self._clear_due:
            self._clear_due = False
            return twilio.clear(self._stream_sid)
        said = self._turn()
        message = None if said is None else self._next_of(said, now)
        if message is None:
            # All that is due has left: what follows is only for the record.
            self._note_the_rest()
        return message

    def needs(self, sound: Sound) -> bool:
        """Whether something that is being said has this sound."""
        return any(sound is each for said in self._queue for each in said.sounds)

    def wake_at(self) -> int | None:
        """When to pull again, or look for lost marks, if nothing happens before; None for never."""
        moments = []
        if (said := self._turn()) is not None:
            moments.append(self._room_at(said))
        if self._queue and self._queue[0].mark is not None:
            moments.append(self._queue[0].played_at_ms + LOST_MARK_MS)
        return min((moment for moment in moments if moment is not None), default=None)

    def stirs(self, before: int | None) -> bool:
        """Whether a sound that grew is worth a pull, of one who comes by himself ``before`` then.

        A voice brings many small pieces while the carrier has all it may have; most can wait.
        """
        if any(said.arrived() for said in self._queue):
            return True  # its time is written down
        at = self.wake_at()
        return at is not None and (before is None or at < before)

    def mark_echoed(self, name: str) -> list[UtteranceHeard | UtteranceFailed]:
        """A mark came back: what has now been heard, in order.

        The carrier plays in order, so an echo speaks for everything before it as well. Echoes of
        an older generation, unknown ones and second ones tell nothing.
        """
        for position, said in enumerate(self._queue):
            if said.mark == name:
                return [self._heard(each) for each in self._take_off(position + 1)]
        return []

    def overdue(self, now: int) -> list[UtteranceHeard | UtteranceFailed]:
        """What must have been heard by now although its mark never came back."""
        count = 0
        for said in self._queue:
            if said.mark is None or now < said.played_at_ms + LOST_MARK_MS:
                break
            count += 1
        return [self._heard(each, lost_mark=True) for each in self._take_off(count)]

    # ----------------------------------------------------------------------- sending

    def _turn(self) -> _Said | None:
        """Whose turn it is to be sent; None if all was, or nothing more is begun."""
        for said in self._queue:
            if said.mark is None:
                return said if said.begun or not self._held else None
        return None

    def _next_of(self, said: _Said, now: int) -> str | None:
        """The next message of the utterance whose turn it is."""
        available, rest = said.available()
        if rest and not available:
            said.mark = self._mark_name(said)
            self._sending = (said, 0)
            return twilio.mark(self._stream_sid, said.mark)
        frames = self._frames_now(available, rest, now)
        if not frames:
            return None
        if not said.begun:
            ms = self._record_since(said)
            mark = self._mark_name(said)
            self._record.add("first_frame", utterance=said.id, mark=mark, ms=ms)
            said.plays_ms = ms + max(0, self._playing_until_ms - now)
        elif now > self._playing_until_ms:
            self._record.add("gap", utterance=said.id, ms=now - self._playing_until_ms)
            said.plays_ms += now - self._playing_until_ms
        self._sending = (said, frames * FRAME_MS)
        payload = said.take(frames * FRAME_BYTES)
        return twilio.media(self._stream_sid, payload.ljust(frames * FRAME_BYTES, SILENCE))

    def _frames_now(self, available: int, rest: bool, now: int) -> int:
        """How many frames to send now; 0 to wait for more audio, or for more room."""
        lead_ms = max(0, self._playing_until_ms - now)
        frames = -(-available // FRAME_BYTES) if rest else available // FRAME_BYTES
        fitting = min(frames, MESSAGE_MS // FRAME_MS, (LEAD_MS - lead_ms) // FRAME_MS)
        worth_it = fitting * FRAME_MS == MESSAGE_MS or (rest and fitting == frames)
        return fitting if worth_it or lead_ms <= MESSAGE_MS else 0

    def _room_at(self, said: _Said) -> int | None:
        """When the next message of an utterance may leave; None while there is nothing to send."""
        available, rest = said.available()
        frames = -(-available // FRAME_BYTES) if rest else available // FRAME_BYTES
        if not frames:
            return 0 if rest else None  # its mark can leave at any time
        if rest or frames * FRAME_MS >= MESSAGE_MS:
            return self._playing_until_ms - (LEAD_MS - min(frames * FRAME_MS, MESSAGE_MS))
        return self._playing_until_ms - MESSAGE_MS

    def _count_as_sent(self, now: int) -> None:
        """The message pulled last has left: the carrier plays it after what it has."""
        if self._sending is None:
            return
        said, ms = self._sending
        self._sending = None
        self._playing_until_ms = max(self._playing_until_ms, now) + ms
        said.sent_ms += ms
        said.played_at_ms = self._playing_until_ms

    def _mark_name(self, said: _Said) -> str:
        return f"g{self._generation}:u{said.id}"

    # ----------------------------------------------------------------------- what was heard

    def _take_off(self, count: int) -> list[_Said]:
        taken = self._queue[:count]
        del self._queue[:count]
        return taken

    def _heard(self, said: _Said, *, lost_mark: bool = False) -> UtteranceHeard | UtteranceFailed:
        size = sum(len(sound.audio) for sound in said.sounds)
        lost: dict[str, object] = {"lost_mark": True} if lost_mark else {}
        self._record.add(
            "heard",
            utterance=said.id,
            chunks=sum(sound.chunks for sound in said.sounds),
            bytes=size,
            audio_ms=size // BYTES_PER_MS,
            **lost,
            **said.falls(),
        )
        failure = next((sound.failure for sound in said.sounds if sound.failure), None)
        if failure is None:
            return UtteranceHeard(said.id)
        self._record.add("failed", utterance=said.id, reason=failure)
        return UtteranceFailed(said.id, failure, partly=size > 0)

    def _note_first_bytes(self) -> None:
        """Write down the first audio of each utterance; nothing else between a key and a frame."""
        for said in self._queue:
            if not said.first_byte_noted:
                for number in said.arrived():
                    said.first_byte_noted = True
                    self._note_first_byte(said, number)
                    break

    def _note_the_rest(self) -> None:
        """Write down the first audio of all other parts, and when the first of it is heard."""
        for said in self._queue:
            for number in said.arrived():
                said.first_byte_noted = True
                self._note_first_byte(said, number)
            if not said.audible_noted and (lead_ms := said.lead_ms()) is not None:
                said.audible_noted = True
                ms = round(said.plays_ms + lead_ms, 1)
                self._record.add("audible", utterance=said.id, ms=ms, lead_ms=round(lead_ms, 1))

    def _note_first_byte(self, said: _Said, number: int) -> None:
        sound = said.sounds[number]
        made = "ahead" if number in said.ahead else "voice"
        source = made if sound.chunks else "take"
        ms = self._record_since(said)
        self._record.add("first_byte", utterance=said.id, ms=ms, source=source, part=number)
        said.expected.remove(number)

    def _record_since(self, said: _Said) -> float:
        return round(self._record.now_ms() - said.asked_ms, 1)


class _Said:
    """One utterance on its way to the caller: its sounds, and how far they were sent."""

    __slots__ = (
        "_index",
        "_offset",
        "_pieces",
        "ahead",
        "asked_ms",
        "audible_noted",
        "expected",
        "first_byte_noted",
        "id",
        "mark",
        "played_at_ms",
        "plays_ms",
        "sent_ms",
        "sounds",
    )

    def __init__(self, id: int, sounds: tuple[Sound, ...], asked_ms: float, *, gap: bool) -> None:
        self.id = id
        self.sounds = sounds
        self.asked_ms = asked_ms
        """As the record counts."""
        self.first_byte_noted = False
        self.audible_noted = False
        self.plays_ms = 0.0
        """Since it was asked for: when the carrier begins to play it, by our reckoning."""
        self.expected = [place for place, sound in enumerate(sounds) if not sound.pause]
        """Its sounds whose first audio is still to be written down, by their places."""
        self.ahead = frozenset(place for place, sound in enumerate(sounds) if sound.chunks)
        """Sounds a voice had begun before they were asked for."""
        self._pieces = (_GAP, *sounds) if gap else sounds
        self.rewind()

    def rewind(self) -> None:
        """Nothing of it is at the carrier (any more)."""
        self.mark: str | None = None
        """The name of its mark, once everything before the mark was sent, and the mark too."""
        self.sent_ms = 0
        self.played_at_ms = 0
        """When the carrier will have played what was sent of it, by our reckoning."""
        self._index = 0
        self._offset = 0

    def arrived(self) -> list[int]:
        """The sounds that have audio now and had none before, by their places."""
        return [place for place in self.expected if self.sounds[place].audio]

    def lead_ms(self) -> float | None:
        """The silence before the first audible sample of what was sent; None while all is."""
        left = self.sent_ms * BYTES_PER_MS
        before = 0
        for piece in self._pieces:
            sent = bytes(piece.audio[:left])
            if (place := first_audible(sent)) is not None:
                return (before + place) / BYTES_PER_MS
            before += len(sent)
            left -= len(sent)
        return None

    def without_gap(self) -> None:
        """Nothing is said before it any more."""
        assert not self.begun, "what was sent cannot be changed"
        self._pieces = self.sounds

    @property
    def begun(self) -> bool:
        """Whether the carrier has anything of it."""
        return self.sent_ms > 0 or self.mark is not None

    def played_ms(self, now: int) -> int:
        """How much of it was played, by our reckoning."""
        return self.sent_ms - min(self.sent_ms, max(0, self.played_at_ms - now))

    def falls(self) -> dict[str, list[str]]:
        """For the record: voices that failed on its way, where there were any."""
        falls = [fall for sound in self.sounds for fall in sound.falls]
        return {"falls": falls} if falls else {}

    def available(self) -> tuple[int, bool]:
        """Bytes that are there and not yet sent, and whether they are the rest of it."""
        size = -self._offset
        for piece in self._pieces[self._index :]:
            size += len(piece.audio)
            if not piece.complete:
                return size, False
        return size, True

    def take(self, size: int) -> bytes:
        """The next bytes of it, at most ``size``; parts follow each other without a seam."""
        taken = bytearray()
        while len(taken) < size and self._index < len(self._pieces):
            piece = self._pieces[self._index]
            part = piece.audio[self._offset : self._offset + size - len(taken)]
            taken += part
            self._offset += len(part)
            if self._offset < len(piece.audio) or not piece.complete:
                break
            self._index += 1
            self._offset = 0
        return bytes(taken)


def _told(part: Part) -> dict[str, object]:
    """What kind of part it is, for the record; never what it says."""
    match part:
        case Silence(ms):
            return {"kind": "silence", "ms": ms}
        case Clip(file):
            return {"kind": "clip", "file": file}
        case Hold():
            return {"kind": "hold"}
        case Tones():
            return {"kind": "tones"}
        case Playback():
            return {"kind": "playback"}
        case Words() | Narration():
            return {"kind": "words"}
    assert_never(part)
