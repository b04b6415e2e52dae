"""The socket ``multi-stream-input``: up to five contexts, opened by naming them.

The empty text keeps alive; a context ends by ``close_context`` and holds its slot until its last
message is out. Everything outgoing names its context, except the default one, which has no name.
"""

from __future__ import annotations

import asyncio
from typing import Final

from ivr.fakes.elevenlabs.context import Context, State
from ivr.fakes.elevenlabs.conversation import Conversation, HangUp
from ivr.fakes.elevenlabs.messages import ClientMessage
from ivr.fakes.elevenlabs.witness import Code

SLOTS: Final = 5
_NORMAL: Final = 1000


class MultiStream:
    """The dialogue of one socket."""

    multi = True

    def __init__(self, line: Conversation, opened_at: float) -> None:
        self._line = line
        self._contexts: dict[str | None, Context] = {}
        """Those that hold a slot."""
        self._ended: set[str | None] = set()
        self._leaving = False
        self._last_input = opened_at
        self._limit_s = line.query.inactivity_s * line.works.second_ms / 1000

    async def take(self, message: ClientMessage) -> None:
        """Act on a message."""
        self._last_input = asyncio.get_running_loop().time()
        if self._leaving:
            self._line.report(Code.TEXT_AFTER_CLOSE, "after close_socket")
        elif message.close_socket:
            self._leave()
        elif message.close_context:
            self._close(message)
        elif message.context_id is None and not message.text and not message.flush:
            pass  # a keepalive of the socket
        else:
            self._speak(message)

    def idle_until(self) -> float:
        """When the next context, or the socket, has been idle for too long."""
        if self._leaving:
            return float("inf")
        inputs = [context.last_input for context in self._open()]
        return min([*inputs, self._last_input]) + self._limit_s

    def expire(self) -> None:
        """Close the contexts that were idle; the socket when nothing at all came."""
        now = asyncio.get_running_loop().time()
        if now >= self._last_input + self._limit_s:
            raise self._line.timed_out()
        for context in self._open():
            if now >= context.last_input + self._limit_s:
                context.close(flush=False)

    def _speak(self, message: ClientMessage) -> None:
        id = message.context_id
        if id is None:
            self._line.report(Code.UNTAGGED, "text or flush without a context_id")
        context = self._contexts.get(id)
        if context is None:
            self._report_opening(message)
            context = self._open_context(message)
        elif context.state is not State.OPEN:
            self._line.report(Code.TEXT_AFTER_CLOSE, f"context {context.number}")
            return
        context.take(message)

    def _report_opening(self, message: ClientMessage) -> None:
        """What is taken as an opening, and was hardly meant as one."""
        id = message.context_id
        if id in self._ended:
            self._line.report(Code.REUSED_CONTEXT, str(id))
        elif not message.text:
            code = Code.UNOPENED_FLUSH if message.flush else Code.UNOPENED_KEEPALIVE
            self._line.report(code, str(id))

    def _open_context(self, message: ClientMessage) -> Context:
        id = message.context_id
        tag = {} if id is None else {"contextId": id}
        if len(self._contexts) >= SLOTS:
            self._line.report(Code.TOO_MANY_CONTEXTS, str(id))
            raise self._line.failure(
                f"Maximum number of simultaneously active contexts ({SLOTS}) exceeded.",
                "max_active_conversations",
                tag,
            )
        context = Context(self._line, message, tag, lambda: self._free(id))
        self._contexts[id] = context
        return context

    def _close(self, message: ClientMessage) -> None:
        context = self._contexts.get(message.context_id)
        if context is None and message.context_id not in self._ended:
            self._line.report(Code.UNOPENED_CLOSE, str(message.context_id))
        if context is not None and context.state is State.OPEN:
            context.close(flush=False)

    def _leave(self) -> None:
        self._leaving = True
        for context in self._open():
            context.close(flush=True)
        self._hang_up_when_done()

    def _free(self, id: str | None) -> None:
        del self._contexts[id]
        self._ended.add(id)
        if self._leaving:
            self._hang_up_when_done()

    def _hang_up_when_done(self) -> None:
        if not self._contexts:
            raise HangUp(_NORMAL)

    def _open(self) -> list[Context]:
        return [each for each in self._contexts.values() if each.state is State.OPEN]
