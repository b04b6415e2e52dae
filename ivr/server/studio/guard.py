"""Who may use the studio: a browser on this machine, from the studio's own page.

The studio rings flows and writes tests, so every request must come from this machine, ask for it by
a name of this machine (which keeps out names that were rebound to it), not through a proxy or
tunnel that adds headers, and from a page of the studio itself. Never under the public address. On a
real line with a name and a password besides. Used by ``door``.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection

from ivr.server.gate import Refused, local_address
from ivr.server.studio.login import Login

SAFE: Final = frozenset({"GET", "HEAD"})
FOREIGN: Final = frozenset({"cross-site", "same-site"})
"""``Sec-Fetch-Site`` of other pages; another port of this machine is the same site."""


class Guard:
    """Lets requests in, or raises :class:`~ivr.server.gate.Refused`."""

    def __init__(self, login: Login | None) -> None:
        """Without a login whoever sits at this machine may."""
        self._login = login

    async def admit(self, connection: HTTPConnection) -> str:
        """Let a request in; returns ``host:port`` as it was asked for."""
        host = self.admit_page(connection)
        header = connection.headers.get("authorization")
        if self._login is not None and not await self._login.admits(header):
            raise Refused(401, "it needs the studio's name and password")
        return host

    def admit_page(self, connection: HTTPConnection) -> str:
        """The same without the login: for a stream, whose id is known to nobody else."""
        try:
            address = local_address(connection)
        except Refused as refused:
            raise Refused(403, f"the studio is for this machine only: {refused}") from None
        host = address.web.partition("://")[2]
        headers, method = connection.headers, connection.scope.get("method")
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise Refused(403, "it comes from a page that is not the studio's")
        if origin is None and method not in SAFE:
            raise Refused(403, "it does not say which page it comes from")
        navigates = headers.get("sec-fetch-mode") == "navigate" and method in SAFE
        if headers.get("sec-fetch-site") in FOREIGN and not navigates:
            raise Refused(403, "it comes from a page that is not the studio's")
        return host


def headers_for(host: str) -> dict[str, str]:
    """What every answer of the studio carries: nothing from elsewhere, nothing for elsewhere.

    ``host`` is one of this machine. Some browsers do not count sockets as ``'self'``.
    """
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"connect-src 'self' ws://{host} wss://{host}",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cache-Control": "no-store",
    }
