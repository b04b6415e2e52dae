"""Rules about what flows ask of others: requests over HTTP, and functions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from ivr.flow.check import ways
from ivr.flow.check.reads import Use, sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.files import SETTINGS_FILE
from ivr.flow.model import Action, Step
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Span
from ivr.flow.reader import spell_ms
from ivr.flow.steps.do import FAILED, Do
from ivr.flow.steps.http import Http
from ivr.flow.steps.outcomes import OTHERWISE
from ivr.flow.text import Placeholder
from ivr.flow.written import Plain

TIMEOUT_MS_MAX = 8_000
SILENT_MS_MAX = 2_000
"""Without a text or music a caller believes that the line is dead after so long."""
DEV = "dev"
"""The environment in which this machine itself may be asked, without encryption."""
_AUTHORITY = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/?#]*)", re.IGNORECASE)
_SECRET = re.compile(
    r"(?:[\w-]+[_-])?(?:api[_-]?key|(?:access|auth)[_-]?token|token|secret|passw(?:or)?d|pwd)"
    r"|(?P<key>key)",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(r"[?&](?P<name>[\w-]+)=(?P<value>[^&$#]+)")
_SECRET_KEY_CHARS = 16
"""What is called only “key” and is shorter may be anything."""


def no_error_branch(subject: Subject) -> Iterator[Found]:
    """A request without a word about what happens when it fails.

    Services are slow, busy or away at times. Without ``error`` the caller hears an apology of the
    line and the call ends. The same goes for a function without ``failed``.

    Wrong::

        http: GET ${settings.api}/balance
        goto: tell

    Right::

        http: GET ${settings.api}/balance
        error: operator
        goto: tell
    """
    for _, action, http in subject.all_of(Http):
        if "error" not in http.outcomes:
            message = "nothing is said about what happens when this fails"
            yield Found(message, subject.page.value(action.span, "http"), "add  error: step")
    for _, action, calling in subject.all_of(Do):
        if calling.outcomes.keys().isdisjoint({FAILED, OTHERWISE}):
            message = "nothing is said about what happens when this function fails"
            yield Found(message, subject.page.value(action.span, "do"), "add  failed: step")


def malformed_address(subject: Subject) -> Iterator[Found]:
    """An address that is none. (H002)"""
    for asked in _addresses(subject):
        if (
            asked.known
            and not asked.scheme
            and (asked.whole or len(asked.known) >= len("https://"))
        ):
            message = "an address begins with https:// and the name of a host"
            yield Found(
                message, _span(subject, asked), "write it like https://api.example.com/path"
            )


def too_slow(subject: Subject) -> Iterator[Found]:
    """A request callers may wait for too long: over eight seconds, or over two in silence.

    Judged by what counts in the call: without ``timeout`` a request takes four seconds at most. A
    ``say`` before it or beside it, or ``hold``, tells callers that something happens.

    Wrong::

        http: GET ${settings.api}/balance
        timeout: 20s

    Right::

        say: One moment please.
        http: GET ${settings.api}/balance
        timeout: 6s
    """
    after_hangup = subject.flow.on_hangup is not None and _only_after_hangup(subject)
    for step, action, http in subject.all_of(Http):
        if after_hangup and step.name in after_hangup:
            continue
        limit = spell_ms(http.timeout_ms)
        if http.timeout_ms > TIMEOUT_MS_MAX:
            span = subject.page.value(action.span, "timeout")
            message = f"callers may wait {limit} for this; {spell_ms(TIMEOUT_MS_MAX)} is the most"
            yield Found(message, span, "write  timeout: 8s  or less")
        elif http.timeout_ms > SILENT_MS_MAX and _is_silent(subject, step, action, http):
            span = subject.page.value(action.span, "http")
            message = f"callers may wait {limit} for this and hear nothing"
            yield Found(message, span, "add  say: One moment please.  or  timeout: 2s")


def _is_silent(subject: Subject, step: Step, action: Action, http: Http) -> bool:
    """Whether callers hear nothing of the author's while they wait."""
    return not http.ahead and http.hold is None and not subject.question(step, action)


def not_allowed(subject: Subject) -> Iterator[Found]:
    """A host that is not allowed, an address without encryption, a secret in an address.

    ``allowed_hosts`` in settings.yaml names whom flows may ask, so that a slip of the pen sends
    nobody's data astray. A setting at the beginning of an address is looked up, in the environment
    that is checked. In ``dev`` this machine itself may be asked, and by http://. Addresses are
    written down wherever they come by: what is secret goes into a header.

    Wrong::

        http: GET http://api.example.com/balance?key=${secrets.api}

    Right::

        http: GET https://api.example.com/balance
        headers: {Authorization: Bearer ${secrets.api}}
    """
    for asked in _addresses(subject):
        if asked.scheme and asked.host is not None:
            yield from _host(subject, asked)
        for found in _IN_QUERY.finditer(asked.literal):
            if _is_secret(found["name"], found["value"]):
                yield Found(_READABLE.format(found["name"]), _span(subject, asked), _HIDE)
        for name, value in asked.http.query.items():
            if isinstance(value, Plain) and _is_secret(name, str(value.value)):
                span = subject.page.key(asked.action.span, "query", name)
                yield Found(_READABLE.format(name), span, _HIDE)
    for source in sources(subject):
        if source.use in (Use.ADDRESS, Use.QUERY):
            for each in source.expression.names:
                if each.path[0] == "secrets":
                    message = "a secret stands in an address, which others write down"
                    yield Found(message, source.span(each), "send it in a header")


