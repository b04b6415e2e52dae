"""TwiML as Twilio reads it: a document in, a list of verbs to obey out, and what is wrong with it.

Pure. A document that Twilio cannot use at all is a ``Fault`` alone; anything it would only warn
about (an attribute or verb it does not have, a value out of range, elements inside each other where
they cannot be) is a fault beside the verbs. Verbs Twilio has and this telephone cannot act out
(``<Record>``, ``<Pay>`` …) become ``Untold``. The verbs are ``verbs``, their nouns ``nouns``.
Names of verbs and attributes: reference/twilio.md 1.1, 4.2, 4.6.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from ivr.phone import nouns
from ivr.phone.attributes import Attributes
from ivr.phone.faults import UNREPORTED, Fault
from ivr.phone.verbs import Connect, Hangup, Leave, Redirect, Reject, Untold, Verb

DOCUMENT_BYTES_MAX = 64_000
"""Twilio's limit of a TwiML answer (11750)."""
PARAMETERS_MAX = 99
PARAMETER_CHARS_MAX = 500
"""Of one name and its value together."""

_UNTOLD = frozenset({"Pay", "Record", "Sms", "Start", "Stop"})
_CHILD_VERBS_MAX = 100


@dataclass(frozen=True, slots=True)
class Document:
    """What a TwiML answer asks for. ``verbs`` is None where Twilio could not read it at all."""

    verbs: tuple[Verb, ...] | None
    faults: tuple[Fault, ...] = ()


class _Unusable(Exception):
    """The document is lost; carries Twilio's code and the sentence."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


def parse(body: bytes, content_type: str, base_url: str, at_ms: float) -> Document:
    """Read one answer of the server; relative addresses are resolved against ``base_url``.

    Never raises.
    """
    attributes = Attributes(base_url, at_ms)
    try:
        verbs = _verbs(attributes, _root(body, content_type))
    except _Unusable as lost:
        return Document(None, (*attributes.faults, Fault(lost.code, lost.text, at_ms)))
    except ValueError as error:  # urllib's, for addresses like http://[
        return Document(None, (*attributes.faults, Fault(12200, f"an address: {error}", at_ms)))
    return Document(verbs, tuple(attributes.faults))


def _root(body: bytes, content_type: str) -> ET.Element:
    kind = content_type.split(";")[0].strip().lower()
    if not body.strip():
        raise _Unusable(11770, "the answer is empty")
    if len(body) > DOCUMENT_BYTES_MAX:
        raise _Unusable(11750, f"the answer has {len(body)} bytes; {DOCUMENT_BYTES_MAX} is all")
    if kind not in ("text/xml", "application/xml"):
        raise _Unusable(12300, f"the answer is {kind or 'of no type'}, not text/xml")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise _Unusable(12100, "the answer declares a document type")
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _Unusable(12100, f"the answer is no XML ({error})") from None
    if root.tag != "Response":
        raise _Unusable(12102, f"the root element is <{root.tag}>, not <Response>")
    return root


def _verbs(attributes: Attributes, root: ET.Element) -> tuple[Verb, ...]:
    """The verbs, in order; unknown ones are left out with a fault."""
    if root.attrib:
        attributes.warn(12200, f"<Response> has no attribute {', '.join(sorted(root.attrib))}")
    if len(root) > _CHILD_VERBS_MAX:
        raise _Unusable(12200, f"{len(root)} verbs in one document")
    found = (_verb(attributes, element) for element in root)
    return tuple(verb for verb in found if verb is not None)


def _verb(attributes: Attributes, element: ET.Element) -> Verb | None:
    if element.tag in _UNTOLD:
        return Untold(element.tag)
    attributes.known(element)
    match element.tag:
        case "Connect":
            return _connect(attributes, element)
        case "Dial":
            return nouns.dial(attributes, element)
        case "Enqueue":
            return nouns.enqueue(attributes, element)
        case "Refer":
            return nouns.refer(attributes, element)
        case "Gather":
            return nouns.gather(attributes, element)
        case "Say":
            return nouns.say(attributes, element)
        case "Play":
            return nouns.play(attributes, element)
        case "Pause":
            return nouns.pause(attributes, element)
        case "Redirect" | "Hangup" | "Leave" | "Reject":
            attributes.holds(element)
            return _going(attributes, element)
        case tag:
            attributes.warn(12200, f"there is no verb <{tag}>")
            return None


def _going(attributes: Attributes, element: ET.Element) -> Verb:
    match element.tag:
        case "Redirect":
            url = attributes.absolute(attributes.text(element))
            return Redirect(url, attributes.method(element, "method"))
        case "Leave":
            return Leave()
        case "Reject":
            return Reject(attributes.one_of(element, "reason", ("rejected", "busy")))
        case _:
            return Hangup()


def _connect(attributes: Attributes, element: ET.Element) -> Verb | None:
    streams = element.findall("Stream")
    if [child.tag for child in element] != ["Stream"]:
        inside = ", ".join(child.tag for child in element) or "nothing"
        attributes.warn(12200, f"<Connect> holds {inside}; this telephone knows one <Stream>")
        if not streams:
            return None
    stream = streams[0]
    attributes.known(stream)
    if stream.get("track", "inbound_track") != "inbound_track":
        attributes.warn(31941, f"track {stream.get('track')!r} inside <Connect>")
    return Connect(
        url=_stream_url(attributes, stream.get("url", "")),
        parameters=_parameters(attributes, stream),
        action=attributes.url(element, "action"),
        method=attributes.method(element, "method"),
        name=stream.get("name"),
        status_callback=attributes.url(stream, "statusCallback"),
        status_method=attributes.method(stream, "statusCallbackMethod"),
    )


def _stream_url(attributes: Attributes, written: str) -> str:
    """Absolute, and without the query Twilio drops."""
    if not written.strip():
        attributes.warn(12200, "<Stream> without url")
        return ""
    parts = urlsplit(attributes.absolute(written))
    if not urlsplit(written.strip()).scheme:
        parts = parts._replace(scheme="wss" if parts.scheme == "https" else "ws")
    if parts.query or parts.fragment:
        attributes.warn(UNREPORTED, f"Twilio drops the query of a stream's url: {written!r}")
        parts = parts._replace(query="", fragment="")
    return urlunsplit(parts)


def _parameters(attributes: Attributes, stream: ET.Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in attributes.holds(stream, "Parameter"):
        attributes.known(child)
        name, value = child.get("name", ""), child.get("value", "")
        if not name:
            attributes.warn(12200, "<Parameter> without name")
        elif len(name) + len(value) >= PARAMETER_CHARS_MAX:
            attributes.warn(12200, f"parameter {name!r} is longer than Twilio carries")
        elif len(found) >= PARAMETERS_MAX:
            attributes.warn(12200, f"more than {PARAMETERS_MAX} parameters")
        else:
            found[name] = value
    return found
