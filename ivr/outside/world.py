"""What flows ask of others while a caller waits: services over HTTP, and registered functions.

One for a flow set (which hosts may be asked is written in its settings); its work outlives streams
and calls. Text messages, recordings and events are ``server/world``'s, which asks this.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from ivr.flow.messages import ErrandDone, Invoke, Request, RequestAnswered
from ivr.outside.functions import Registry
from ivr.outside.http import HttpDesk
from ivr.outside.streams import TextStream


class Outside:
    """Who is asked; an async context manager."""

    def __init__(self, desk: HttpDesk, functions: Registry) -> None:
        self._desk = desk
        self._functions = functions
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._desk)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    async def ask(self, request: Request) -> RequestAnswered:
        """Ask a service over HTTP; raises nothing but cancellation."""
        return await self._desk.ask(request)

    async def invoke(self, invoke: Invoke) -> ErrandDone | TextStream:
        """Call a registered function; raises nothing but cancellation."""
        return await self._functions.invoke(invoke)
