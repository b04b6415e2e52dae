"""Twilio tells how recordings of calls get on: into the record of the call, while it lasts.

A call that is over has its record already; what comes later is in the log. Part of the routes of
``server/app``; who may ask is ``server/twilio``'s to say.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ivr.calls.tapes import Tapes
from ivr.carriers.recording import recording_news
from ivr.carriers.webhook import Form
from ivr.server.account import RECORDING_PATH
from ivr.server.gate import Address

log = logging.getLogger(__name__)

Handler = Callable[[Request, Address, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Recordings:
    """The route Twilio tells."""

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes

    def routes(self, webhook: Callable[[Handler], Endpoint]) -> list[BaseRoute]:
        """The only one; ``webhook`` lets only Twilio in."""
        return [Route(RECORDING_PATH, webhook(self._told), methods=["GET", "POST"])]

    async def _told(self, request: Request, address: Address, form: Form) -> Response:
        news = recording_news(form)
        known = self._tapes.news(news.call_sid, news.recording_sid, news.status, news.seconds)
        if not known:
            seconds = "" if news.seconds is None else f", {news.seconds} s"
            log.info(
                "call %s: recording %s: %s%s",
                *(news.call_sid, news.recording_sid, news.status, seconds),
            )
        return Response(status_code=204)
