"""The socket ``stream-input``: one stream of text, one of audio, and then the socket is done.

One space keeps it alive, the empty text ends it: the opposite of ``multi_stream``.
"""

from __future__ import annotations

from ivr.fakes.elevenlabs.context import Context, State
from ivr.fakes.elevenlabs.conversation import Conversation, HangUp
from ivr.fakes.elevenlabs.messages import ClientMessage
from ivr.fakes.elevenlabs.witness import Code

_NORMAL = 1000
_SPACE = " "


class StreamInput:
    """The dialogue of one socket."""

    multi = False

    def __init__(self, line: Conversation, opened_at: float) -> None:
        self._line = line
        self._context: Context | None = None
        self._last_input = opened_at
        self._limit_s = line.query.inactivity_s * line.works.second_ms / 1000

    async def take(self, message: ClientMessage) -> None:
        """Act on a message."""
        if self._context is None:
            if message.text != _SPACE:
                self._line.report(Code.FIRST_TEXT, f"{len(message.text or '')} characters")
            self._context = Context(self._line, message, {}, self._done)
        if self._context.state is not State.OPEN:
            self._line.report(Code.TEXT_AFTER_CLOSE, "stream-input")
            return
        self._context.take(message)
        self._last_input = self._context.last_input
        if message.text == "":
            self._context.close(flush=True)

    def idle_until(self) -> float:
        """A stream that is ending waits for no input."""
        if self._context is not None and self._context.state is not State.OPEN:
            return float("inf")
        return self._last_input + self._limit_s

    def expire(self) -> None:
        """The one stream was idle, and so the socket was."""
        raise self._line.timed_out()

    def _done(self) -> None:
        raise HangUp(_NORMAL)
