"""Mu-law against an own reading of G.711, all inputs of it."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest

from ivr.audio import mulaw

BIAS = 132
CLIP = 32_635
CODES_OFF = 381
"""How many of the 65,536 inputs ``audioop`` encodes otherwise than G.711 does."""


def reference_encode(sample: int) -> int:
    """G.711 §3.2, table 2: sign, three bits of segment, four bits within it; all inverted."""
    magnitude = min(abs(sample), CLIP) + BIAS
    segment = magnitude.bit_length() - 8
    step = (magnitude >> (segment + 3)) & 0x0F
    sign = 0x80 if sample < 0 else 0
    return ~(sign | segment << 4 | step) & 0xFF


def reference_decode(code: int) -> int:
    """G.711 table 2, read backwards: the middle of each step."""
    code = ~code & 0xFF
    segment, step = (code >> 4) & 0x07, code & 0x0F
    magnitude = (((step << 3) + BIAS) << segment) - BIAS
    return -magnitude if code & 0x80 else magnitude


def test_every_code_decodes_as_g711_says() -> None:
    decoded = struct.unpack("<256h", mulaw.decode(bytes(range(256))))
    assert list(decoded) == [reference_decode(code) for code in range(256)]


def test_every_sample_encodes_as_g711_says_but_for_the_known_ones() -> None:
    samples = range(-32_768, 32_768)
    encoded = mulaw.encode(struct.pack("<65536h", *samples))
    off = {s: code for s, code in zip(samples, encoded, strict=True) if code != reference_encode(s)}
    # audioop drops two bits first, which rounds a negative sample away from zero: those that
    # thereby reach the next step are one code off, and no others.
    assert off == {
        s: reference_encode(s >> 2 << 2)
        for s in range(-CLIP, 0)
        if reference_encode(s >> 2 << 2) != reference_encode(s)
    }
    assert len(off) == CODES_OFF
    assert max(off) == -1
    assert all(reference_encode(sample) - code == 1 for sample, code in off.items())


def test_decoding_and_encoding_again_changes_nothing() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # the other zero becomes silence
    assert mulaw.encode(mulaw.decode(codes)) == codes
    assert mulaw.encode(mulaw.decode(b"\x7f")) == mulaw.SILENCE


def test_silence_is_zero() -> None:
    assert mulaw.decode(mulaw.SILENCE) == b"\x00\x00"
    assert mulaw.encode(b"\x00\x00") == mulaw.SILENCE


def test_half_a_sample_is_an_error() -> None:
    with pytest.raises(Exception, match="not a whole number of frames"):
        mulaw.encode(b"\x00")


def test_importing_it_warns_of_nothing() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", "import ivr.audio.mulaw"], check=True)
