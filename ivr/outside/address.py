"""Where ``http`` may go and what it may carry: hosts, addresses, headers, secrets. Opens nothing.

Every rule that is broken is one sentence (:class:`Refused`) for the record of the call, without a
secret, a query or a body in it. Used by :mod:`ivr.outside.http` before anything is sent, and again
for each redirect.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from multidict import CIMultiDict
from yarl import URL

DEV = "dev"
"""The environment in which this machine itself may be asked, and without encryption."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
URL_CHARS_MAX = 8_000
"""Many servers take no longer line than this."""
HEADERS_MAX = 64
HEADER_CHARS_MAX = 8_000

Secrets = Callable[[str], str | None]
"""The value of a secret by its name; None where there is none."""

_MARKER = re.compile("\x01secret:([^\x01]{1,200})\x01")
_AUTHORITY = re.compile(r"(https?)://([^/?#\\]*)(?=[/?#]|\Z)", re.IGNORECASE)
_UNSAFE_IN_URL = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_PART_THAT_CLIMBS = re.compile(r"/(?:\.|%2e){1,2}(?=[/?#]|\Z)", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_UNSAFE_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_LINES_OWN = frozenset(
    {
        *("connection", "keep-alive", "te", "trailer", "upgrade", "expect", "host"),
        *("content-length", "content-encoding", "transfer-encoding", "accept-encoding"),
    }
)
"""Headers that say how the message itself is sent; nobody else may set them."""


class Refused(Exception):
    """A request that may not be sent; one sentence for the record, with the remedy."""


def reveal(text: str, secrets: Secrets) -> str:
    """Put secrets where their markers stand.

    Raises :class:`Refused` with the name of a secret that does not exist.
    """

    def value(marker: re.Match[str]) -> str:
        known = secrets(marker[1])
        if known is None:
            message = f"there is no secret “{marker[1]}”; set it where the line is started"
            raise Refused(message)
        return known

    return _MARKER.sub(value, text) if "\x01" in text else text


class Gate:
    """Which hosts may be asked.

    ``allowed`` are hosts as settings.yaml lists them (``api.example``, ``api.example:8443``); one
    without a port stands for the port of the scheme. In ``dev`` this machine may be asked too, on
    any port. Nothing else is ever asked, and nothing without encryption but this machine in
    ``dev``.
    """

    def __init__(self, allowed: Iterable[str], environment: str) -> None:
        self._allowed = frozenset(filter(None, (_listed(entry) for entry in allowed)))
        self._dev = environment == DEV

    def check(self, url: URL) -> None:
        """Raise :class:`Refused` unless this address may be asked."""
        host, port = url.raw_host or "", url.port
        home = self._dev and is_loopback(host)
        default = port == (443 if url.scheme == "https" else 80)
        if url.scheme not in ("http", "https") or not host:
            raise Refused("only addresses that begin with https:// can be asked")
        if url.raw_user is not None or url.raw_password is not None:
            raise Refused("an address may not hold a name and a password; send a header instead")
        listed = (host, port) in self._allowed or (default and (host, None) in self._allowed)
        if not listed and not home:
            where = shown(url)
            message = (
                f"{where} is not an allowed host; list it under allowed_hosts in settings.yaml"
            )
            raise Refused(message)
        if url.scheme == "http" and not home:
            message = f"{shown(url)} is asked without encryption; write https:// in the address"
            raise Refused(message)


def _listed(entry: str) -> tuple[str, int | None] | None:
    """Host and port of an entry of the list; None for what is no host: it allows nothing."""
    try:
        url = URL(f"https://{entry.strip()}")
    except ValueError:
        return None
    plain = url.raw_path in ("", "/") and not url.raw_query_string and url.raw_user is None
    return (url.raw_host, url.explicit_port) if url.raw_host and plain else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: URL) -> str:
    """A host as it may be written down, with its port where that is not the scheme's own."""
    return url.host_port_subcomponent or "the address"


def address(url: str, query: Sequence[tuple[str, str]], secrets: Secrets) -> URL:
    """The address of a request, with its query and its secrets; raises :class:`Refused`.

    Texts in ``query`` are put in as they are, and secrets in ``url`` as one piece of a path or a
    query, whatever stands in them. The host cannot be a secret, because it is checked and told. A
    part ``..`` is refused: a value of the flow may stand there, and would choose another path.
    """
    begin = _AUTHORITY.match(url)
    if begin is None:
        raise Refused("only addresses that begin with https:// can be asked")
    if "\x01" in begin[2]:
        raise Refused("a secret cannot stand in the host of an address")
    if "@" in begin[2]:
        raise Refused("an address may not hold a name and a password; send a header instead")
    whole = _MARKER.sub(lambda marker: quote(reveal(marker[0], secrets), safe=""), url)
    if _UNSAFE_IN_URL.search(whole):
        raise Refused("the address holds a character that no address may hold")
    if _PART_THAT_CLIMBS.search(whole.partition("?")[0]):
        raise Refused("the address holds . or .. as a part of its path, which would leave it")
    try:
        found = URL(whole).with_fragment(None)
        if query:
            found = found.extend_query([(name, reveal(value, secrets)) for name, value in query])
        length = len(str(found))
    except (ValueError, UnicodeError):
        raise Refused("the address is not a valid one") from None
    if length > URL_CHARS_MAX:
        raise Refused(f"the address is longer than {URL_CHARS_MAX:,} characters")
    return found


def headers(given: Sequence[tuple[str, str]], secrets: Secrets) -> CIMultiDict[str]:
    """The headers of a request with their secrets; raises :class:`Refused`."""
    if len(given) > HEADERS_MAX:
        raise Refused(f"more than {HEADERS_MAX} headers")
    found: CIMultiDict[str] = CIMultiDict()
    for name, value in given:
        if _HEADER_NAME.fullmatch(name) is None:
            raise Refused("a header has a name that no header may have")
        if name.lower() in _LINES_OWN:
            raise Refused(f"the header {name} is set by the line itself; leave it out")
        whole = reveal(value, secrets).strip(" \t")
        if _UNSAFE_IN_HEADER.search(whole):
            raise Refused(f"the header {name} holds a line break or another control character")
        if len(whole) > HEADER_CHARS_MAX:
            raise Refused(f"the header {name} is longer than {HEADER_CHARS_MAX:,} characters")
        found.add(name, whole)
    return found
