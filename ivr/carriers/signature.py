"""Whether a request is Twilio's: the signatures of webhooks and of the stream's handshake.

A signature covers the URL Twilio asked, as Twilio wrote it: the caller of these functions builds it
from the configured public address, never from what arrived (behind a proxy, scheme and host are
others'). It carries no time and no nonce, so it proves who asked, not that it was asked only now:
ids that work once are the switchboard's business. Called by ``server/gate``.

The HMAC itself is ``twilio.request_validator``'s. Its ``validate`` is not used: it raises on a
missing header, mangles IPv6 addresses, and knows nothing of the trailing slash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import (  # type: ignore[import-untyped]
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
)

SIGNATURE_HEADER: Final = "x-twilio-signature"
SETTINGS_HEADER: Final = "x-twilio-webhooks-signature-settings"
"""Names the shared key, where Twilio's newer Webhooks API signs (twilio-python 9.13)."""
BODY_HASH: Final = "bodySHA256"
"""The query item in which Twilio puts the hash of a body that is no form."""
DEFAULT_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What requests may be signed with."""

    tokens: Sequence[str] = field(repr=False)
    """Auth tokens; several, so that promoting a new one needs no restart."""
    shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Id to secret, for the newer signature."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the two headers say."""

    signature: str | None
    settings: str | None = None


def webhook_ok(
    secrets: Secrets,
    url: str,
    signed: Signed,
    *,
    form: Mapping[str, Sequence[str]] | None = None,
    body: bytes | None = None,
) -> bool:
    """Whether a webhook is Twilio's.

    ``url`` is what Twilio asked, with its query. ``form`` holds the decoded fields of a POST form,
    blank and repeated ones included; ``body`` is the raw body of a POST that is no form, whose
    hash must then stand in the query. A GET has neither. Never raises.
    """
    try:
        if body is not None and not _body_ok(url, body):
            return False
        return _any_ok(secrets, _with_and_without_port(url), signed, _Fields(form or {}))
    except (ValueError, TypeError, AttributeError, KeyError):
        return False  # malformed input must never let a request through


def handshake_ok(secrets: Secrets, url: str, signed: Signed) -> bool:
    """Whether the handshake of a stream is Twilio's, for the ``wss://`` URL of the TwiML.

    Twilio's security page: where it does not match, try the URL with a slash behind it. Both are
    ours, so both are right, and nothing else is. Never raises.
    """
    bare = url.rstrip("/")
    try:
        urls = [u for form in (bare, bare + "/") for u in _with_and_without_port(form)]
        return _any_ok(secrets, urls, signed, _Fields({}))
    except (ValueError, TypeError, AttributeError, KeyError):
        return False


class _Fields(dict[str, Sequence[str]]):
    """Form fields as the validator asks for repeated ones."""

    def getlist(self, name: str) -> Sequence[str]:
        return self[name]


def _any_ok(secrets: Secrets, urls: Sequence[str], signed: Signed, fields: _Fields) -> bool:
    if not signed.signature:
        return False
    given = signed.signature.encode()
    for key, algorithm in _candidates(secrets, signed.settings):
        validator = RequestValidator(key)
        for url in urls:
            right = validator.compute_signature(url, fields, algorithm).encode()
            if hmac.compare_digest(right, given):
                return True
    return False


def _candidates(secrets: Secrets, settings: str | None) -> Iterator[tuple[str, str]]:
    """The secrets that may have signed, each with its algorithm.

    Without the settings header any auth token, by SHA-1. With it exactly the key it names, by
    SHA-256: a request cannot choose a weaker way for a key that has a better one.
    """
    if settings is None:
        for token in secrets.tokens:
            if token:
                yield token, HMAC_SHA1
        return
    named = {}
    for part in settings.split(","):
        name, _, value = part.partition("=")
        named[name.strip()] = value.strip()
    secret = secrets.shared_keys.get(named.get("key", ""))
    if secret and named.get("algorithm") == HMAC_SHA256:
        yield secret, HMAC_SHA256


def _with_and_without_port(url: str) -> list[str]:
    """The URL in its two spellings: Twilio is known to sign with and without the port."""
    parts = urlsplit(url)
    if parts.port is None:
        port = DEFAULT_PORTS.get(parts.scheme)
        return (
            [url] if port is None else [url, url.replace(parts.netloc, f"{parts.netloc}:{port}", 1)]
        )
    return [url, url.replace(parts.netloc, parts.netloc.rpartition(":")[0], 1)]


def _body_ok(url: str, body: bytes) -> bool:
    claimed = parse_qs(urlsplit(url).query).get(BODY_HASH, [""])
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed[0].encode())
