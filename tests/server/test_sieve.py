"""What is taken out of a client's bytes, however they are masked and wherever the network cuts."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from ivr.server.sieve import Sieve

UNHEARD = b'{"event":"media"'
MEDIA = b'{"event":"media","media":{"payload":"%s"}}'
BYTES_MAX = 65_536
KEYS = st.binary(min_size=4, max_size=4)


def frame(
    data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, key: bytes = b"\x01\x80\xff\x00"
) -> bytes:
    """A frame as a client sends it, masked with this key; no code of ours is in it."""
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", fin << 7 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", fin << 7 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", fin << 7 | opcode, 0x80 | 127, size)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(data))


def deaf(bytes_max: int = BYTES_MAX) -> Sieve:
    """One that takes out the caller's audio."""
    sieve = Sieve(bytes_max)
    sieve.drop(UNHEARD)
    return sieve


def poured(sieve: Sieve, pieces: Iterable[bytes]) -> tuple[bytes, int]:
    """All that is left to read, and how many messages were taken out."""
    read, dropped = b"", 0
    for piece in pieces:
        part, count = sieve.feed(piece)
        read, dropped = read + part, dropped + count
    return read, dropped


def test_audio_is_taken_out_and_everything_else_is_left_as_it_came() -> None:
    others = [
        frame(b'{"event":"dtmf","dtmf":{"digit":"1"}}'),
        frame(b'{"event":"mediate"}'),
        frame(b'{"event": "media"}'),
        frame(UNHEARD[:-1]),
        frame(b""),
        frame(UNHEARD, Opcode.BINARY),
        frame(b"ping", Opcode.PING),
        frame(b"\x03\xe8", Opcode.CLOSE),
    ]
    audio = frame(MEDIA % b"AAAA")
    assert deaf().feed(audio.join([b"", *others, b""])) == (b"".join(others), len(others) + 1)


FRAMES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from([MEDIA % b"", MEDIA % (b"A" * 214), MEDIA % (b"A" * 70_000)]),
            st.just(True),
        ),
        st.tuples(st.binary(max_size=300).filter(lambda data: not data.startswith(UNHEARD)),
                  st.just(False)),
    ),
    max_size=8,
)  # fmt: skip


@given(FRAMES, KEYS, st.lists(st.integers(min_value=1, max_value=400), min_size=1, max_size=30))
def test_it_matters_neither_how_it_is_masked_nor_where_it_is_cut(
    frames: list[tuple[bytes, bool]], key: bytes, sizes: list[int]
) -> None:
    stream = b"".join(frame(data, key=key) for data, _ in frames)
    pieces, at = [], 0
    for size in (*sizes, len(stream)):
        pieces.append(stream[at : at + size])
        at += size
    left = b"".join(frame(data, key=key) for data, audio in frames if not audio)
    audio = sum(audio for _, audio in frames)
    assert poured(deaf(100_000), pieces) == (left, audio)


def test_what_is_left_is_handed_on_in_whole_frames() -> None:
    """Whoever reads it is never in the middle of a frame when audio is taken out behind it."""
    sieve, text = deaf(), frame(b"0123456789")
    for at in range(len(text) - 1):
        assert sieve.feed(text[at : at + 1]) == (b"", 0)
    assert sieve.feed(text[-1:] + frame(MEDIA % b"")[:5]) == (text, 0)
    assert sieve.feed(frame(MEDIA % b"")[5:]) == (b"", 1)


def test_nothing_is_taken_out_before_it_is_told_to_and_after_it_is_told_to_hear_again() -> None:
    sieve, audio = Sieve(BYTES_MAX), frame(MEDIA % b"")
    assert sieve.feed(audio) == (audio, 0)
    sieve.drop(UNHEARD)
    assert sieve.feed(audio) == (b"", 1)
    sieve.drop(b"")
    assert sieve.feed(audio) == (audio, 0)


def test_a_message_in_pieces_is_no_audio_and_nothing_is_taken_out_of_its_middle() -> None:
    """The reader is to see what is wrong with it."""
    begun = frame(MEDIA % b"", fin=False)
    between = frame(MEDIA % b"")
    end = frame(b"", Opcode.CONT)
    assert deaf().feed(begun + between + end) == (begun + between + end, 0)
    assert poured(deaf(), [begun, frame(b"", Opcode.PING), end, between]) == (
        begun + frame(b"", Opcode.PING) + end,
        1,
    )


@pytest.mark.parametrize(
    "fault",
    [
        Frame(Opcode.TEXT, MEDIA % b"").serialize(mask=False),
        frame(MEDIA % (b"A" * 200))[:1] + b"\xff" + b"\xff" * 8,
        b"\xc1" + frame(MEDIA % b"")[1:],
        frame(b"x" * (BYTES_MAX + 1))[:10],
    ],
    ids=["not masked", "endless", "compressed", "too long"],
)
def test_what_is_no_frame_of_a_client_goes_to_the_reader_with_all_that_follows(
    fault: bytes,
) -> None:
    sieve, audio = deaf(), frame(MEDIA % b"")
    assert sieve.feed(audio + fault) == (fault, 1)
    assert sieve.feed(audio) == (audio, 0)


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_no_bytes_are_lost_or_made_up(pieces: list[bytes]) -> None:
    sieve = Sieve(BYTES_MAX)
    read, dropped = poured(sieve, pieces)
    assert not dropped
    assert b"".join(pieces).startswith(read)
