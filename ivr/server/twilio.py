"""Twilio's way in: the webhooks of a call, and its media stream.

Each handler lets Twilio in (``gate``), reads what it says (``carriers/webhook``), asks the
switchboard, and puts its decision into TwiML. Nothing is decided here. Routes are for
``server/app``; the URLs they answer with are those of :data:`VOICE_PATH` and its neighbours.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final, assert_never

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from ivr.calls.kept import Apologise, Busy, Connect, Decision, Dial, Over
from ivr.calls.switchboard import Switchboard
from ivr.carriers import twiml, webhook
from ivr.carriers.webhook import Form
from ivr.errors import BadMessage
from ivr.flow.phrases import Phrase, phrase
from ivr.server import forms
from ivr.server.gate import Address, Gate, Refused
from ivr.server.link import LinkLimits, SocketLink

VOICE_PATH: Final = "/twilio/voice"
"""To be entered at the telephone number: "A call comes in"."""
AFTER_PATH: Final = "/twilio/after"
"""Asked by Twilio when a stream or a transfer is over."""
STATUS_PATH: Final = "/twilio/status"
"""To be entered at the telephone number: "Call status changes". Optional."""
STREAM_STATUS_PATH: Final = "/twilio/stream-status"
MEDIA_PATH: Final = "/media"

TOKEN_HEADER: Final = "i-twilio-idempotency-token"
"""The same in every retry of one webhook."""
TOKEN_CHARS_MAX: Final = 128

LANGUAGE: Final = "en-US"
"""Of the apology, where no flow says which."""

log = logging.getLogger(__name__)

Handler = Callable[[Request, Address, Form], Awaitable[Response]]


class TwilioDoor:
    """The routes Twilio asks."""

    def __init__(
        self, gate: Gate, switchboard: Switchboard, *, link_limits: LinkLimits | None = None
    ) -> None:
        self._gate = gate
        self._switchboard = switchboard
        self._link_limits = link_limits

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        webhooks: dict[str, Handler] = {
            VOICE_PATH: self._voice,
            AFTER_PATH: self._after,
            STATUS_PATH: self._status,
            STREAM_STATUS_PATH: self._stream_status,
        }
        return [
            *(
                Route(path, self._webhook(handler), methods=["GET", "POST"])
                for path, handler in webhooks.items()
            ),
            WebSocketRoute(MEDIA_PATH + "/{stream_id}", self._media),
        ]

    # ----------------------------------------------------------------------- webhooks

    def _webhook(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
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
        return _answer(self._switchboard.ring(webhook.ringing(form)), address)

    async def _after(self, request: Request, address: Address, form: Form) -> Response:
        """A stream or a transfer is over: what next?"""
        token = request.headers.get(TOKEN_HEADER, "")[:TOKEN_CHARS_MAX] or None
        return _answer(await self._switchboard.after(webhook.returned(form), token), address)

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
            address = self._gate.approach(socket)
            self._gate.admit_stream(socket, address)
            claim = self._switchboard.claim(socket.path_params["stream_id"])
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


def _answer(decision: Decision, address: Address) -> Response:
    return Response(_twiml(decision, address), media_type="text/xml")


def _twiml(decision: Decision, address: Address) -> str:
    match decision:
        case Connect(stream_id):
            return twiml.connect(
                f"{address.stream}{MEDIA_PATH}/{stream_id}",
                after_url=address.web + AFTER_PATH,
                status_url=address.web + STREAM_STATUS_PATH,
            )
        case Dial(transfer):
            limit_ms = transfer.limit_ms
            return twiml.dial(
                transfer.number,
                *(target.address for target in transfer.together),
                action_url=address.web + AFTER_PATH,
                timeout_s=max(1, ceil(transfer.ring_ms / 1000)),
                caller_id=transfer.caller_id,
                time_limit_s=None if limit_ms is None else max(1, ceil(limit_ms / 1000)),
            )
        case Apologise(language, text, operator, heard):
            language = language or LANGUAGE
            said = None if heard else text or phrase(Phrase.TROUBLE, language)
            return twiml.last_words(said, language, operator)
        case Busy():
            return twiml.reject("busy")
        case Over():
            return twiml.hang_up()
    assert_never(decision)
