"""The documents with which a caller leaves our stream, and what is heard outside of it.

Whom to ring, where to wait, what the one who answers is told first, what a caller hears in a queue,
and documents that authors wrote themselves. Built with Twilio's own library, so every text is
escaped; attributes and nesting are those of reference/twilio.md 4.2, 4.3 and 4.6. It decides
nothing: ``calls`` does, and ``server`` puts its decisions into these words.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]
    Dial,
    Enqueue,
    Gather,
    Refer,
    VoiceResponse,
)

from ivr.carriers.twiml import SAY_CHARS_MAX, clean
from ivr.errors import IvrError

TARGETS_MAX: Final = 10
"""As many as one ``<Dial>`` rings at once."""
RING_SECONDS_MAX: Final = 600
TALK_SECONDS_MAX: Final = 14_400
QUEUE_NAME_CHARS_MAX: Final = 64
ACCEPT_SECONDS: Final = 8
"""How long whoever answers has to press the key that takes the call, once they were told."""
DOCUMENT_BYTES_MAX: Final = 64_000
"""Twilio takes no longer one (11750)."""

_ASKS_ITSELF: Final = frozenset({"Gather", "Record"})
"""Verbs that ask the address of their own document where no ``action`` stands in them. That would
be ours, which would answer with the document again, for ever."""
_TELLS: Final = frozenset({"Dial", "Refer"})
"""Verbs that tell an ``action`` how it went; without one the next verb goes on, none the wiser."""
_MARKER = re.compile("\x01secret:([^\x01]{1,200})\x01")


class BadDocument(IvrError):
    """A document of an author's that Twilio could not read; says why, without a value of it."""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound of ours, fetched from this address."""

    url: str


@dataclass(frozen=True, slots=True)
class Say:
    """A text in Twilio's own voice."""

    text: str = field(repr=False)
    language: str | None


Heard = Play | Say


# --------------------------------------------------------------------------- to somebody else


def dial(
    targets: Sequence[str],
    *,
    action_url: str,
    timeout_s: int,
    caller_id: str | None = None,
    time_limit_s: int | None = None,
    whisper_url: str | None = None,
    record: bool = False,
) -> str:
    """Connect the caller with somebody; ``action_url`` is told how it ended.

    ``targets`` are E.164 numbers, ``sip:…``, ``client:…``, or one ``conference:…``; of several all
    ring, and who answers first has the call. ``timeout_s`` is how long it rings. ``caller_id`` must
    be the caller's own number, one of the account's or a verified one (error 13214); without it the
    callee sees the caller's. ``whisper_url`` is asked for what whoever answers is told before they
    are connected. The caller may give up with star.
    """
    assert 1 <= len(targets) <= TARGETS_MAX, "one <Dial> rings ten at once"
    verb = Dial(
        action=action_url,
        method="POST",
        timeout=min(timeout_s, RING_SECONDS_MAX),
        hangup_on_star=True,
        time_limit=None if time_limit_s is None else min(time_limit_s, TALK_SECONDS_MAX),
        caller_id=caller_id,
        record="record-from-answer-dual" if record else None,
        answer_on_bridge=True,
    )
    asked = {} if whisper_url is None else {"url": whisper_url, "method": "POST"}
    for target in targets:
        kind, _, name = clean(target).partition(":")
        match kind:
            case "sip":
                verb.sip(f"sip:{name}", **asked)
            case "client":
                verb.client(name, **asked)
            case "conference":
                verb.conference(name, beep="false")
            case number:
                verb.number(number, **asked)
    return _document(verb)


def refer(address: str, *, action_url: str) -> str:
    """Hand a SIP caller over for good (SIP REFER); ``action_url`` is told whether that went well.

    A number is referred to as ``tel:``. A caller who did not come by SIP cannot be handed over:
    Twilio says ``failed``, and the caller is still here.
    """
    verb = Refer(action=action_url, method="POST")
    uri = clean(address)
    verb.sip(uri if uri.startswith("sip:") else f"tel:{uri}")
    return _document(verb)


# --------------------------------------------------------------------------- a queue


