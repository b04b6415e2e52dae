"""Decisions of the switchboard in Twilio's words, and the addresses that stand in them.

Nothing is decided here. Secrets of an author's document are filled in at this very moment, and
nowhere before. Used by ``server/twilio``; ``server/aside`` answers at the addresses made here.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final, assert_never

from ivr.calls.kept import Apologise, Busy, Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.carriers import twiml, twiml_away
from ivr.flow.messages import Transfer
from ivr.flow.phrases import Phrase, phrase
from ivr.server.addresses import Addresses, Wait, Whisper
from ivr.server.gate import Address

AFTER_PATH: Final = "/twilio/after"
"""Asked by Twilio when a stream is over; with a number behind it, when that time away is."""
STREAM_STATUS_PATH: Final = "/twilio/stream-status"
WHISPER_PATH: Final = "/twilio/whisper"
WAIT_PATH: Final = "/twilio/wait"
MEDIA_PATH: Final = "/media"

QUEUE_MS_MAX: Final = 7_200_000
"""The longest anybody waits in a queue that has no limit of its own."""
LANGUAGE: Final = "en-US"
"""Of the apology, where no flow says which."""


class Wording:
    """Says decisions as TwiML."""

    def __init__(self, addresses: Addresses, secret: Callable[[str], str | None]) -> None:
        """``secret`` knows what flows call ``secrets.NAME``."""
        self._addresses = addresses
        self._secret = secret

    def twiml(self, decision: Decision, call: str, address: Address) -> str:
        """The document. Raises :class:`~ivr.carriers.twiml_away.BadDocument` for an author's."""
        match decision:
            case Connect(stream_id):
                return twiml.connect(
                    f"{address.stream}{MEDIA_PATH}/{stream_id}",
                    after_url=address.web + AFTER_PATH,
                    status_url=address.web + STREAM_STATUS_PATH,
                )
            case Dial(transfer, number):
                return self._dial(transfer, number, call, address)
            case Enqueue(queue, number, language, voice):
                limit_ms = queue.limit_ms or QUEUE_MS_MAX
                waits = Wait(0, limit_ms, queue.hold, language, voice)
                return twiml_away.enqueue(
                    queue.name,
                    action_url=back_url(address, number),
                    wait_url=f"{address.web}{WAIT_PATH}/{self._addresses.sign(waits)}",
                )
            case Perform(document, number):
                back = back_url(address, number)
                return twiml_away.of_author(document.document, back_url=back, secret=self._secret)
            case Apologise(language, text, operator, heard):
                language = language or LANGUAGE
                said = None if heard else text or phrase(Phrase.TROUBLE, language)
                return twiml.last_words(said, language, operator)
            case Busy():
                return twiml.reject("busy")
            case Over():
                return twiml.hang_up()
        assert_never(decision)

    def _dial(self, transfer: Transfer, number: int, call: str, address: Address) -> str:
        back = back_url(address, number)
        if transfer.blind:
            return twiml_away.refer(transfer.number, action_url=back)
        whisper_url = None
        if transfer.whisper or transfer.accept:
            token = self._addresses.sign(Whisper(call, number, transfer.accept))
            whisper_url = f"{address.web}{WHISPER_PATH}/{token}"
        limit_ms = transfer.limit_ms
        return twiml_away.dial(
            [transfer.number, *(target.address for target in transfer.together)],
            action_url=back,
            timeout_s=max(1, ceil(transfer.ring_ms / 1000)),
            caller_id=transfer.caller_id,
            time_limit_s=None if limit_ms is None else max(1, ceil(limit_ms / 1000)),
            whisper_url=whisper_url,
            record=transfer.record,
        )


def back_url(address: Address, number: int) -> str:
    """Where the carrier tells that this time away is over."""
    return f"{address.web}{AFTER_PATH}/{number}"
