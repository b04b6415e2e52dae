"""The Twilio account of a line, as far as we ask it by ourselves: text messages and recordings.

Without ``TWILIO_ACCOUNT_SID`` there is none: text messages fail at once, calls are not recorded,
and ``ivr serve`` says so at its start. Put together here for ``server/app``, one for a process.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from ivr.calls.tapes import Tapes
from ivr.flow.messages import ErrandDone, SendText
from ivr.outside import texts, twilio_rest
from ivr.outside.parcels import Delivery, Parcel, Retry, Sender, Sent
from ivr.outside.texts import Texts
from ivr.outside.twilio_rest import Account, Done, Gone, TwilioRest
from ivr.settings import Settings
from ivr.stores.base import Store, StoreError

RECORDING_PATH: Final = "/twilio/recording"
"""Told by Twilio how recordings of calls get on."""
DESTROY: Final = "recording"
"""The kind of parcels that have a recording destroyed; the payload is its id."""
NO_ACCOUNT: Final = "no Twilio account is set; set TWILIO_ACCOUNT_SID"
NO_SENDER: Final = "no number is set that text messages come from; set IVR_SMS_FROM"

log = logging.getLogger(__name__)


def account_of(settings: Settings) -> Account | None:
    """What lets us into the REST API; None where the operator has not said."""
    if settings.twilio_account is None:
        return None
    user, password = settings.twilio_account, next(iter(settings.twilio_tokens), "")
    if settings.twilio_api_key is not None and settings.twilio_api_secret is not None:
        user, password = settings.twilio_api_key, settings.twilio_api_secret
    if not password:
        return None
    url = settings.twilio_url
    place = twilio_rest.host(settings.twilio_region, settings.twilio_edge)
    return Account(settings.twilio_account, user, password, url or place)


class LineAccount:
    """Text messages and recordings of calls; an async context manager."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        put: Callable[[Parcel], Awaitable[bool]],
        *,
        wall_clock: Callable[[], datetime],
    ) -> None:
        """``put`` takes parcels, so that they outlive a crash."""
        account = account_of(settings)
        self._rest = None if account is None else TwilioRest(account)
        self._texts: Texts | None = None
        if self._rest is not None and settings.sms_from is not None:
            self._texts = Texts(self._rest, settings.sms_from, store.outbox.intend)
        self._put = put
        self._wall_clock = wall_clock
        self._opened = AsyncExitStack()
        tell = None if settings.public_url is None else settings.public_url + RECORDING_PATH
        self.tapes = Tapes(
            self._rest,
            tell=tell,
            destroy=self._have_destroyed,
            without_notice=settings.record_without_notice,
        )

    async def __aenter__(self) -> Self:
        if self._rest is not None:
            await self._opened.enter_async_context(self._rest)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    @property
    def senders(self) -> Mapping[str, Sender]:
        """Who hands parcels over, by kind."""
        return {texts.KIND: self._send, DESTROY: self._destroy}

    # ----------------------------------------------------------------------- text messages

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """Take a text message: done as soon as it is safe."""
        if self._texts is None:
            problem = NO_ACCOUNT if self._rest is None else NO_SENDER
            return ErrandDone(text.id, "failed", None, problem)
        try:
            # One that was taken before is on its way already.
            await self._put(texts.parcel_of(call, text, self._wall_clock()))
        except StoreError as error:
            return ErrandDone(text.id, "failed", None, str(error))
        return ErrandDone(text.id, "done")

    async def _send(self, parcel: Parcel) -> Delivery:
        if self._texts is None:
            return Retry(NO_ACCOUNT if self._rest is None else NO_SENDER)
        return await self._texts.send(parcel)

    # ----------------------------------------------------------------------- recordings

    async def _have_destroyed(self, call: str, recording: str) -> None:
        parcel = Parcel(call, f"destroy {recording}", DESTROY, recording.encode())
        try:
            await self._put(parcel)
        except StoreError as error:
            log.error(
                "call %s: a recording with sensitive keys on it has to be destroyed by hand, "
                "because that could not be written down (%s): %s",
                *(call, error, recording),
            )

    async def _destroy(self, parcel: Parcel) -> Delivery:
        """Destroy a recording; one that is still being made can be destroyed later."""
        if self._rest is None:
            return Retry(NO_ACCOUNT)
        answer = await self._rest.delete_recording(parcel.payload.decode())
        return Sent() if isinstance(answer, Done | Gone) else Retry(answer.problem)