def enqueue(name: str, *, action_url: str, wait_url: str) -> str:
    """Let the caller wait in a queue; ``action_url`` is told how that ended.

    It stands there twice: Twilio's page of ``<Leave>`` has the next verb go on, that of
    ``<Enqueue>`` the action.
    """
    response = VoiceResponse()
    verb = Enqueue(
        clean(name)[:QUEUE_NAME_CHARS_MAX],
        action=action_url,
        method="POST",
        wait_url=wait_url,
        wait_url_method="POST",
    )
    response.append(verb)
    response.redirect(action_url, method="POST")
    return str(response)


def waiting(heard: Sequence[Heard], *, again_url: str) -> str:
    """What a caller hears in a queue for a while; then ``again_url`` is asked for more."""
    response = VoiceResponse()
    _be_heard(response, heard)
    response.redirect(again_url, method="POST")
    return str(response)


def leave_queue() -> str:
    """The caller has waited long enough."""
    response = VoiceResponse()
    response.leave()
    return str(response)


# --------------------------------------------------------------------------- who answers


def whisper(heard: Sequence[Heard], *, accept_url: str | None = None) -> str:
    """What whoever answers is told before they are connected.

    With ``accept_url`` they take the call with a key, which that address is told; who presses none
    is hung up on, so that somebody's own mailbox cannot swallow the call.
    """
    response = VoiceResponse()
    if accept_url is None:
        _be_heard(response, heard)
        return str(response)
    verb = Gather(
        input="dtmf",
        action=accept_url,
        method="POST",
        timeout=ACCEPT_SECONDS,
        num_digits=1,
    )
    _be_heard(verb, heard)
    response.append(verb)
    response.hangup()
    return str(response)


def go_ahead() -> str:
    """Connect them: nothing more is to be said."""
    return str(VoiceResponse())


# --------------------------------------------------------------------------- an author's own


def of_author(text: str, *, back_url: str, secret: Callable[[str], str | None]) -> str:
    """An author's document as it is sent: with its secrets, and with the way back to us.

    ``secret`` knows the secrets whose markers stand in it. ``back_url`` is asked when its last verb
    is done, by that verb itself where it can tell how it went, and by verbs that would otherwise
    ask for this document again. Raises :class:`BadDocument`.
    """

    def value(marker: re.Match[str]) -> str:
        known = secret(marker[1])
        if known is None:
            raise BadDocument(f"there is no secret “{marker[1]}”; set it where the line is started")
        return escape(clean(known), {'"': "&quot;", "'": "&apos;"})

    whole = _MARKER.sub(value, text)
    if "<!DOCTYPE" in whole or "<!ENTITY" in whole:
        raise BadDocument("it declares a document type, which Twilio does not read")
    try:
        root = ET.fromstring(whole)
    except (ET.ParseError, ValueError) as error:
        # The parser tells a place, and nothing of what stands there.
        raise BadDocument(f"it is no XML ({error})") from None
    if root.tag != "Response":
        raise BadDocument(f"its root is <{root.tag}>, not <Response>")
    for verb in root:
        if verb.tag in _ASKS_ITSELF and "action" not in verb.attrib:
            verb.set("action", back_url)
    if len(root) and root[-1].tag in _TELLS and "action" not in root[-1].attrib:
        root[-1].set("action", back_url)
    back = ET.SubElement(root, "Redirect", method="POST")
    back.text = back_url
    sent: str = ET.tostring(root, encoding="unicode")
    document = f'<?xml version="1.0" encoding="UTF-8"?>{sent}'
    if len(document.encode(errors="replace")) > DOCUMENT_BYTES_MAX:
        raise BadDocument(f"it is longer than {DOCUMENT_BYTES_MAX} bytes")
    return document


# --------------------------------------------------------------------------- helpers


def _document(verb: object) -> str:
    response = VoiceResponse()
    response.append(verb)
    return str(response)


def _be_heard(verb: VoiceResponse | Gather, heard: Sequence[Heard]) -> None:
    for each in heard:
        if isinstance(each, Play):
            verb.play(each.url)
        else:
            verb.say(clean(each.text)[:SAY_CHARS_MAX], language=each.language)
