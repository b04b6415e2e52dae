"""Everything flows ask of the world, in one place: services over HTTP, and registered functions.

Made by the composition root, one for a process; its work outlives streams and calls. What this
version does not perform on a real line yet (text messages, recordings, queues, documents of the
carrier) fails in one sentence, so that the flow goes where it says a failure leads.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from ivr.flow.messages import (
    Emit,
    ErrandDone,
    Invoke,
    JoinQueue,
    LegOutcome,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
)
from ivr.outside.functions import Registry
from ivr.outside.http import HttpDesk
from ivr.outside.streams import TextStream

FAILED = "failed"

log = logging.getLogger(__name__)


class Outside:
    """What flows can ask for; an async context manager."""

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

    # ----------------------------------------------------------------------- errands

    async def ask(self, request: Request) -> RequestAnswered:
        """Ask a service over HTTP."""
        return await self._desk.ask(request)

    async def invoke(self, invoke: Invoke) -> ErrandDone | TextStream:
        """Call a registered function."""
        return await self._functions.invoke(invoke)

    async def send(self, text: SendText) -> ErrandDone:
        """Text messages are not sent yet."""
        problem = "this version of ivr sends no text messages"
        return ErrandDone(text.id, FAILED, None, problem)

    async def record(self, message: RecordMessage, stop: asyncio.Event) -> ErrandDone:
        """Callers are not recorded yet."""
        problem = "this version of ivr does not record callers"
        return ErrandDone(message.id, FAILED, None, problem)

    def keep(self, call: str, recording: int) -> None:
        """There is nothing to keep."""

    def sound_of(self, recording: int) -> bytes:
        """There is none."""
        return b""

    def record_call(self, call: str, what: Recording) -> None:
        """Calls are not recorded yet; the record says what the flow wanted."""
        log.warning("call %s: record_call %s: not done by this version of ivr", call, what.value)

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome:
        """Queues and documents are not performed yet."""
        return LegOutcome.FAILED

    def tell(self, call: str, event: Emit) -> None:
        """An event goes to the record and the log; nobody else listens yet."""
        log.info("call %s: event %s", call, event.name)
