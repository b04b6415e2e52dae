"""Everything that leaves the house by post: its senders, the task that carries, and events.

Put together here for ``server/app``, one for a process: the outbox of the store, a sender for each
kind of parcel, and for each flow set somebody who is told of events (:meth:`Mailroom.events_of`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ivr.errors import SettingsError
from ivr.flow.messages import Emit
from ivr.flow.model import FlowSet
from ivr.outside import mail, webhooks
from ivr.outside.mail import Mail
from ivr.outside.parcels import Sender
from ivr.outside.webhooks import Webhooks
from ivr.settings import Settings
from ivr.stores.base import Store
from ivr.stores.post import Post

DEV = "dev"


def _utc() -> datetime:
    return datetime.now(UTC)


class Mailroom:
    """Who carries what leaves the house; an async context manager."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        wall_clock: Callable[[], datetime],
        senders: Mapping[str, Sender] | None = None,
        folder: Path | None = None,
        post_clock: Callable[[], datetime] = _utc,
    ) -> None:
        """``senders`` are those of further kinds. ``wall_clock`` is what calls take for the time,
        ``post_clock`` what time it is. ``folder`` is where parcels go that the store would not take
        before the process ended.

        Raises :class:`~ivr.errors.SettingsError` for settings nothing could be sent with.
        """
        self._settings = settings
        self._wall_clock = wall_clock
        self._webhooks = _webhooks(settings)
        self._opened = AsyncExitStack()
        self.post = Post(
            store.outbox,
            {
                webhooks.KIND: self._webhooks.send,
                mail.KIND: _mail(settings).send,
                **(senders or {}),
            },
            folder=folder,
            wall_clock=post_clock,
        )

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._webhooks)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    def events_of(self, flows: FlowSet) -> Events:
        """Who is told of the events of a flow set.

        Raises :class:`~ivr.errors.SettingsError` where they could not be told from forged ones.
        """
        if flows.events and not self._settings.events_secrets and self._settings.environment != DEV:
            raise SettingsError(
                "IVR_EVENTS_SECRET is not set, and settings.yaml sends events: whoever gets them "
                "could not tell them from forged ones (only IVR_ENV=dev does without). Make one "
                "with  openssl rand -base64 32  and write whsec_ before it"
            )
        return Events(flows.events, self.post, self._wall_clock)


class Events:
    """Tells what the flows of one set want to be told."""

    def __init__(
        self, urls: tuple[str, ...], post: Post, wall_clock: Callable[[], datetime]
    ) -> None:
        self._urls = urls
        self._post = post
        self._wall_clock = wall_clock

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Have an event sent to everybody who wants to know; waits for nothing."""
        for parcel in webhooks.parcels(
            self._urls,
            call=call,
            flow=event.flow,
            step=event.step,
            event=event.name,
            number=number,
            data=event.data,
            at=self._wall_clock(),
        ):
            self._post.hand_in(parcel)


def _webhooks(settings: Settings) -> Webhooks:
    try:
        return Webhooks(settings.events_secrets, settings.environment)
    except ValueError as error:
        raise SettingsError(f"IVR_EVENTS_SECRET cannot be used: {error}") from None


def _mail(settings: Settings) -> Mail:
    if settings.smtp_url is None:
        return Mail(None, "")
    if settings.mail_from is None:
        raise SettingsError(
            "IVR_MAIL_FROM is not set, and IVR_SMTP_URL is: set it to the address letters come "
            "from, like ivr@example.com"
        )
    try:
        server = mail.smtp_server(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(
            f"IVR_SMTP_URL cannot be used: {error}; write smtp://user:password@host:587 or "
            "smtps://user:password@host:465"
        ) from None
    with contextlib.suppress(ValueError):
        return Mail(server, mail.check_address(settings.mail_from))
    raise SettingsError("IVR_MAIL_FROM must be one address, like ivr@example.com")
