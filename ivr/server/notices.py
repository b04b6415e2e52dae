"""Tells of new messages: an event without the sound, and a letter with it to the mailbox's address.

Both are parcels and go by post; a message that is told of twice makes them once. Used by
``server/app``, which hands it to the desk that keeps messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from ivr.flow.messages import Emit
from ivr.flow.model import FlowSet
from ivr.outside import mail
from ivr.outside.parcels import Parcel
from ivr.stores.messages import Message, Messages

EVENT = "voicemail"

log = logging.getLogger(__name__)

Put = Callable[[Parcel], Awaitable[object]]
Tell = Callable[[FlowSet, str, Emit, int], None]


class Notices:
    """Who tells of new messages."""

    def __init__(
        self, messages: Messages, flows: Callable[[], FlowSet], tell: Tell, put: Put | None
    ) -> None:
        """``flows`` are those that answer now, whose mailboxes and events count.

        ``tell`` passes an event on; ``put`` takes parcels of letters, None where no mail is sent.
        """
        self._messages = messages
        self._flows = flows
        self._tell = tell
        self._put = put

    async def __call__(self, message: Message) -> None:
        """Tell of it; returns when that is safe. Raises :class:`~ivr.stores.base.StoreError`."""
        flows = self._flows()
        data = {
            "id": message.id,
            "mailbox": message.mailbox,
            "caller": message.caller,
            "seconds": message.seconds,
            "cut": message.cut,
        }
        event = Emit(EVENT, data, message.step, message.flow)
        # Two messages may be left at one step of a call; which is which, the number says.
        self._tell(flows, message.call, event, int(message.id, 16))
        if self._put is not None and is_mailed(flows, message.mailbox):
            try:
                payload = await asyncio.to_thread(self._letter, flows, message)
            except ValueError as error:
                # It would be no letter the next time either; the message is kept all the same.
                log.error("the message %s cannot be mailed: %s", message.id, error)
                return
            purpose = f"{EVENT}:{message.id}"
            await self._put(Parcel(message.call, purpose, mail.KIND, payload))

    def _letter(self, flows: FlowSet, message: Message) -> bytes:
        sound = self._messages.sound_of(message).read_bytes()
        who = message.caller or "a withheld number"
        length = f"{round(message.seconds) // 60}:{round(message.seconds) % 60:02}"
        flow = flows.flows.get(message.flow)
        zone = ZoneInfo(flow.timezone if flow is not None else "UTC")
        at = message.started_at.astimezone(zone)
        lines = [
            f"{who} left a message of {length} minutes.",
            "",
            f"Called:  {message.called}{f' ({flow.title})' if flow and flow.title else ''}",
            f"When:    {at:%A %Y-%m-%d, %H:%M} {zone.key}",
            f"Message: {message.id} in {message.mailbox}",
        ]
        if message.cut:
            lines += ["", "The line broke off while it was spoken, so its end may be missing."]
        name = f"message-{at:%Y-%m-%d-%H%M}-{message.id}.wav"
        wav = mail.Attachment(name, "audio/wav", sound)
        subject = f"Message from {who}, {length}"
        return mail.letter(message.mailbox, subject, "\n".join(lines) + "\n", (wav,))


def is_mailed(flows: FlowSet, mailbox: str) -> bool:
    """Whether a mailbox's messages are mailed: one that is an address, unless it says otherwise."""
    box = flows.mailboxes.get(mailbox)
    return "@" in mailbox if box is None else box.mail
