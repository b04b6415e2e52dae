"""Takes out of what a client sends the messages nobody listens to, before anything reads them.

A telephone call is fifty messages of audio a second from each caller. Read as any other message
each costs 20 µs, and two hundred callers a fifth of a core; here one costs 2 µs: its head is looked
at and as many letters as tell what it is. Bytes of RFC 6455 in, the bytes of all other frames out,
untouched and in order. It judges nothing: what is no frame of a client goes to whoever reads it, as
does all that follows. Pure; used by ``server/wire``.
"""

from __future__ import annotations

from typing import Final

_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_OPCODE: Final = 0x0F
_CONTINUATION: Final = 0x0
_TEXT: Final = 0x1
_BINARY: Final = 0x2
_MASKED: Final = 0x80
_WHOLE_TEXT: Final = _FINAL | _TEXT
_KEY_BYTES: Final = 4


class Sieve:
    """What came of one connection, frame by frame, from the first one on."""

    __slots__ = ("_blind", "_bytes_max", "_in_pieces", "_length", "_rest", "_unheard")

    def __init__(self, bytes_max: int) -> None:
        """``bytes_max`` is what a message may have: a longer one is for the reader to refuse."""
        self._bytes_max = bytes_max
        self._rest = b""
        """The beginning of a frame whose end has not come."""
        self._in_pieces = False
        """A message has begun whose last frame has not come."""
        self._blind = False
        """There was something that is no frame of a client."""
        self._length = 0
        self._unheard = 0

    def drop(self, unheard: bytes) -> None:
        """From now on take out whole text messages that begin so; with nothing, none."""
        self._length, self._unheard = len(unheard), int.from_bytes(unheard)

    def feed(self, data: bytes) -> tuple[bytes, int]:
        """What of it is to be read, in whole frames, and how many messages were taken out."""
        if self._blind:
            return data, 0
        if self._rest:
            data = self._rest + data
        size, at, read_from, read, dropped = len(data), 0, 0, b"", 0
        while size - at >= 2:
            first, length, begin = data[at], data[at + 1] - _MASKED, at + 2
            if length == 126:
                begin, length = at + 4, int.from_bytes(data[at + 2 : at + 4])
            elif length == 127:
                begin, length = at + 10, int.from_bytes(data[at + 2 : at + 10])
            if size < begin:
                break
            if length < 0 or first & _RESERVED or length > self._bytes_max:
                self._blind, self._rest = True, b""
                return read + data[read_from:], dropped
            end = begin + _KEY_BYTES + length
            if size < end:
                break
            if first == _WHOLE_TEXT and self._is_unheard(data, begin, length):
                read += data[read_from:at]
                read_from = end
                dropped += 1
            elif first & _OPCODE in (_CONTINUATION, _TEXT, _BINARY):
                self._in_pieces = not first & _FINAL
            at = end
        self._rest = data[at:]
        return read + data[read_from:at], dropped

    def _is_unheard(self, data: bytes, key_at: int, length: int) -> bool:
        """Whether the text that is masked with this key begins as nobody wants to hear."""
        wanted = self._length
        if not wanted or length < wanted or self._in_pieces:
            return False
        text_at = key_at + _KEY_BYTES
        key = (data[key_at:text_at] * (wanted // _KEY_BYTES + 1))[:wanted]
        text = data[text_at : text_at + wanted]
        return int.from_bytes(text) ^ int.from_bytes(key) == self._unheard
