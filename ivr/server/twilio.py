"""Twilio's way in: the webhooks of a call, and its media stream.

Each handler lets Twilio in (``gate``), reads what it says (``carriers/webhook``), asks the
switchboard, and puts its decision into TwiML. Nothing is decided here. Routes are for
``server/app``; the URLs they answer with are those of :data:`VOICE_PATH` and its neighbours.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from ivr.calls.kept import Decision, Perform
from ivr.calls.switchboard import Switchboard
from ivr.carriers import webhook
from ivr.carriers.twiml_away import BadDocument
from ivr.carriers.webhook import Form, Leg, Returned
from ivr.errors import BadMessage
from ivr.server import forms
from ivr.server.addresses import Addresses
from ivr.server.aside import Aside
from ivr.server.gate import Address, Gate, Refused
from ivr.server.link import LinkLimits, SocketLink
from ivr.server.wording import AFTER_PATH as AFTER_PATH
from ivr.server.wording import MEDIA_PATH as MEDIA_PATH
from ivr.server.wording import STREAM_STATUS_PATH as STREAM_STATUS_PATH
from ivr.server.wording import Wording

VOICE_PATH: Final = "/twilio/voice"
"""To be entered at the telephone number: "A call comes in"."""
STATUS_PATH: Final = "/twilio/status"
"""To be entered at the telephone number: "Call status changes". Optional."""

TOKEN_HEADER: Final = "i-twilio-idempotency-token"
"""The same in every retry of one webhook."""
TOKEN_CHARS_MAX: Final = 128

log = logging.getLogger(__name__)

Handler = Callable[[Request, Address, Form], Awaitable[Response]]


def only_the_carrier(connection: HTTPConnection, stream_id: str) -> bool:
    """Nobody else opens streams."""
    return False


class TwilioDoor:
    """The routes Twilio asks."""

    def __init__(
        self,
        gate: Gate,
        switchboard: Switchboard,
        *,
        link_limits: LinkLimits | None = None,
        admits: Callable[[HTTPConnection, str], bool] = only_the_carrier,
    ) -> None:
        """``admits`` says whether a stream is somebody else's than the carrier's: the studio's."""
        self._admits = admits
        self._gate = gate
        self._switchboard = switchboard
        self._link_limits = link_limits
        addresses = Addresses(gate.settings)
        self._aside = Aside(gate, switchboard, addresses)
        self._wording = Wording(addresses, gate.settings.secrets.get)

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        webhooks: dict[str, Handler] = {
            VOICE_PATH: self._voice,
            AFTER_PATH: self._after,
            AFTER_PATH + "/{number:int}": self._after,
            STATUS_PATH: self._status,
            STREAM_STATUS_PATH: self._stream_status,
        }
        return [
            *(
                Route(path, self.webhook(handler), methods=["GET", "POST"])
                for path, handler in webhooks.items()
            ),
            *self._aside.routes(self.webhook),
            WebSocketRoute(MEDIA_PATH + "/{stream_id}", self._media),
        ]

    # ----------------------------------------------------------------------- webhooks

    def webhook(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler that is only asked what Twilio has asked."""

        async def answer(request: Request) -> Response:
            try:
                address = self._gate.approach(request)
                if request.method == "POST":
                    form = forms.fields(await forms.read_body(request))
                    self._gate.admit_webhook(request, address, form)
                else:
                    form = forms.fields(request.scope["query_string"])
                    self._gate.admit_webhook(request, address, {})
                return await handler(request, address, form)
            except Refused as refused:
                return self._refuse(request, refused)
            except BadMessage as error:
                return self._refuse(request, Refused(400, f"it is {error}"))

        return answer

    async def _voice(self, request: Request, address: Address, form: Form) -> Response:
        """A call rings."""
        ringing = webhook.ringing(form)
        decision = await self._switchboard.rings(ringing)
        return _xml(self._wording.twiml(decision, ringing.call_sid, address))

    async def _after(self, request: Request, address: Address, form: Form) -> Response:
        """A stream or a time away is over: what next?"""
        token = request.headers.get(TOKEN_HEADER, "")[:TOKEN_CHARS_MAX] or None
        number = request.path_params.get("number")
        returned = webhook.returned(form)
        decision = await self._switchboard.after(returned, token, number)
        try:
            return _xml(self._wording.twiml(decision, returned.call_sid, address))
        except BadDocument as error:
            return _xml(await self._without(decision, error, returned, address))

    async def _without(
        self, decision: Decision, error: BadDocument, returned: Returned, address: Address
    ) -> str:
        """What comes next, where an author's document is none that Twilio could read."""
        assert isinstance(decision, Perform), "our own documents are good"
        log.error(
            "call %s: the document of %s: %s", returned.call_sid, decision.document.step, error
        )
        failed = replace(returned, leg=Leg("", "failed"))
        other = await self._switchboard.after(failed, None, decision.number)
        try:
            return self._wording.twiml(other, returned.call_sid, address)
        except BadDocument as again:
            return await self._without(other, again, returned, address)

    async def _status(self, request: Request, address: Address, form: Form) -> Response:
        """The call has changed its state."""
        await self._switchboard.status(webhook.returned(form))
        return Response(status_code=204)

    async def _stream_status(self, request: Request, address: Address, form: Form) -> Response:
        """Twilio tells of a stream; late and in any order, so for the log only."""
        news = webhook.stream_news(form)
        if news.event == "stream-error":
            self._switchboard.counts["stream_errors"] += 1
            log.warning("call %s: Twilio tells of a stream error: %r", news.call_sid, news.error)
        return Response(status_code=204)

    # ----------------------------------------------------------------------- streams

    async def _media(self, socket: WebSocket) -> None:
        """A stream asks to be opened."""
        try:
            if not self._admits(socket, socket.path_params["stream_id"]):
                address = self._gate.approach(socket)
                self._gate.admit_stream(socket, address)
            stream_id = socket.path_params["stream_id"]
            claim = self._switchboard.claim(stream_id)
            if claim is None:
                claim = await self._switchboard.claim_of_another(stream_id)
            if claim is None:
                raise Refused(403, "its id is unknown, used or too old")
        except Refused as refused:
            self._refuse(socket, refused)
            await socket.close(1008)  # before accept: HTTP 403
            return
        try:
            await socket.accept()
        except (OSError, RuntimeError):
            log.warning("call %s: its stream broke off in the handshake", claim.kept.call.sid)
            return
        await self._switchboard.run_stream(claim, SocketLink(socket, self._link_limits))

    def _refuse(self, connection: HTTPConnection, refused: Refused) -> Response:
        """One line in the log; a stream's id is not in it, nor anything of the form."""
        self._switchboard.counts["refused"] += 1
        path = connection.scope["path"]
        shown = f"{MEDIA_PATH}/…" if path.startswith(MEDIA_PATH) else path
        client = connection.client.host if connection.client else "unknown"
        log.warning("refused %s from %s: %s", shown, client, refused)
        return PlainTextResponse("refused\n", status_code=refused.status)


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
