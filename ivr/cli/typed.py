"""Standard input as it is typed or piped, without ever stopping the event loop.

A terminal gives whole lines, a pipe whatever was written so far, a file all of it. Nothing is read
before somebody waits for it, so a fast writer is slowed down rather than kept. Used by
``ivr say -``.
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import AsyncGenerator
from typing import Final

READ_BYTES: Final = 4_096


async def typed(fd: int) -> AsyncGenerator[str, None]:
    """Yield the text of a file descriptor piece by piece, until its end; bad UTF-8 becomes �."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        await _readable(fd)
        data = os.read(fd, READ_BYTES)
        piece = decoder.decode(data, final=not data)
        if piece:
            yield piece
        if not data:
            return


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
