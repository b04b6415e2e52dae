"""Whether Twilio could reach this line at its public address, and nobody else could.

The address is asked as Twilio would ask it: by name, over TLS, with and without a signature. The
signed request tells of a call that is over already (``CallStatus=completed``), which a line answers
with a hang-up and forgets, so nothing rings and no record is written. Used by ``ivr doctor``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import aiohttp
from twilio.request_validator import (  # type: ignore[import-untyped]
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
)

from ivr.carriers.signature import SETTINGS_HEADER, SIGNATURE_HEADER
from ivr.cli.asking import Asker, Reply, Unanswered, why
from ivr.cli.doctor_machine import PUBLIC_URL, TOKEN
from ivr.cli.findings import Finding, State, note, ok, problem
from ivr.flow.model import FlowSet
from ivr.server.health import HEALTH_PATH
from ivr.server.twilio import MEDIA_PATH, VOICE_PATH
from ivr.settings import Settings, is_loopback

TLS_PORT: Final = 443
DAYS_LEFT_MIN: Final = 14
"""Certificates are renewed 30 days before their end; one with less than this was not."""
CLOCK_SECONDS_FINE: Final = 5
CLOCK_SECONDS_MAX: Final = 60
START: Final = "start it with ivr serve, and see whether the proxy before it passes requests on"
LISTEN: Final = (
    "let a proxy with TLS listen there (infra/README.md sets one up), and the firewall let Twilio "
    "through"
)
NO_REDIRECT: Final = (
    "no redirect may stand there: Twilio would lose the form; use the final address"
)
PROXIES: Final = (502, 503, 504)
"""How a proxy answers that reaches nobody behind it."""
CERTIFICATE: Final = "certificate"


async def check_line(
    url: str, settings: Settings, flows: FlowSet | None, asker: Asker
) -> Sequence[Finding]:
    """The address, and if it leads anywhere, the line behind it."""
    found = await check_address(url, asker.seconds)
    if any(each.state is State.PROBLEM for each in found):
        said = "not asked: nobody gets to it before its address is right"
        return [*found, note("service", said, "mend that first, and look again")]
    return [*found, *await check_service(url, settings, flows, asker)]


async def check_address(
    url: str, seconds: float, context: ssl.SSLContext | None = None
) -> Sequence[Finding]:
    """Whether the name is known, and its certificate good for some time.

    ``context`` is the trust of this machine, unless given.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        said = f"{url} is this machine only, so Twilio cannot reach it"
        found = [note(PUBLIC_URL, said, "on a real line it is an https address")]
    else:
        try:
            async with asyncio.timeout(seconds):
                addresses = await _addresses(host)
        except TimeoutError:
            said = f"no name server told within {seconds:g} s where {host} is"
            return [problem(PUBLIC_URL, said, "see whether this machine has a network and DNS")]
        except OSError:
            remedy = f"make a DNS record for {host}, or correct {PUBLIC_URL}"
            return [problem(PUBLIC_URL, f"{host} is not known (DNS)", remedy)]
        found = [_reachable(host, addresses)]
    if parts.scheme == "https":
        found.append(await check_certificate(parts, seconds, context))
    return found


def host_of(url: str | None) -> str | None:
    """The name in an address."""
    return None if url is None else urlsplit(url).hostname


async def check_certificate(
    parts: SplitResult, seconds: float, context: ssl.SSLContext | None = None
) -> Finding:
    """Whether Twilio would trust it, and for how many days it lasts."""
    host, port = parts.hostname or "", parts.port or TLS_PORT
    context = context or ssl.create_default_context()
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        remedy = f"get a certificate for {host} (Caddy does it by itself, see infra/README.md)"
        said = f"Twilio would not trust it: {error.verify_message.rstrip('.')}"
        return problem(CERTIFICATE, said, remedy)
    except (OSError, TimeoutError) as error:
        said = f"{host}:{port} lets nobody in over TLS: {why(error, seconds)}"
        return problem(PUBLIC_URL, said, LISTEN)
    try:
        peer: Mapping[str, Any] = writer.get_extra_info("peercert") or {}
    finally:
        writer.transport.abort()
    return days_left(str(peer.get("notAfter", "")), datetime.now(UTC))