_READABLE = "“{}” stands in an address, where everybody can read it"
_HIDE = "keep it as a secret of the line, and send it in a header: ${secrets.name}"


def _is_secret(name: str, value: str) -> bool:
    """Whether what is written there looks like a secret."""
    found = _SECRET.fullmatch(name)
    return found is not None and (found["key"] is None or len(value) >= _SECRET_KEY_CHARS)


def _host(subject: Subject, asked: _Address) -> Iterator[Found]:
    """Whether a host may be asked."""
    if SETTINGS_FILE in subject.folder.broken:
        return
    flows, host = subject.flows, asked.host or ""
    try:
        parts = urlsplit(f"{asked.scheme}://{host}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        name, port = "", None
    home = flows.environment == DEV and _is_loopback(name)
    if "@" in host:
        message = "a name and a password stand in an address, which others write down"
        yield Found(message, _span(subject, asked), "send them in a header")
    elif asked.scheme not in ("http", "https") or not name:
        message = "only addresses that begin with https:// and a host can be asked"
        yield Found(message, _span(subject, asked), "write it like https://api.example.com/path")
    elif not home and not _listed(flows.allowed_hosts, name, port, asked.scheme):
        shown = host.lower()
        message = f"{shown} is not among the allowed_hosts of settings.yaml"
        remedy = did_you_mean(shown, flows.allowed_hosts)
        if not remedy.startswith("did"):
            remedy = f"add it there:  allowed_hosts: [{shown}]"
        yield Found(message, _span(subject, asked), remedy)
    elif asked.scheme == "http" and not home:
        message = f"{host} is asked without encryption: everybody on the way can read along"
        yield Found(message, _span(subject, asked), "write https://")


def _listed(allowed: frozenset[str], name: str, port: int | None, scheme: str) -> bool:
    usual = 443 if scheme == "https" else 80
    known = {f"{name}:{port or usual}"} | ({name} if port in (None, usual) else set())
    return not known.isdisjoint(allowed)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --------------------------------------------------------------------------- addresses


@dataclass(frozen=True, slots=True)
class _Address:
    """What is known of the address of a request before any call."""

    action: Action
    http: Http
    known: str
    """Its beginning, with settings put in."""
    literal: str
    """All that is written, with ``$`` for each value."""
    whole: bool
    """Nothing is left open."""
    scheme: str
    host: str | None
    """None: it is open, or the address has none."""
    first: str | Placeholder | None
    """What it begins with."""


def _addresses(subject: Subject) -> tuple[_Address, ...]:
    def make() -> tuple[_Address, ...]:
        return tuple(_address(subject, action, http) for _, action, http in subject.all_of(Http))

    return subject.once(_addresses, make)


def _address(subject: Subject, action: Action, http: Http) -> _Address:
    known, literal, is_open, first = "", "", False, None
    for place, part in enumerate(http.asked.parts):
        if place == 0 and isinstance(part, str):
            part = part.lstrip()[len(http.method) :].lstrip()
        text = part if isinstance(part, str) else _setting(subject, part)
        literal += part if isinstance(part, str) else "$"
        is_open = is_open or text is None
        if not is_open and text:
            known += text
            first = first or part
    found = _AUTHORITY.match(known)
    complete = found is not None and (found.end() < len(known) or not is_open)
    host = found["host"] if found is not None and complete else None
    scheme = found["scheme"].lower() if found is not None else ""
    return _Address(action, http, known, literal, not is_open, scheme, host, first)


def _setting(subject: Subject, part: Placeholder) -> str | None:
    """What a setting of this environment puts in; None for any other value."""
    names = part.expression.names
    if len(names) != 1 or part.formatters or names[0].path[:1] != ("settings",):
        return None
    if part.expression.source.strip() != ".".join(names[0].path) or len(names[0].path) != 2:
        return None
    value = subject.flows.settings.get(names[0].path[1])
    return value if isinstance(value, str) else None


def _span(subject: Subject, asked: _Address) -> Span:
    """The place of the host, or of the setting that holds it; else of the whole address."""
    at = subject.page.value(asked.action.span, "http")
    text, first = asked.http.asked, asked.first
    begin = text.source.find(asked.host) if asked.host else -1
    if isinstance(first, Placeholder):
        return subject.page.in_value(at, text, first.column, first.end_column)
    if asked.host and begin >= 0:
        return subject.page.in_value(at, text, begin, begin + len(asked.host))
    return at


def _only_after_hangup(subject: Subject) -> set[str]:
    """The steps that are done without a caller, and never with one."""
    flow, graph = subject.flow, ways.graph(subject)
    others = [*flow.anytime.values(), flow.on_error, flow.operator]
    begun = [flow.start, *(branch.target for way in others if way for branch in way)]
    return set(graph.led) - graph.come_to(*begun)
