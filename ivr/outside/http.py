"""Services over HTTP as ``http`` asks them: one question, one answer, and never an exception.

:class:`HttpDesk` belongs to the application (``async with``); the calls ask it. What may be asked
and sent is decided in :mod:`ivr.outside.address`, what a body may hold in
:mod:`ivr.outside.values`. It does not decide what a status means, nor what the caller hears while
it waits: that is the machine's.

Decisions:

* An answer that is no 2xx keeps its status whatever its body is, because the flow goes by the
  status. A 2xx whose body cannot be used is no answer.
* A redirect is followed to the same scheme, host and port only, three times; a request that changes
  something is repeated only where the answer says so (307, 308) and is never turned into another
  (301 and 302), except into a plain GET by 303.
* aiohttp would repeat a PUT or DELETE by itself when the connection breaks. Nothing is repeated
  here but what could not be connected; and a GET, once, on a kept connection that was already dead.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ivr import __version__
from ivr.flow.messages import Request, RequestAnswered
from ivr.flow.values import Value
from ivr.outside import address
from ivr.outside.address import Gate, Refused, Secrets, shown
from ivr.outside.traces import without_values
from ivr.outside.values import NotAValue, from_json, to_json

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 1 << 20
"""Of an answer after decompression, and of what is sent."""
BODY_BYTES_AT_ONCE = 1 << 15
"""A larger one is read by another thread, so that no other call waits for it."""
REDIRECTS_MAX = 3
RETRIES_MAX = 3
RETRY_PAUSE_SECONDS = 0.1
"""Before the first retry, and twice as long before each further one."""
CONNECTIONS_MAX = 200
CONNECTIONS_PER_HOST_MAX = 50
IDLE_SECONDS_MAX = 4.0
"""Of a kept connection; many servers close theirs after five (Node, uvicorn, Apache)."""
CONTENT_TYPE_CHARS_MAX = 60
"""Of a content type that is told in a sentence."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it goes out, secrets and all; never written down."""

    method: str
    url: URL = field(repr=False)
    headers: CIMultiDict[str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(slots=True)
class _Attempt:
    """What is known of a request while it runs, for the answer if the time is over."""

    kept: bool = False
    """It went out on a connection that had been used before."""
    status: int | None = None
    """Of an answer that has begun and is no 2xx."""


class _Dropped(Exception):
    """The other side closed the connection after it came about and before it answered."""


class _Unusable(Exception):
    """An answer that cannot be used; one sentence."""


class HttpDesk:
    """Asks services for the calls, over connections they share."""

    def __init__(
        self,
        allowed_hosts: frozenset[str],
        environment: str,
        secrets: Callable[[str], str | None],
    ) -> None:
        self._gate = Gate(allowed_hosts, environment)
        self._secrets: Secrets = secrets
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        assert self._session is None, "an HttpDesk is entered once"
        traces = aiohttp.TraceConfig()
        traces.on_connection_reuseconn.append(_notice_kept)
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": f"ivr/{__version__}", "Accept": "application/json"},
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS_MAX,
                limit_per_host=CONNECTIONS_PER_HOST_MAX,
                keepalive_timeout=IDLE_SECONDS_MAX,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            middlewares=(_once,),
            trace_configs=[traces],
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

    async def ask(self, request: Request) -> RequestAnswered:
        """Ask a service and read its answer, in ``request.timeout_ms`` milliseconds altogether.

        Raises nothing but cancellation, which closes the connection at once. Where there is no
        usable answer, ``status`` is None and ``problem`` says why in one sentence, in which there
        is no secret, no query and no body.
        """
        attempt = _Attempt()
        try:
            asked = self._prepared(request)
            async with asyncio.timeout(request.timeout_ms / 1000):
                status, body = await self._with_retries(asked, request.retries, attempt)
                return RequestAnswered(request.id, status, body)
        except (Refused, _Unusable, NotAValue) as found:
            problem = str(found)
        except TimeoutError:
            problem = f"no whole answer within {request.timeout_ms / 1000:g} s"
        except Exception as error:  # whatever another side sends, a call goes on
            problem = _trouble(error)
        return RequestAnswered(request.id, attempt.status, None, problem)

    def _prepared(self, request: Request) -> _Asked:
        method = request.method.upper()
        if method not in address.METHODS:
            raise Refused(f"http knows {', '.join(address.METHODS)}, and this is none of them")
        url = address.address(request.url, request.query, self._secrets)
        self._gate.check(url)
        headers = address.headers(request.headers, self._secrets)
        return _Asked(method, url, headers, self._body(request.body, headers))

    def _body(self, value: Value, headers: CIMultiDict[str]) -> bytes | None:
        if value is None:
            return None
        headers.setdefault("Content-Type", "application/json")
        try:
            body = to_json(value, lambda text: address.reveal(text, self._secrets))
        except NotAValue as found:
            raise Refused(f"the body {found}") from None
        if len(body) > BODY_BYTES_MAX:
            raise Refused(f"the body is larger than {BODY_BYTES_MAX:,} bytes")
        return body

    async def _with_retries(
        self, asked: _Asked, retries: int, attempt: _Attempt
    ) -> tuple[int, Value]:
        left = min(retries, RETRIES_MAX) if asked.method == "GET" else 0
        pause = RETRY_PAUSE_SECONDS
        while True:
            try:
                return await self._with_redirects(asked, attempt)
            except aiohttp.ClientConnectorCertificateError:
                raise
            except aiohttp.ClientConnectorError:
                if left <= 0:
                    raise
            left -= 1
            await asyncio.sleep(pause)
            pause *= 2

    async def _with_redirects(self, asked: _Asked, attempt: _Attempt) -> tuple[int, Value]:
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._send(asked, attempt)
            try:
                further = self._redirected(asked, response, attempt)
                if further is None:
                    return response.status, await _read(response)
                asked, attempt.status = further, None
            finally:
                response.close()  # nothing is left to do where all was read
        attempt.status = response.status
        raise _Unusable(f"redirected more than {REDIRECTS_MAX} times")

    async def _send(self, asked: _Asked, attempt: _Attempt) -> aiohttp.ClientResponse:
        try:
            return await self._send_once(asked, attempt)
        except _Dropped:
            if not attempt.kept or asked.method != "GET":
                raise
            return await self._send_once(asked, attempt)

    async def _send_once(self, asked: _Asked, attempt: _Attempt) -> aiohttp.ClientResponse:
        assert self._session is not None, "an HttpDesk is used inside `async with`"
        attempt.kept = False
        return await self._session.request(
            asked.method,
            asked.url,
            headers=asked.headers,
            data=asked.body,
            allow_redirects=False,
            trace_request_ctx=attempt,
        )

    def _redirected(
        self, asked: _Asked, response: aiohttp.ClientResponse, attempt: _Attempt
    ) -> _Asked | None:
        """What to ask next; None where this is the answer."""
        if not 200 <= response.status < 300:
            attempt.status = response.status
        place = response.headers.get("Location")
        if response.status not in _REDIRECTS or place is None:
            return None
        method, body = asked.method, asked.body
        if response.status == 303 and method not in _SAFE:
            method, body = "GET", None
        elif response.status in (301, 302) and method not in _SAFE:
            raise _Unusable(f"redirected with {response.status}, and a {method} is not repeated")
        try:
            url = asked.url.join(URL(place)).with_fragment(None)
            same = url.origin() == asked.url.origin() and "@" not in url.raw_authority
        except ValueError:
            raise _Unusable("redirected to something that is no address") from None
        if not same:
            raise _Unusable(f"redirected away from {shown(asked.url)}, which is not followed")
        self._gate.check(url)
        return _Asked(method, url, asked.headers, body)


async def _notice_kept(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    parameters: aiohttp.TraceConnectionReuseconnParams,
) -> None:
    context.trace_request_ctx.kept = True


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the client from repeating what may have arrived."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Dropped from error


async def _read(response: aiohttp.ClientResponse) -> Value:
    """The value an answer holds; raises :class:`_Unusable` where it holds something else.

    An error page beside a status that says so already is nothing to complain about.
    """
    if not 200 <= response.status < 300 and not _is_json(response):
        return None
    data = await _bytes(response)
    try:
        if len(data) > BODY_BYTES_AT_ONCE:
            return await asyncio.to_thread(from_json, data)
        return from_json(data) if data else None
    except NotAValue as found:
        raise _Unusable(f"answered {response.status} with a body that {found}") from None


async def _bytes(response: aiohttp.ClientResponse) -> bytes:
    """All of a body, decompressed; what is too much or no JSON is not read any further."""
    found = bytearray()
    async for chunk in response.content.iter_any():
        if not _is_json(response):
            kind = _safe(response.headers.get("Content-Type", "no content type"))
            raise _Unusable(f"answered {response.status} with something that is not JSON ({kind})")
        found += chunk
        if len(found) > BODY_BYTES_MAX:
            size = f"more than {BODY_BYTES_MAX:,} bytes"
            raise _Unusable(f"answered {response.status} with a body of {size}")
    return bytes(found)


def _is_json(response: aiohttp.ClientResponse) -> bool:
    kind = response.content_type if "Content-Type" in response.headers else ""
    return kind == "application/json" or kind.endswith("+json")


def _safe(content_type: str) -> str:
    """A content type as it may stand in a sentence: without parameters, short, in ASCII."""
    kind = content_type.partition(";")[0].strip()
    return "".join(c for c in kind if " " <= c <= "~")[:CONTENT_TYPE_CHARS_MAX]


def _trouble(error: Exception) -> str:
    """What went wrong on the way, in a sentence of our own; theirs hold addresses and queries."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"there is no host {error.host} (its name cannot be resolved)"
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {error.host} is not trusted"
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorSSLError():
            return f"{error.host} and the line agree on no encryption (TLS)"
        case aiohttp.ClientConnectorError():
            reason = os.strerror(error.os_error.errno) if error.os_error.errno else "no reason"
            return f"no connection to {error.host}:{error.port} ({reason})"
        case _Dropped() | aiohttp.ClientConnectionError():
            return "the connection was closed before an answer came"
        case aiohttp.ClientPayloadError():
            return "the answer broke off, or its body is not what its headers say"
        case aiohttp.ClientResponseError():
            return "what came back is not HTTP"
        case _:
            log.error("a request failed in an unexpected way\n%s", without_values(error))
            return f"the request failed in an unexpected way ({type(error).__name__})"
