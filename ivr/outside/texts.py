"""Text messages: parcels of the kind ``sms``, handed over to Twilio once each.

A message is a parcel in the outbox before the flow hears that it is on its way; :meth:`Texts.send`
hands it over. Twilio has no key that makes a repeated request harmless, so a message that may have
been sent is looked for among the last ones to its number before it is sent again: one with the same
text, taken since the parcel was made (reference/twilio.md 4.9). Two calls that send the same words
to the same number within that time could be taken for one; the other way round, two messages for
one, is what callers would notice.

Numbers and texts are in no error and no log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

import msgspec

from ivr.flow.messages import SendText
from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent
from ivr.outside.twilio_rest import Answer, Done, Gone, NotSent, Refused, TwilioRest, Unknown

KIND: Final = "sms"
SKEW: Final = timedelta(seconds=90)
"""Twilio's clock and ours may differ so much."""
LOST: Final = frozenset({"failed", "undelivered", "canceled"})
"""What became of a message that never arrived; one of these is as good as none."""

_REASONS: Final = {
    21211: "the number is none that Twilio can send to",
    21408: "the account may not send to that country",
    21606: "IVR_SMS_FROM is no number that can send text messages",
    21608: "a trial account sends to verified numbers only",
    21610: "the recipient has asked for no more messages",
    21612: "IVR_SMS_FROM cannot reach that number",
    21614: "the number is no mobile telephone",
    21617: "the text is too long",
    21660: "IVR_SMS_FROM does not belong to the account",
    30034: "the number is not registered for A2P 10DLC",
}
"""Why Twilio will never take a message; other refusals are told by their code alone."""

Intend = Callable[[str, str], Awaitable[bool]]
"""Writes down that something is about to be done; False: it was written down before."""


class _Payload(msgspec.Struct):
    """What is sent, and since when."""

    to: str
    text: str
    at: datetime
    """When the flow asked for it: aware UTC."""


def parcel_of(call: str, text: SendText, at: datetime) -> Parcel:
    """A message as it is kept until it is sent; the same one however often it is asked for."""
    payload = msgspec.json.encode(_Payload(text.to, text.text, at))
    return Parcel(call, f"sms {text.step} {text.id}", KIND, payload)


class Texts:
    """Sends text messages from one number, or from a messaging service."""

    def __init__(
        self,
        rest: TwilioRest,
        sender: str,
        intend: Intend,
    ) -> None:
        """``sender`` is a number, or a messaging service (``MG…``)."""
        self._rest = rest
        self._sender = sender
        self._intend = intend

    async def send(self, parcel: Parcel) -> Delivery:
        """Hand one over, unless it was already."""
        message = msgspec.json.decode(parcel.payload, type=_Payload)
        first = await self._intend(parcel.call, f"{parcel.purpose} sent")
        if not first:
            found = await self._was_sent(message)
            if found is None:
                return Retry("it may have been sent, and Twilio does not say whether it was")
            if found:
                return Sent()
        answer = await self._rest.send_message(message.to, message.text, self._sender)
        return _delivery(answer)

    async def _was_sent(self, message: _Payload) -> bool | None:
        """Whether Twilio has it; None where that cannot be known."""
        listed = await self._rest.messages_to(message.to)
        if not isinstance(listed, tuple):
            return None
        return any(
            each.body == message.text
            and each.status not in LOST
            and each.created_at is not None
            and each.created_at >= message.at - SKEW
            for each in listed
        )


def _delivery(answer: Answer) -> Delivery:
    match answer:
        case Done():
            return Sent()
        case Refused(_, int(code), _) if code in _REASONS:
            return Hopeless(f"{_REASONS[code]} (Twilio's code {code})")
        case Refused(status, _, problem) if status in (401, 403, 404):
            return Retry(problem)  # the operator's to mend, and then it works
        case Refused(_, _, problem):
            return Hopeless(problem)
        case NotSent(problem) | Unknown(problem):
            return Retry(problem)
        case Gone():
            return Retry("Twilio knows no such account; check TWILIO_ACCOUNT_SID")
        case _:
            assert_never(answer)
