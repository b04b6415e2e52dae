"""Where fixed and live parts of a text meet: what a caller hears there, from what a phone received.

The bench's vendor hums live texts higher than fixed ones (``bench_voice``), so the joins can be
heard: where the pitch changes. For each: the greatest step from one sample to the next, how long
nothing is audible, and how loud both sides are. Pure; used by ``bench_run``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from ivr.audio import mulaw
from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES
from ivr.audio.loudness import AUDIBLE_DBFS, active_rms_dbfs
from ivr.audio.mulaw import SILENCE
from ivr.cli.bench_voice import FIXED_HZ, LIVE_HZ
from ivr.phone.load_call import Piece

STEP_MAX: Final = 2_000
"""From one sample to the next, of 32,768. The hum itself makes steps of 1,900 at most; a sound that
is cut in the middle of a wave makes one of up to 6,000."""
SILENCE_MS_MAX: Final = 60.0
LOUDNESS_DB_MAX: Final = 1.0
PART_MS_MIN: Final = 200.0
"""What is shorter is no part of a text."""
_SPAN_MIN = 8 * BYTES_PER_MS
"""Of what is audible in a frame, to tell its pitch."""
_EDGE = 5 * BYTES_PER_MS
"""Looked at on both sides of a join."""

_Samples = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one pitch: from its first audible sample to behind its last."""

    live: bool
    start: int
    end: int


class Joins(msgspec.Struct, frozen=True):
    """All joins that were heard, by their worst."""

    count: int
    texts: int
    """Texts that were listened to."""
    step_max: int | None
    silence_ms_max: float | None
    loudness_db_max: float | None
    """Between the two sides of a join."""


def joins_of(tracks: Iterable[Sequence[Piece]]) -> Joins:
    """Listen to everything some callers heard."""
    texts, steps, silences, differences = 0, list[int](), list[float](), list[float]()
    for track in tracks:
        for audio in utterances(track):
            texts += 1
            samples = _samples(audio)
            for before, after in pairwise(parts(audio)):
                if before.live == after.live:
                    continue
                around = samples[max(0, before.end - _EDGE) : after.start + _EDGE]
                steps.append(int(np.abs(np.diff(around)).max()))
                silences.append(round((after.start - before.end) / BYTES_PER_MS, 1))
                levels = [active_rms_dbfs(audio[each.start : each.end]) for each in (before, after)]
                differences.append(round(abs(levels[0] - levels[1]), 2))
    return Joins(
        count=len(steps),
        texts=texts,
        step_max=max(steps, default=None),
        silence_ms_max=max(silences, default=None),
        loudness_db_max=max(differences, default=None),
    )


def utterances(track: Sequence[Piece]) -> list[bytes]:
    """What was said after each key, silence where nothing came in time."""
    heard: dict[int, bytearray] = {}
    began: dict[int, float] = {}
    for piece in track:
        audio = heard.setdefault(piece.answer, bytearray())
        start = began.setdefault(piece.answer, piece.start_ms)
        dry = round((piece.start_ms - start) * BYTES_PER_MS) - len(audio)
        audio += SILENCE * max(0, dry)
        audio += piece.audio
    return [bytes(audio) for audio in heard.values()]


def parts(audio: bytes) -> list[Part]:
    """The stretches of one pitch in a sound, in order; breaths between them belong to none."""
    samples = _samples(audio)
    audible = np.abs(samples) >= 32_768 * 10 ** (AUDIBLE_DBFS / 20)
    found: list[Part] = []
    for start in range(0, len(samples) - FRAME_BYTES + 1, FRAME_BYTES):
        places = np.flatnonzero(audible[start : start + FRAME_BYTES])
        if not places.size or places[-1] - places[0] < _SPAN_MIN:
            continue
        first, last = start + int(places[0]), start + int(places[-1]) + 1
        live = _pitch(samples[first:last]) > (FIXED_HZ + LIVE_HZ) / 2
        if found and found[-1].live == live:
            found[-1] = Part(live, found[-1].start, last)
        else:
            found.append(Part(live, first, last))
    return _tidied(found, audible)


def _tidied(found: list[Part], audible: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Part]:
    """Without the frames in which one pitch becomes the other, which look like neither."""
    whole: list[Part] = []
    for part in found:
        if (part.end - part.start) / BYTES_PER_MS < PART_MS_MIN:
            continue
        if whole and whole[-1].live == part.live:
            whole[-1] = Part(part.live, whole[-1].start, part.end)
        else:
            whole.append(part)
    # The borders again, on the sample: the longest silence between two parts parts them.
    for number, (before, after) in enumerate(pairwise(list(whole))):
        start, end = _longest_silence(audible, before.end, after.start)
        whole[number] = Part(before.live, whole[number].start, start)
        whole[number + 1] = Part(after.live, end, after.end)
    return whole


def _longest_silence(
    audible: np.ndarray[tuple[int], np.dtype[np.bool_]], start: int, end: int
) -> tuple[int, int]:
    """The longest stretch without an audible sample; an empty one where there is none."""
    borders = [start - 1, *(start + np.flatnonzero(audible[start:end])).tolist(), end]
    before, after = max(pairwise(borders), key=lambda pair: pair[1] - pair[0])
    return (before + 1, after)


def _pitch(window: _Samples) -> float:
    """By how often the wave crosses zero."""
    signs = np.signbit(window)
    return float(np.count_nonzero(signs[1:] != signs[:-1])) / 2 / (len(window) / mulaw.SAMPLE_RATE)


def _samples(audio: bytes) -> _Samples:
    samples: _Samples = np.frombuffer(mulaw.decode(audio), "<i2").astype(np.int32)
    return samples
