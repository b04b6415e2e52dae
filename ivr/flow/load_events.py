"""``events:`` in settings.yaml: the addresses that are told what ``event`` steps tell.

Each is an https address, or http to this machine in ``dev``; a variable of the process may stand
for it, and where that is not set nobody is told. Read by ``load_settings``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from ivr.flow.load_variables import variables_in, with_variables
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence

URLS_MAX = 10
DEV = "dev"


def load_events(
    reader: Reader, node: Node, environment: str, environ: Mapping[str, str], lacking: str
) -> tuple[str, ...]:
    """The addresses, each once. ``lacking`` is the code of a variable that is not set."""
    if isinstance(node, MappingNode):
        reader.wrong_type(node, "a list of addresses, like [https://example.com/ivr]")
        return ()
    entries = node.items if isinstance(node, Sequence) else (node,)
    if len(entries) > URLS_MAX:
        message = f"{len(entries)} addresses; {URLS_MAX} is the most"
        reader.report("S007", message, node.span, "let one of them pass events on")
        return ()
    urls: dict[str, None] = {}
    for entry in entries:
        if not isinstance(entry, Scalar):
            reader.wrong_type(entry, "an address like https://example.com/ivr")
            continue
        unset = [name for name in variables_in(entry) if not environ.get(name)]
        url = with_variables(reader, entry, environ).strip()
        if unset:
            message = f"{unset[0]} is not set, so nobody is told of events there"
            reader.warn(lacking, message, entry.span, f"set {unset[0]} where the line runs")
        elif (why := _why_not(url, environment)) is not None:
            reader.report("S007", f"events cannot be sent to “{url}”: {why[0]}", entry.span, why[1])
        else:
            urls[url] = None
    return tuple(urls)


def _why_not(url: str, environment: str) -> tuple[str, str] | None:
    """What is wrong with an address, and what to do; None for a good one."""
    like = "write  https://example.com/ivr"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # reading the port is what checks it
    except ValueError:
        return "it is not an address", like
    if parts.scheme not in ("http", "https") or not host or any(c <= " " for c in url):
        return "it is not an address", like
    if parts.username is not None or parts.password is not None:
        return "a name and a password do not belong there", "set IVR_EVENTS_SECRET, which signs"
    if parts.fragment:
        return "what follows # is never sent", "leave it out"
    if parts.scheme == "http" and not (environment == DEV and _is_here(host)):
        return "it is not encrypted", "write https:// (http is for this machine, in dev)"
    return None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
