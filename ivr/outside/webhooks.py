"""Events as webhooks: what ``event`` steps tell goes to the addresses of settings.yaml, signed.

In the manner of Standard Webhooks (https://www.standardwebhooks.com, version 1): a POST of JSON
with the headers ``webhook-id`` (the same in every try), ``webhook-timestamp`` (seconds since 1970)
and ``webhook-signature`` (``v1,`` and the base64 of the HMAC-SHA256 of ``id.timestamp.body``; one
for each secret, with a space between). The receiver answers 2xx when it has it, soon: what takes
longer than :data:`SECONDS_MAX` is tried again, and may then come twice with the same id.

An event is a parcel for each address (:meth:`Webhooks.parcels`), kept in the outbox until
:meth:`Webhooks.send` has handed it over. Redirects are not followed. The address itself is the
permission to send there, and it keeps the other rules of ``address``: encrypted, but to this
machine in ``dev``. Made by the composition root.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
import msgspec
from yarl import URL

from ivr import __version__
from ivr.flow.values import Value
from ivr.outside.address import Gate, Refused, shown
from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent, new_id

KIND: Final = "event"
SECONDS_MAX: Final = 15
"""For one try, from the connection to the whole answer."""
ANSWER_BYTES_MAX: Final = 4_096
"""Of an answer that are read so that its connection can be used again; nothing in it matters."""
CONNECTIONS_MAX: Final = 20
SECRET_PREFIX: Final = "whsec_"
RETRIED: Final = frozenset({408, 425, 429})
"""Answers from 400 to 499 after which the same may work later."""


class _Payload(msgspec.Struct):
    """A parcel's payload: where to, and the body as it is signed and sent."""

    url: str
    body: bytes


class Webhooks:
    """Tells events to whoever wants to know; an async context manager."""

    def __init__(
        self,
        secrets: Sequence[str],
        environment: str,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``secrets`` sign, all of them, so that one can be replaced; without any nothing does.

        ``now`` is seconds since 1970, for the signature.
        """
        self._keys = tuple(key_of(secret) for secret in secrets)
        self._environment = environment
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": f"ivr/{__version__}", "Content-Type": "application/json"},
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
            timeout=aiohttp.ClientTimeout(total=SECONDS_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, parcel: Parcel) -> Delivery:
        """Try once to tell an event; raises nothing but cancellation."""
        try:
            payload = msgspec.json.decode(parcel.payload, type=_Payload)
            url = URL(payload.url)
            Gate((url.host_port_subcomponent or "",), self._environment).check(url)
        except (ValueError, Refused) as error:
            return Hopeless(f"it cannot be sent there: {error}")
        if self._session is None:
            return Retry("the line is closing")
        headers = signed(parcel.id, int(self._now()), payload.body, self._keys)
        try:
            async with self._session.post(
                url, data=payload.body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(ANSWER_BYTES_MAX)
                return _judged(answer, shown(url))
        except TimeoutError:
            return Retry(f"{shown(url)} did not answer within {SECONDS_MAX} s")
        except (aiohttp.ClientError, OSError) as error:
            # Its text may hold the whole address.
            return Retry(f"{shown(url)} could not be asked ({type(error).__name__})")


def parcels(
    urls: Sequence[str],
    *,
    call: str,
    flow: str,
    step: str,
    event: str,
    number: int,
    data: Mapping[str, Value],
    at: datetime,
) -> tuple[Parcel, ...]:
    """The parcels of one event, one for each address.

    ``number`` is which event of its step it is in this call: told again after a resume, it is the
    same parcel.
    """
    made = []
    for url in urls:
        id = new_id()
        body = {
            "event": event,
            "call": call,
            "flow": flow,
            "step": step,
            "data": data,
            "at": at.isoformat(timespec="milliseconds"),
            "id": id,
        }
        payload = msgspec.json.encode(_Payload(url, msgspec.json.encode(body)))
        purpose = f"event {flow}/{step} {number} {url}"
        made.append(Parcel(call, purpose, KIND, payload, id))
    return tuple(made)


def key_of(secret: str) -> bytes:
    """The key a secret stands for: ``whsec_`` and its base64, or any other text as it is.

    Raises ``ValueError`` for what follows ``whsec_`` and is no base64.
    """
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows {SECRET_PREFIX} is no base64") from None


def signed(id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The headers of an event that is sent at this time."""
    headers = {"webhook-id": id, "webhook-timestamp": str(timestamp)}
    if keys:
        content = f"{id}.{timestamp}.".encode() + body
        made = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
        headers["webhook-signature"] = " ".join(
            f"v1,{base64.b64encode(each).decode()}" for each in made
        )
    return headers


def _judged(answer: aiohttp.ClientResponse, host: str) -> Delivery:
    status = answer.status
    if 200 <= status < 300:
        return Sent()
    problem = f"{host} answered {status}"
    if 300 <= status < 400:
        return Hopeless(f"{problem}, and redirects are not followed: list where it leads to")
    if status < 500 and status not in RETRIED:
        return Hopeless(problem)
    pause = answer.headers.get("Retry-After", "")
    return Retry(problem, float(pause) if pause.isdecimal() and len(pause) < 9 else None)
