"""One HTTP question of a check: asked once, within its time, answered in plain values.

No redirect is followed and no more than a small body is read. What the network does wrong becomes
one sentence. Every answer's date is kept, to compare this machine's clock with. Used by the
``doctor_*`` files.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import msgspec

import ivr

REQUEST_SECONDS_MAX: Final = 8.0
BODY_BYTES_MAX: Final = 256 * 1024


class Unanswered(Exception):
    """No HTTP answer; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None


@dataclass(slots=True)
class Asker:
    """Asks; one for all checks of a run."""

    session: aiohttp.ClientSession
    seconds: float = REQUEST_SECONDS_MAX
    clocks: dict[str, float] = field(default_factory=dict)
    """By host: how many seconds this machine's clock is ahead of its."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> Reply:
        """Ask once; raises :class:`Unanswered` and nothing else."""
        sent = {"User-Agent": f"ivr/{ivr.__version__} doctor", **(headers or {})}
        if login is not None:
            sent["Authorization"] = aiohttp.encode_basic_auth(*login)
        try:
            async with self.session.request(
                method,
                url,
                headers=sent,
                data=form,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.seconds),
            ) as response:
                body = await response.content.read(BODY_BYTES_MAX)
                self._compare_clocks(response)
                return Reply(response.status, response.headers.copy(), body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unanswered(why(error, self.seconds)) from None

    def _compare_clocks(self, response: aiohttp.ClientResponse) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        if theirs.tzinfo is not None and response.url.host is not None:
            ahead = (datetime.now(UTC) - theirs).total_seconds()
            self.clocks[response.url.host] = ahead


def why(error: BaseException, seconds: float) -> str:
    """Why there is no answer, as the end of a sentence; never the address that was asked."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match error, cause:
        case TimeoutError(), _:
            return f"there is no answer within {seconds:g} s"
        case aiohttp.ClientConnectorDNSError(), _:
            return "its name is not known (DNS)"
        case aiohttp.ClientConnectorCertificateError(), _:
            return "its certificate is not valid"
        case _, ssl.SSLError():
            return "TLS does not work there"
        case _, ConnectionRefusedError():
            return "nobody listens there"
        case aiohttp.ServerDisconnectedError(), _:
            return "the connection is closed without an answer"
    return f"the connection fails ({type(cause).__name__})"
