"""What the audio of one text is put together from: takes that are there, and what is spoken live.

Pure: it is given a way to look takes up and how long the voice needs for its first byte, and
answers with pieces in order. All live pieces are asked for at once, so that each is ready when what
stands before it was heard. Used by ``calls/studio``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE
from ivr.flow.latency import FIRST_BYTE_MS
from ivr.flow.messages import Segment, SegmentKind, Words
from ivr.flow.sayable import digits
from ivr.prompts.joints import PAUSE_MS, SENTENCE_PAUSE_MS, pause_ms, trimmed

FIRST_BYTES_KEPT = 40
WORTH_MS = 60
"""A voice that begins within this says a text in one go: one breath sounds better than pieces."""

Find = Callable[[str], bytes | None]
"""The take of a fixed text in the voice and language of the plan."""


@dataclass(frozen=True, slots=True)
class Known:
    """Audio that is there: takes without their silence, and the pause behind them."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Live:
    """What a voice must say, between what stands around it; its text is shown in no log."""

    text: str = field(repr=False)
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    joined: bool = False
    """It stands beside other pieces, so its own silence is cut away."""


Piece = Known | Live


class FirstBytes:
    """How long a voice takes to begin, as it was lately observed."""

    __slots__ = ("_ms",)

    def __init__(self) -> None:
        self._ms: deque[float] = deque(maxlen=FIRST_BYTES_KEPT)

    def note(self, ms: float) -> None:
        """It took so long this time."""
        self._ms.append(ms)

    @property
    def expected_ms(self) -> float:
        """What nine of ten requests need at most."""
        if not self._ms:
            return FIRST_BYTE_MS
        return sorted(self._ms)[len(self._ms) * 9 // 10]


def plan(words: Words, find: Find, first_byte_ms: float) -> tuple[Piece, ...]:
    """The pieces of a text with values.

    A beginning that is too short to cover the voice's first byte is spoken with what follows it;
    a fixed piece that has no take is spoken too.
    """
    if not words.segments or first_byte_ms < WORTH_MS:
        return (Live(words.text),)
    audio = [_audio(segment, find) for segment in words.segments]
    lead = next((n for n, each in enumerate(audio) if each is None), len(audio))
    covered = sum(len(each) for each in audio[:lead] if each is not None)
    if lead < len(audio) and covered < first_byte_ms * BYTES_PER_MS:
        audio[:lead] = [None] * lead
    if all(each is None for each in audio):
        return (Live(words.text),)
    return tuple(_pieces(words.segments, audio))


def _pieces(segments: Sequence[Segment], audio: Sequence[bytes | None]) -> Iterator[Piece]:
    """Neighbours together: takes into one audio, live ones into one request.

    The pause behind a text belongs to the audio that follows it.
    """
    texts = [segment.text for segment in segments]
    start = 0
    pause = b""
    for end in range(1, len(audio) + 1):
        if end < len(audio) and (audio[end] is None) == (audio[start] is None):
            continue
        if audio[start] is None:
            before, after = " ".join(texts[:start]), " ".join(texts[end:])
            yield Live(" ".join(texts[start:end]), before, after, joined=True)
            pause = _pause(texts[end - 1])
        else:
            known = bytearray()
            for text, take in zip(texts[start:end], audio[start:end], strict=True):
                assert take is not None
                known += pause + take
                pause = _pause(text)
            # Live speech is not there yet, so what stands before it brings the pause.
            yield Known(bytes(known) + (pause if end < len(audio) else b""))
        start = end


def _audio(segment: Segment, find: Find) -> bytes | None:
    """The audio of a segment without its silence, if all of it is there."""
    match segment.kind:
        case SegmentKind.FIXED:
            take = find(segment.text)
            return None if take is None else trimmed(take)
        case SegmentKind.DIGITS:
            return _digits(segment.text, find)
        case SegmentKind.LIVE:
            return None


def _digits(text: str, find: Find) -> bytes | None:
    """Digits in groups, each from its take, with a pause behind each group."""
    said = digits(text)
    takes = [find(each) for each in said or ()]
    if not takes or any(take is None for take in takes):
        return None
    groups = [len(group.split()) for group in text.split(",") if group.strip()]
    ends = {sum(groups[: n + 1]) - 1 for n in range(len(groups) - 1)}
    audio = bytearray()
    for place, take in enumerate(takes):
        assert take is not None
        audio += trimmed(take)
        if place in ends:
            audio += _silence(SENTENCE_PAUSE_MS)
        elif place < len(takes) - 1:
            audio += _silence(PAUSE_MS)
    return bytes(audio)


def _pause(text: str) -> bytes:
    return _silence(pause_ms(text))


def _silence(ms: int) -> bytes:
    return SILENCE * (ms * BYTES_PER_MS)
