"""Standard input as it is typed or piped, without ever stopping the event loop.

A terminal gives whole lines, a pipe whatever was written so far, a file all of it. Nothing is read
before somebody waits for it, so a fast writer is slowed down rather than kept. Used by
``ivr say -``.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import re
from collections.abc import AsyncGenerator
from typing import Final

READ_BYTES: Final = 4_096
PAUSE_S: Final = 0.3
"""Whoever writes nothing for so long after a whole sentence has made a pause: it is spoken now."""
TAIL_CHARS: Final = 80
"""What is looked at to see whether a sentence is whole."""

_WHOLE = re.compile(r"([.!?…。！？][\"”’»)\]]*\s*|\n\s*)\Z")


class Typed:
    """What comes on a file descriptor, utterance by utterance; bad UTF-8 becomes �."""

    def __init__(self, fd: int, *, pause_s: float = PAUSE_S) -> None:
        self.ended = False
        """There is no more to come."""
        self._fd = fd
        self._pause_s = pause_s
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def utterance(self) -> AsyncGenerator[str, None]:
        """Yield pieces up to a pause behind a whole sentence or line, or up to the end.

        Without it a short sentence would wait for the next, and be heard after the end.
        """
        tail = ""
        while not self.ended:
            patience = self._pause_s if _WHOLE.search(tail) else None
            try:
                async with asyncio.timeout(patience):
                    await _readable(self._fd)
            except TimeoutError:
                return
            data = os.read(self._fd, READ_BYTES)
            self.ended = not data
            piece = self._decoder.decode(data, final=self.ended)
            tail = (tail + piece)[-TAIL_CHARS:]
            if piece:
                yield piece


async def _readable(fd: int) -> None:
    """Wait until a read returns at once."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def come() -> None:
        if not ready.done():
            ready.set_result(None)

    try:
        loop.add_reader(fd, come)
    except PermissionError:  # a file on disk: epoll refuses it, because it is always readable
        return
    try:
        await ready
    finally:
        loop.remove_reader(fd)
