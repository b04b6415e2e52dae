"""What is heard on a link: the messages that mean something, in order, and nothing else.

Media that nobody listens to is dropped unread; while a recording runs it goes to its mic. What is
malformed, unknown or of another stream is counted. It decides nothing and sends nothing. Used by
``session``, which runs ``listen`` as a task of its own and is told by a bell that there is
something to take in.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ivr.calls.link import Link
from ivr.calls.mic import Mic
from ivr.calls.record import Record
from ivr.carriers import twilio
from ivr.errors import BadMessage

MALFORMED_MAX = 100
"""Malformed messages in a row before the stream is given up."""
INBOX_MESSAGES_MAX = 64
"""Keys, echoes and the like not yet taken in; beyond it the link is not read."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing more will be heard on this link."""

    reason: str


Heard = twilio.Started | twilio.Digit | twilio.MarkEchoed | twilio.Stopped | Silent
"""What the ear passes on."""


class Ear:
    """Reads the link: drops the audio nobody listens to, passes on what means something.

    What it passes on is one ``Started``, then messages of that stream only, then the end.
    """

    def __init__(self, link: Link, bell: asyncio.Event) -> None:
        self._link = link
        self._bell = bell
        self._inbox: asyncio.Queue[Heard] = asyncio.Queue(INBOX_MESSAGES_MAX)
        self._stream_sid = ""
        self._malformed_in_a_row = 0
        self.mic: Mic | None = None
        """Who records what the caller says, if anybody does."""
        self.media = 0
        """Messages of audio that came so far."""
        self.ignored = {"malformed": 0, "unknown": 0, "foreign": 0, "early": 0}

    async def listen(self) -> None:
        """Read until the link or the stream ends; waits while the inbox is full."""
        while (text := await self._link.receive()) is not None:
            if isinstance(text, str) and twilio.is_media(text):
                self.media += 1
                if self.mic is None:
                    continue
            message = self._read(text)
            if self._malformed_in_a_row == MALFORMED_MAX:
                return await self._pass_on(Silent("too many malformed messages"))
            if message is not None:
                await self._pass_on(message)
            if isinstance(message, twilio.Stopped):
                return None
        return await self._pass_on(Silent("the link was closed"))

    def next(self) -> Heard | None:
        """What was heard and not yet taken in; None if there is nothing."""
        return None if self._inbox.empty() else self._inbox.get_nowait()

    def record_ignored(self, record: Record) -> None:
        """Put the counts of what was ignored into a call's record, where there are any."""
        ignored = {name: count for name, count in self.ignored.items() if count}
        if ignored:
            record.add("ignored", **ignored, media=self.media)

    async def _pass_on(self, message: Heard) -> None:
        await self._inbox.put(message)
        self._bell.set()

    def _read(self, text: str | bytes) -> Heard | None:
        """The message, if it is one of ours; otherwise it is counted."""
        try:
            if not isinstance(text, str):
                raise BadMessage("a binary message")
            message = twilio.parse(text)
        except BadMessage:
            self._malformed_in_a_row += 1
            self.ignored["malformed"] += 1
            return None
        self._malformed_in_a_row = 0
        match message:
            case twilio.Connected():
                return None
            case twilio.Unknown():
                self.ignored["unknown"] += 1
                return None
            case twilio.Started() if not self._stream_sid:
                self._stream_sid = message.stream_sid
                return message
            case twilio.Started():
                self.ignored["foreign"] += 1
                return None
        if not self._stream_sid:
            self.ignored["early"] += 1
            return None
        if self._stream_sid not in text:
            # Every message of a stream names it; this one is of another stream.
            self.ignored["foreign"] += 1
            return None
        if isinstance(message, twilio.Media):
            if self.mic is not None:
                self.mic.hear(message)
            return None
        if isinstance(message, twilio.MarkEchoed) and self.mic is not None:
            # In its place among the audio: what follows in the same burst is recorded.
            self.mic.echoed(message.name)
        return message