def days_left(not_after: str, now: datetime) -> Finding:
    """How long a certificate lasts; ``not_after`` as OpenSSL writes it."""
    try:
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC)
    except ValueError:
        return note(CERTIFICATE, "trusted; it does not say until when")
    days = (end - now).days
    said = f"trusted, {days} day{'' if days == 1 else 's'} left (until {end:%Y-%m-%d})"
    if days < DAYS_LEFT_MIN:
        return note(CERTIFICATE, said, "see whether it is renewed by itself")
    return ok(CERTIFICATE, said)


async def check_service(
    url: str, settings: Settings, flows: FlowSet | None, asker: Asker
) -> Sequence[Finding]:
    """Whether this service answers there, refuses strangers and lets Twilio in."""
    try:
        reply = await asker.ask("GET", url + HEALTH_PATH)
    except Unanswered as error:
        return [problem("service", f"{url} does not answer: {error}", START)]
    health = reply.json()
    if not isinstance(health, dict) or "flows" not in health or "version" not in health:
        return [_no_line(url, reply)]
    voice = url + VOICE_PATH
    found = [_health(health, flows), await _asked("unsigned", voice, {}, asker)]
    for name, headers in signatures(voice, settings, _over(voice)):
        found.append(await _asked(name, voice, headers, asker))
    found.append(await check_stream(url, asker))
    return found


async def check_stream(url: str, asker: Asker) -> Finding:
    """Whether a WebSocket gets through; an unknown one without a signature is refused with 403."""
    address = "ws" + url.removeprefix("http") + MEDIA_PATH + "/doctor"
    try:
        async with asyncio.timeout(asker.seconds):
            socket = await asker.session.ws_connect(address)
            await socket.close()
    except aiohttp.WSServerHandshakeError as error:
        if error.status == 403:
            return ok("stream", "WebSockets get through, and strangers are refused (403)")
        said = f"a WebSocket does not get through: status {error.status}"
        return problem("stream", said, "let the proxy pass on Upgrade, as infra/Caddyfile does")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return problem("stream", f"a WebSocket fails: {why(error, asker.seconds)}", START)
    remedy = "only ivr serve may answer there; IVR_UNSIGNED must not be set"
    return problem("stream", "a stranger's WebSocket is let in", remedy)


def check_clock(clocks: Mapping[str, float]) -> list[Finding]:
    """How far this machine's clock is off, by the dates of answers; hours and dates hang on it."""
    if not clocks:
        return []
    host, ahead = min(clocks.items(), key=lambda each: abs(each[1]))
    if abs(ahead) <= CLOCK_SECONDS_FINE:
        return [ok("clock", f"right to {CLOCK_SECONDS_FINE} s, by {host}")]
    said = f"{abs(ahead):.0f} s {'fast' if ahead > 0 else 'slow'}, by {host}"
    remedy = "let the system set it (timedatectl set-ntp true): opening hours follow it"
    make = note if abs(ahead) <= CLOCK_SECONDS_MAX else problem
    return [make("clock", said, remedy)]


def signatures(
    url: str, settings: Settings, form: Mapping[str, str]
) -> list[tuple[str, dict[str, str]]]:
    """The headers of requests as Twilio signs them: one for the first token, one for each key."""
    made = []
    for token in settings.twilio_tokens[:1]:
        signature = RequestValidator(token).compute_signature(url, form, HMAC_SHA1)
        made.append(("signed", {SIGNATURE_HEADER: signature}))
    for name, secret in settings.twilio_shared_keys.items():
        signature = RequestValidator(secret).compute_signature(url, form, HMAC_SHA256)
        told = f"key={name},algorithm={HMAC_SHA256}"
        made.append((f"signed ({name})", {SIGNATURE_HEADER: signature, SETTINGS_HEADER: told}))
    return made


# --------------------------------------------------------------------------- what is asked


