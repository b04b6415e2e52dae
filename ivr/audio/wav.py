"""WAV files: any an author may have, into the mu-law of a line; and the line's sound into a WAV.

Bytes in, bytes out; who opens files is above. A file nobody can use is a ValueError whose text is
one sentence for the author, without the file's name, which the caller knows. The standard
library's ``wave`` writes; it does not read, because it refuses mu-law (and, before 3.12, the
extensible header that every file of more than 16 bits has). Used by the studio for clips and by
recordings.

Header: Microsoft, "Multimedia Data Standards Update", 1994; WAVE_FORMAT_EXTENSIBLE, 2007.
"""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass

import numpy as np

from ivr.audio import mulaw
from ivr.audio.mulaw import SAMPLE_RATE, SILENCE
from ivr.audio.resample import RATE_MAX, RATE_MIN, to_8khz

WAV_BYTES_MAX = 64 * 1024 * 1024
"""About six minutes of 48 kHz stereo in 16 bits: no prompt is longer."""

_PCM = 0x0001
_MULAW = 0x0007
_EXTENSIBLE = 0xFFFE
_FORMAT_NAMES = {0x0002: "ADPCM", 0x0003: "floating point", 0x0006: "A-law", 0x0055: "MP3"}
_PCM_BITS = (8, 16, 24, 32)
_CHANNELS_MAX = 2
_SIZE_UNKNOWN = 0xFFFFFFFF
"""What a program writes that did not know the length when it began (``ffmpeg … -``)."""
_AS_WHAT = "save it as 16-bit PCM"

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_SUBFORMAT_OFFSET = 24


@dataclass(frozen=True, slots=True)
class _Format:
    """The ``fmt`` chunk, as far as it matters."""

    tag: int
    channels: int
    rate: int
    bits: int


def read(data: bytes) -> bytes:
    """Return the sound of a WAV file as raw mu-law at 8 kHz, mono.

    Reads PCM of 8, 16, 24 or 32 bits and mu-law, one or two channels, any rate; mu-law at 8 kHz
    mono comes through untouched. The level is left as it is. Raises ValueError with one sentence.
    """
    if len(data) > WAV_BYTES_MAX:
        raise ValueError(
            f"the file has {len(data) / 2**20:.0f} MB; at most {WAV_BYTES_MAX // 2**20} are read"
        )
    form, audio = _chunks(data)
    if form.tag == _MULAW and form.rate == SAMPLE_RATE and form.channels == 1:
        return audio
    return mulaw.encode(to_8khz(_to_mono_pcm16(audio, form), form.rate))


def write(audio: bytes) -> bytes:
    """Make a WAV file of raw mu-law, as 16-bit PCM, which every player plays."""
    return _written(mulaw.decode(audio), channels=1)


def write_mulaw(audio: bytes) -> bytes:
    """Make a WAV file of raw mu-law as it is: half the size, and what telephone carriers play."""
    padding = b"\0" * (len(audio) % 2)  # chunks begin at even places
    form = _FORMAT.pack(_MULAW, 1, SAMPLE_RATE, SAMPLE_RATE, 1, 8) + b"\0\0"
    chunks = (
        _CHUNK.pack(b"fmt ", len(form)) + form,
        # Every format but PCM says how many samples there are.
        _CHUNK.pack(b"fact", 4) + len(audio).to_bytes(4, "little"),
        _CHUNK.pack(b"data", len(audio)) + audio + padding,
    )
    body = b"".join(chunks)
    return _RIFF.pack(b"RIFF", len(body) + 4, b"WAVE") + body


def write_stereo(left: bytes, right: bytes) -> bytes:
    """Make a WAV file of two raw mu-law sounds side by side; the shorter ends in silence."""
    length = max(len(left), len(right))
    both = np.empty((length, 2), "<i2")
    for channel, audio in enumerate((left, right)):
        both[:, channel] = np.frombuffer(mulaw.decode(audio.ljust(length, SILENCE)), "<i2")
    return _written(both.tobytes(), channels=2)


def _written(pcm16: bytes, *, channels: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm16)
    return buffer.getvalue()


def _chunks(data: bytes) -> tuple[_Format, bytes]:
    """Find the format and the samples; whatever else a file has in it is passed over."""
    if len(data) < _RIFF.size:
        raise ValueError("the file is no WAV file")
    riff, _, kind = _RIFF.unpack_from(data)
    if riff != b"RIFF" or kind != b"WAVE":
        raise ValueError("the file is no WAV file")
    form: _Format | None = None
    place = _RIFF.size
    while place + _CHUNK.size <= len(data):
        name, size = _CHUNK.unpack_from(data, place)
        start = place + _CHUNK.size
        body = data[start : start + size]
        if name == b"fmt ":
            form = _read_format(body)
        elif name == b"data":
            if form is None:
                raise ValueError("the WAV file has samples before it says of what kind they are")
            if len(body) < size != _SIZE_UNKNOWN:
                raise ValueError("the WAV file is cut short; save or copy it again")
            block = form.channels * form.bits // 8
            if len(body) < block:
                break
            return form, body[: len(body) - len(body) % block]
        place = start + size + size % 2  # chunks begin at even places
    raise ValueError("the WAV file has no samples in it")


def _read_format(body: bytes) -> _Format:
    if len(body) < _FORMAT.size:
        raise ValueError("the WAV file's header is damaged")
    tag, channels, rate, _, _, bits = _FORMAT.unpack_from(body)
    if tag == _EXTENSIBLE and len(body) >= _SUBFORMAT_OFFSET + 2:
        tag = int.from_bytes(body[_SUBFORMAT_OFFSET : _SUBFORMAT_OFFSET + 2], "little")
    if tag not in (_PCM, _MULAW):
        name = _FORMAT_NAMES.get(tag, f"format {tag:#06x}")
        raise ValueError(f"the WAV file holds {name}, which is not read here; {_AS_WHAT}")
    if bits not in (_PCM_BITS if tag == _PCM else (8,)):
        raise ValueError(f"the WAV file has samples of {bits} bits; {_AS_WHAT}")
    if not 1 <= channels <= _CHANNELS_MAX:
        raise ValueError(f"the WAV file has {channels} channels; save it with one")
    if not RATE_MIN <= rate <= RATE_MAX:
        raise ValueError(f"the WAV file says it has {rate} samples a second; {_AS_WHAT} at 8000")
    return _Format(tag, channels, rate, bits)


def _to_mono_pcm16(audio: bytes, form: _Format) -> bytes:
    """Whatever the samples are, as 16-bit little-endian ones; two channels become their mean."""
    raw = np.frombuffer(audio, np.uint8)
    if form.tag == _MULAW:
        samples = np.frombuffer(mulaw.decode(audio), "<i2")
    elif form.bits == 8:
        samples = (raw.astype(np.int16) - 128) << 8  # only 8-bit WAV is unsigned
    else:
        # The two highest bytes of each sample: 16 of 24 or 32 bits are far more than mu-law keeps.
        highest = raw.reshape(-1, form.bits // 8)[:, -2:]
        samples = np.ascontiguousarray(highest).view("<i2").reshape(-1)
    if form.channels == 2:
        samples = samples.reshape(-1, 2).astype(np.int32).sum(axis=1) >> 1
    pcm16: bytes = samples.astype("<i2").tobytes()
    return pcm16
