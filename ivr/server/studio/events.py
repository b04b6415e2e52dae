"""Server-sent events: what the page is told while it happens.

Nobody queues anything for a reader: each looks at what there is by now and sends what it has not
sent yet, so one that does not read costs no more than its connection. Used by ``door``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final

import msgspec
from starlette.responses import StreamingResponse

MEDIA_TYPE: Final = "text/event-stream"
BEAT_SECONDS: Final = 10.0
"""Without news something is sent so often, so that a reader who is gone is noticed."""
READERS_MAX: Final = 32
"""At once, of all kinds."""
BEAT: Final = b": still here\n\n"

Event = tuple[str, object]
"""Its name, and its data as JSON has it."""


class News:
    """Something changed: whoever waits is woken, and looks."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self.over = False
        """Nothing more will change."""

    def tell(self) -> None:
        """Wake whoever waits. In the event loop's thread."""
        self._told.set()
        self._told = asyncio.Event()

    def end(self) -> None:
        """This was the last of it."""
        self.over = True
        self.tell()

    async def wait(self, seconds: float = BEAT_SECONDS) -> bool:
        """Wait for a change, or so long; whether there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return False
        return True


class Readers:
    """Everybody who is being told something, so that they can be sent away."""

    def __init__(self) -> None:
        self._news: list[News] = []
        self._closed = False

    def response(
        self, news: News, fresh: Callable[[], Sequence[Event]]
    ) -> StreamingResponse | None:
        """A response that tells what is ``fresh`` until there will be no more; None: too many."""
        if self._closed or len(self._news) >= READERS_MAX:
            return None
        return StreamingResponse(self._told(news, fresh), media_type=MEDIA_TYPE)

    def close(self) -> None:
        """The process leaves: whoever is told something is told nothing more."""
        self._closed = True
        for news in self._news:
            news.tell()

    async def _told(
        self, news: News, fresh: Callable[[], Sequence[Event]]
    ) -> AsyncGenerator[bytes, None]:
        self._news.append(news)
        try:
            while True:
                last = news.over
                for event in fresh():
                    yield _written(*event)
                if last or self._closed:
                    return
                if not await news.wait() and not self._closed:
                    yield BEAT
        finally:
            self._news.remove(news)


def _written(name: str, data: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