_CALL_SID: Final = f"CAdoctor{secrets.token_hex(12)}"
"""One for all requests of a run; the line's log shows it."""


def _over(url: str) -> dict[str, str]:
    """The form of a call that has ended before it was answered."""
    return {
        "AccountSid": "ACdoctor",
        "CallSid": _CALL_SID,
        "CallStatus": "completed",
        "Direction": "inbound",
        "From": "+15005550006",
        "To": "+15005550001",
    }


async def _asked(name: str, url: str, headers: Mapping[str, str], asker: Asker) -> Finding:
    """Ask for a call as Twilio would, or as a stranger would, and judge the answer."""
    about = f"{name} call"
    try:
        reply = await asker.ask("POST", url, headers=headers, form=_over(url))
    except Unanswered as error:
        return problem(about, f"POST {VOICE_PATH}: {error}", START)
    return _judged_signed(about, reply) if headers else _judged_unsigned(about, reply)


def _judged_unsigned(about: str, reply: Reply) -> Finding:
    if reply.status == 403:
        return ok(about, f"POST {VOICE_PATH} without a signature is refused (403)")
    if reply.status == 200:
        said = f"POST {VOICE_PATH} without a signature is answered: anybody can make it ring"
        remedy = "take IVR_UNSIGNED away there, and let nothing but ivr serve answer"
        return problem(about, said, remedy)
    return _judged_elsewhere(about, reply)


def _judged_signed(about: str, reply: Reply) -> Finding:
    if reply.status == 200 and b"<Response" in reply.body:
        return ok(about, f"POST {VOICE_PATH} with a right signature is let in (nothing rang)")
    if reply.status == 403:
        said = f"POST {VOICE_PATH} signed with the {TOKEN} of this machine is refused (403)"
        remedy = f"give the server the same {TOKEN} and {PUBLIC_URL} as here"
        return problem(about, said, remedy)
    return _judged_elsewhere(about, reply)


def _judged_elsewhere(about: str, reply: Reply) -> Finding:
    said = f"POST {VOICE_PATH} is answered with {reply.status}"
    return problem(about, said, NO_REDIRECT if 300 <= reply.status < 400 else START)


def _no_line(url: str, reply: Reply) -> Finding:
    """What is at the address in place of a line."""
    if reply.status in PROXIES:
        said = f"a proxy answers at {url} with {reply.status}, and no line behind it"
        return problem("service", said, "start ivr serve, and see whether the proxy has its port")
    if 300 <= reply.status < 400:
        said = f"{url}{HEALTH_PATH} is answered with a redirect ({reply.status})"
        return problem("service", said, NO_REDIRECT)
    said = f"something else answers at {url}{HEALTH_PATH}: status {reply.status}"
    remedy = f"let the proxy pass /twilio/, /media/ and {HEALTH_PATH} to ivr serve, or correct it"
    return problem("service", said, f"{remedy} in {PUBLIC_URL}")


def _health(health: Mapping[str, Any], flows: FlowSet | None) -> Finding:
    calls = health.get("calls")
    said = f"ivr {health['version']} answers, {calls} call{'' if calls == 1 else 's'} now"
    if health.get("status") == "leaving":
        return note("service", f"{said}; it is leaving, and takes calls until it is gone")
    if flows is not None and health["flows"] != flows.hash:
        remedy = "deploy, if callers are to hear what stands here"
        return note("service", f"{said}; its flows are not those of this folder", remedy)
    return ok("service", said)


# --------------------------------------------------------------------------- where it is


async def _addresses(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))


def _reachable(host: str, addresses: Sequence[str]) -> Finding:
    """Whether a name leads to a place that Twilio can reach."""
    shown = ", ".join(addresses)
    if any(ipaddress.ip_address(each.partition("%")[0]).is_global for each in addresses):
        return ok(PUBLIC_URL, f"{host} is {shown}")
    said = f"{host} is {shown} here, which is not on the internet"
    remedy = "that is right only if others are told another address (split DNS)"
    return note(PUBLIC_URL, said, remedy)
