"""``<Dial>``, ``<Enqueue>``, ``<Refer>`` and ``<Gather>`` with what stands inside them.

Pure; part of ``twiml``, which reads the document around them. What Twilio would warn about becomes
a fault, and the noun in question is left out where nothing could be done with it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final

from ivr.phone.attributes import Attributes
from ivr.phone.verbs import (
    Dial,
    Enqueue,
    FirstOf,
    Gather,
    News,
    Number,
    Pause,
    Play,
    PlayKeys,
    Refer,
    Room,
    Say,
)

NUMBERS_MAX: Final = 10
"""So many may ring at once."""
DIAL_TIMEOUT_S: Final = 30
DIAL_TIMEOUT_S_MAX: Final = 600
DIAL_LIMIT_S: Final = 14_400
GATHER_TIMEOUT_S: Final = 5
QUEUE_SIZE_MAX: Final = 1_000
NAME_CHARS_MAX: Final = 64
"""Of a queue; of a conference 128."""
SAY_CHARS_MAX: Final = 4_096

RING_TONE: Final = re.compile(
    "at|au|be|bg|br|ch|cl|cn|cz|de|dk|ee|es|fi|fr|gr|hu|il|in|it|jp|lt|mx|my|nl|no|nz|ph|pl|pt|ru|"
    "se|sg|th|tw|uk|us|us-old|ve|za"
)
"""Twilio rings as these countries do, and in no other way: a file is not among its choices."""
_RECORDS: Final = (
    "do-not-record",
    *("record-from-answer", "record-from-ringing"),
    *("record-from-answer-dual", "record-from-ringing-dual"),
    *("true", "false"),
)
_LEG_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})
_SSML: Final = (
    "break",
    *("emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"),
)
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SIP = re.compile(r"sips?:[^\s@]+@[^\s@]+|sips?:[^\s@]+")
_CLIENT = re.compile(r"[A-Za-z0-9_]{1,256}")
_SEND_DIGITS = re.compile(r"[0-9*#wWA-D,]+")


def say(attributes: Attributes, element: ET.Element) -> Say:
    """``<Say>``: no more text than Twilio reads."""
    attributes.holds(element, *_SSML)
    text = attributes.text(element)
    if len(text) > SAY_CHARS_MAX:
        attributes.warn(13520, f"<Say> of {len(text)} letters; {SAY_CHARS_MAX} is all")
    return Say(text[:SAY_CHARS_MAX])


def play(attributes: Attributes, element: ET.Element) -> Play | PlayKeys:
    """``<Play>`` of a file or of keys."""
    attributes.holds(element)
    keys = element.get("digits")
    if keys is not None:
        if not _SEND_DIGITS.fullmatch(keys):
            attributes.warn(12200, f"<Play digits> is {keys!r}")
        return PlayKeys(keys)
    written = attributes.text(element)
    loop = attributes.whole(element, "loop", 1, least=0, most=1_000)
    return Play(attributes.absolute(written), loop)


def pause(attributes: Attributes, element: ET.Element) -> Pause:
    """``<Pause>``."""
    attributes.holds(element)
    return Pause(attributes.whole(element, "length", 1))


def gather(attributes: Attributes, element: ET.Element) -> Gather:
    """``<Gather>`` of keys; what it would understand of speech is not simulated."""
    inside: list[Say | Play | Pause] = []
    for child in attributes.holds(element, "Say", "Play", "Pause"):
        attributes.known(child)
        match child.tag:
            case "Say":
                inside.append(say(attributes, child))
            case "Play":
                played = play(attributes, child)
                if isinstance(played, PlayKeys):
                    attributes.warn(12200, "<Gather> holds keys to be played")
                else:
                    inside.append(played)
            case _:
                inside.append(pause(attributes, child))
    if "dtmf" not in element.get("input", "dtmf").split():
        attributes.warn(12200, f"<Gather input> is {element.get('input')!r}, which hears no keys")
    finish_on = element.get("finishOnKey", "#")
    if len(finish_on) > 1 or not set(finish_on) <= set("0123456789*#"):
        attributes.warn(12200, f"<Gather finishOnKey> is {finish_on!r}, not one key")
        finish_on = "#"
    digits = attributes.whole(element, "numDigits", 0, most=64) or None
    return Gather(
        inside=tuple(inside),
        action=attributes.url(element, "action"),
        method=attributes.method(element, "method"),
        timeout_s=attributes.whole(element, "timeout", GATHER_TIMEOUT_S, least=0, most=600),
        finish_on=finish_on,
        digits=digits,
        on_empty=attributes.flag(element, "actionOnEmptyResult"),
    )


def enqueue(attributes: Attributes, element: ET.Element) -> Enqueue:
    """``<Enqueue>`` of a queue by its name."""
    for child in attributes.holds(element, "Task"):
        attributes.warn(12200, f"<Enqueue> with <{child.tag}>, which this telephone cannot do")
    return Enqueue(
        name=attributes.text(element, NAME_CHARS_MAX),
        action=attributes.url(element, "action"),
        method=attributes.method(element, "method"),
        wait_url=attributes.url(element, "waitUrl"),
        wait_method=attributes.method(element, "waitUrlMethod"),
        size_max=attributes.whole(element, "maxQueueSize", QUEUE_SIZE_MAX, most=5_000),
    )


def refer(attributes: Attributes, element: ET.Element) -> Refer | None:
    """``<Refer>`` to a SIP address."""
    sips = attributes.holds(element, "Sip")
    if len(sips) != 1:
        if len(sips) == len(element):
            attributes.warn(12200, f"<Refer> holds {len(sips)} <Sip>; it holds one")
        return None
    address = attributes.text(sips[0])
    if not (_SIP.fullmatch(address) or address.startswith("tel:+")):
        attributes.warn(13243, f"<Refer> to {address!r}, which is no sip: address")
    return Refer(address, attributes.url(element, "action"), attributes.method(element, "method"))


# --------------------------------------------------------------------------- <Dial>


def dial(attributes: Attributes, element: ET.Element) -> Dial:
    """``<Dial>`` with its nouns."""
    caller_id = element.get("callerId")
    if caller_id is not None and not _is_caller_id(caller_id):
        attributes.warn(13214, f"<Dial> with the callerId {caller_id!r}")
    tone = element.get("ringTone")
    if tone is not None and not RING_TONE.fullmatch(tone):
        attributes.warn(13220, f"<Dial ringTone> is {tone!r}, not a country's two letters")
    record = attributes.one_of(element, "record", _RECORDS)
    return Dial(
        nouns=_nouns(attributes, element),
        action=attributes.url(element, "action"),
        method=attributes.method(element, "method"),
        timeout_s=attributes.whole(element, "timeout", DIAL_TIMEOUT_S, most=DIAL_TIMEOUT_S_MAX),
        time_limit_s=attributes.whole(element, "timeLimit", DIAL_LIMIT_S),
        hangup_on_star=attributes.flag(element, "hangupOnStar"),
        caller_id=caller_id,
        answer_on_bridge=attributes.flag(element, "answerOnBridge"),
        ring_tone=tone,
        sequential=attributes.flag(element, "sequential"),
        record=record not in ("do-not-record", "false"),
    )


def _is_caller_id(written: str) -> bool:
    return _E164.fullmatch(written) is not None or written.startswith(("client:", "sip:"))


def _nouns(
    attributes: Attributes, element: ET.Element
) -> tuple[Number, ...] | tuple[Room] | tuple[FirstOf]:
    rung = attributes.holds(element, "Number", "Sip", "Client", "Conference", "Queue")
    for child in rung:
        attributes.known(child)
        attributes.holds(child)
    alone = [child for child in rung if child.tag in ("Conference", "Queue")]
    plain = (element.text or "").strip()
    if alone and (len(rung) > 1 or plain):
        attributes.warn(12200, f"<Dial> holds <{alone[0].tag}> beside others; it stands alone")
    elif plain and rung:
        attributes.warn(12200, "<Dial> holds a number as text beside others")
    if alone and alone[0].tag == "Conference":
        return (_room(attributes, alone[0]),)
    if alone:
        return (FirstOf(attributes.text(alone[0], NAME_CHARS_MAX)),)
    numbers = [Number(_callable(attributes, plain))] if plain else []
    numbers += [_number(attributes, child) for child in rung]
    if not numbers:
        attributes.warn(13223, "<Dial> of nobody")
    elif len(numbers) > NUMBERS_MAX:
        attributes.warn(12200, f"<Dial> of {len(numbers)} numbers; {NUMBERS_MAX} ring at once")
    return tuple(numbers[:NUMBERS_MAX])


def _number(attributes: Attributes, element: ET.Element) -> Number:
    written = attributes.text(element)
    if element.tag == "Client":
        if not _CLIENT.fullmatch(written):
            attributes.warn(12200, f"<Client> {written!r}: letters, digits and _ are all it has")
        address = f"client:{written}"
    elif element.tag == "Sip":
        if not _SIP.fullmatch(written):
            attributes.warn(13243, f"<Sip> {written!r} is no sip: address")
        address = written
    else:
        address = _callable(attributes, written)
    keys = element.get("sendDigits", "")
    if keys and not _SEND_DIGITS.fullmatch(keys):
        attributes.warn(12200, f"<Number sendDigits> is {keys!r}")
    return Number(
        address=address,
        whisper=attributes.url(element, "url"),
        method=attributes.method(element, "method"),
        keys=keys,
        news=_news(attributes, element),
    )


def _callable(attributes: Attributes, written: str) -> str:
    if not _E164.fullmatch(written):
        attributes.warn(13223, f"<Dial> of {written!r}, which is no +… number")
    return written


def _room(attributes: Attributes, element: ET.Element) -> Room:
    written = element.get("waitUrl")
    return Room(
        name=attributes.text(element, 2 * NAME_CHARS_MAX),
        wait_url=written and attributes.url(element, "waitUrl"),
        wait_method=attributes.method(element, "waitMethod"),
    )


def _news(attributes: Attributes, element: ET.Element) -> News | None:
    url = attributes.url(element, "statusCallback")
    method = attributes.method(element, "statusCallbackMethod")
    events = re.split(r"[\s,]+", element.get("statusCallbackEvent", "completed").strip())
    for event in events:
        if event not in _LEG_EVENTS:
            attributes.warn(12200, f"<{element.tag} statusCallbackEvent> has no {event!r}")
    return News(url, method, tuple(events)) if url else None
