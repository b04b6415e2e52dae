"""A stream of text that a function brings piece by piece, and that is spoken as it comes.

What a call holds of it: the pieces, an end to them at any moment, and what it came to. The
function's generator runs in whoever asks for the next piece, so there is no task of its own, and
nothing is made that nobody wants to hear. Made by :mod:`ivr.outside.functions`.

A generator that is waiting in one task cannot be closed from another; ending what it waits for can.
That is why ``aclose`` moves the time limit of a wait that is running.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress

from ivr.flow.messages import ErrandDone
from ivr.outside.signature import Outcome
from ivr.outside.traces import without_values
from ivr.outside.values import clean

log = logging.getLogger(__name__)

GAP_SECONDS_MAX = 10.0
"""Between two pieces."""
CHARS_MAX = 5_000
"""Of all pieces together: about six minutes of speech."""
PIECES_MAX = 20_000
"""Empty ones too, so that a function which yields nothing but those ends."""
CLOSE_SECONDS_MAX = 1.0
"""For the function to tidy up when it is closed; after that its tidying is broken off too."""

Finish = Callable[[Outcome | str], ErrandDone]
"""How a stream ends: with an outcome the function yielded, or with the text it brought."""
Failure = Callable[[str | BaseException], ErrandDone]
"""How it fails: with what is wrong with it, or with what the function raised."""

_END = object()


class TextStream:
    """Text that is still coming. Iterate ``pieces`` in one task; ``aclose`` from any, at any time.

    ``done`` is None while more may come; then what the errand came to: the outcome and value the
    function yielded last, or ``done`` with all of its text as the value, or ``failed`` with a
    problem. A stream that was closed early is ``done`` with the text it had brought.
    """

    def __init__(
        self,
        generator: AsyncGenerator[object, None],
        first_seconds: float,
        finish: Finish,
        failure: Failure,
    ) -> None:
        self.done: ErrandDone | None = None
        self._generator = generator
        self._first_seconds = first_seconds
        self._finish = finish
        self._failure = failure
        self._brought: list[str] = []
        self._chars = 0
        self._count = 0
        self._held: str | None = None
        self._closing = False
        self._waits: tuple[asyncio.Timeout, asyncio.Timeout] | None = None
        self._over = asyncio.Event()

    @property
    def pieces(self) -> AsyncIterator[str]:
        """The text as it comes, cut anywhere, no piece empty. Never raises but cancellation.

        The first piece is waited for as long as the function may take, each further one for
        ``GAP_SECONDS_MAX``, counted from when it is asked for.
        """
        return self

    async def begun(self) -> bool:
        """Wait for the first piece, which stays in ``pieces``; False if none comes."""
        if not self._brought:
            self._held = await self._next()
        return bool(self._brought)

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        piece, self._held = self._held, None
        if piece is None:
            piece = await self._next()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """End it now: the function's own ``finally`` has run when this returns.

        A function that does not tidy up within ``CLOSE_SECONDS_MAX`` is broken off. May be called
        twice, and while another task waits for a piece: that one sees the end of the text.
        """
        self._held = None
        if not self._closing and self._waits is None:
            await self._end(self._so_far())
            return
        self._closing = True
        if self._waits is not None:
            now = asyncio.get_running_loop().time()
            for limit, seconds in zip(self._waits, (0.0, CLOSE_SECONDS_MAX), strict=True):
                if not limit.expired():
                    limit.reschedule(now + seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSE_SECONDS_MAX):
                await self._over.wait()

    async def _next(self) -> str | None:
        """The next piece that is not empty, or None at the end, whatever the end is."""
        if self._closing:
            return None
        seconds = GAP_SECONDS_MAX if self._brought else self._first_seconds
        begun = asyncio.get_running_loop().time()
        try:
            # The outer limit breaks into a function that hangs while it tidies up.
            async with asyncio.timeout_at(begun + seconds + CLOSE_SECONDS_MAX) as hard:
                async with asyncio.timeout_at(begun + seconds) as soft:
                    self._waits = soft, hard
                    thing = await self._piece()
            if soft.expired():  # it went on all the same
                raise TimeoutError
        except TimeoutError as error:
            late = soft.expired() or hard.expired()
            thing = self._failure(f"brought no text for {seconds:g} s" if late else error)
        except asyncio.CancelledError as error:
            if is_being_cancelled():
                await self._end(self._so_far())
                raise
            thing = self._failure(error)
        except (Exception, SystemExit) as error:  # of a function somebody else wrote
            thing = self._failure(error)
        finally:
            self._waits = None
        return await self._taken(thing)

    async def _piece(self) -> object:
        while (thing := await anext(self._generator, _END)) == "":
            self._count += 1
            if self._count > PIECES_MAX:
                return self._failure(f"yielded more than {PIECES_MAX:,} pieces")
        self._count += 1
        return thing

    async def _taken(self, thing: object) -> str | None:
        """A piece as it may be spoken; everything else is the end."""
        match thing:
            case _ if self._closing or thing is _END:
                await self._end(self._so_far())
            case ErrandDone():
                await self._end(thing)
            case Outcome():
                await self._end(self._finish(thing))
            case str():
                return await self._spoken(clean(thing))
            case _:
                kind = type(thing).__name__
                await self._end(self._failure(f"yielded a {kind}, which is not text"))
        return None

    async def _spoken(self, piece: str) -> str | None:
        left = CHARS_MAX - self._chars
        self._chars += len(piece)
        if left < len(piece):
            piece = piece[:left]
            await self._end(self._failure(f"brought more than {CHARS_MAX:,} characters"))
        self._brought.append(piece)
        return piece or None

    def _so_far(self) -> ErrandDone:
        return self._finish("".join(self._brought))

    async def _end(self, done: ErrandDone) -> None:
        """Close the function's generator, once, and say what it came to."""
        self.done = done
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._generator.aclose()
        except (Exception, SystemExit) as error:
            log.error("a stream of text did not close well\n%s", without_values(error))
        finally:
            self._over.set()


def is_being_cancelled() -> bool:
    """Whether somebody cancelled this task, or the function only raised what looks like it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
