"""Who may come in: Twilio, by its signature; or this machine itself, where that was allowed.

One rule for webhooks and streams. What is signed is the address Twilio asked, so it is built from
the configured public address and never from headers a stranger can write. Without a public address
the only callers are on this machine: the peer is loopback, so is the host it asked for, and no
proxy or tunnel has had its hands on the request. Called by ``server/twilio``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from ivr.carriers.signature import (
    SETTINGS_HEADER,
    SIGNATURE_HEADER,
    Secrets,
    Signed,
    handshake_ok,
    webhook_ok,
)
from ivr.carriers.webhook import Form
from ivr.settings import Settings, is_loopback

FORWARDED_PREFIXES: Final = ("x-forwarded", "cf-", "fly-", "x-envoy-", "x-original-", "x-vercel-")
FORWARDED: Final = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "fastly-client-ip",
        "x-appengine-user-ip",
        "x-azure-clientip",
        "ngrok-trace-id",
    }
)
"""Headers of proxies and tunnels: with one of them a request is not from this machine."""


class Refused(Exception):
    """A request that is not let in, with its HTTP status and a reason fit for the log."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Address:
    """Where this server is reached, as far as one request is concerned."""

    web: str
    """``https://ivr.example.com``: the base of webhooks."""

    @property
    def stream(self) -> str:
        """``wss://ivr.example.com``: the base of streams."""
        return "ws" + self.web.removeprefix("http")


class Gate:
    """Lets requests in, or raises :class:`Refused`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._public = None if settings.public_url is None else Address(settings.public_url)
        self._unsigned = settings.unsigned
        self._secrets = Secrets(settings.twilio_tokens, settings.twilio_shared_keys)

    def approach(self, connection: HTTPConnection) -> Address:
        """What can be told before a body is read: whether there is a signature at all.

        Returns the address to check the signature with. Raises :class:`Refused`.
        """
        address = self._public or local_address(connection)
        if not self._unsigned and SIGNATURE_HEADER not in connection.headers:
            raise Refused(403, "it has no signature")
        return address

    def admit_webhook(self, connection: HTTPConnection, address: Address, form: Form) -> None:
        """Let a webhook in; ``form`` holds the fields of a POST, and nothing for a GET."""
        if self._unsigned:
            return
        url = address.web + connection.scope["path"]
        query = connection.scope["query_string"].decode("latin-1")
        if query:
            url += "?" + query
        if not webhook_ok(self._secrets, url, _signed(connection), form=form):
            raise Refused(403, f"its signature does not match {address.web}{_path(connection)}")

    def admit_anybody(self, connection: HTTPConnection) -> None:
        """Let in whoever has an address that we have signed: Twilio signs no request for a sound.

        Without a public address that is this machine alone.
        """
        if self._public is None:
            local_address(connection)

    def admit_stream(self, connection: HTTPConnection, address: Address) -> None:
        """Let the handshake of a stream in."""
        if self._unsigned:
            return
        url = address.stream + connection.scope["path"]
        if not handshake_ok(self._secrets, url, _signed(connection)):
            raise Refused(403, f"its signature does not match {address.stream}/media/…")


def _signed(connection: HTTPConnection) -> Signed:
    headers = connection.headers
    return Signed(headers.get(SIGNATURE_HEADER), headers.get(SETTINGS_HEADER))


def _path(connection: HTTPConnection) -> str:
    path: str = connection.scope["path"]
    return path


def local_address(connection: HTTPConnection) -> Address:
    """The address this machine has asked; :class:`Refused` for whoever is not on it."""
    client = connection.client
    if client is None or not is_loopback(client.host):
        raise Refused(403, "without IVR_PUBLIC_URL only this machine may ask")
    for name in connection.headers:
        if name in FORWARDED or name.startswith(FORWARDED_PREFIXES):
            raise Refused(
                403, f"without IVR_PUBLIC_URL nothing may be forwarded, and it has {name}"
            )
    host = connection.headers.get("host", "")
    if not _is_local_host(host):
        raise Refused(403, "without IVR_PUBLIC_URL it must be asked for by a name of this machine")
    origin = connection.headers.get("origin")
    if origin is not None and not _is_local_host(urlsplit(origin).netloc):
        raise Refused(403, "it comes from a page of another site")
    return Address(f"http://{host}")


def _is_local_host(netloc: str) -> bool:
    """Whether ``host:port`` names this machine; also keeps other things out of our TwiML."""
    try:
        parts = urlsplit(f"//{netloc}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.netloc == netloc and parts.username is None and parts.password is None
    return plain and name is not None and is_loopback(name)
