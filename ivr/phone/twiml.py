"""TwiML as Twilio reads it: a document in, a list of verbs to obey out, and what is wrong with it.

Pure. A document that Twilio cannot use at all is a ``Fault`` alone; anything it would only warn
about (an attribute or verb it does not have, a value out of range) is a fault beside the verbs.
Verbs Twilio has and this telephone cannot act out (``<Record>``, ``<Gather>`` …) become ``Untold``:
they are told, not played. Names of verbs and attributes: reference/twilio.md 1.1, 4.2, 4.6.
``telephone.py`` is the only caller.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from ivr.phone.faults import UNREPORTED, Fault

DOCUMENT_BYTES_MAX = 64_000
"""Twilio's limit of a TwiML answer (11750)."""
PARAMETERS_MAX = 99
PARAMETER_CHARS_MAX = 500
"""Of one name and its value together."""
NUMBERS_MAX = 10
"""So many may ring at once."""
DIAL_TIMEOUT_S = 30
DIAL_LIMIT_S = 14_400

# --------------------------------------------------------------------------- what to do


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the call to a media stream; when it ends, ask ``action`` or go to the next verb."""

    url: str
    """Absolute."""
    parameters: Mapping[str, str]
    action: str | None
    method: str
    name: str | None
    status_callback: str | None
    status_method: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to one of these numbers."""

    numbers: tuple[str, ...]
    """As written: E.164, or a SIP or client address."""
    action: str | None
    method: str
    timeout_s: int
    time_limit_s: int
    hangup_on_star: bool
    caller_id: str | None


@dataclass(frozen=True, slots=True)
class Say:
    """Twilio's own voice says something."""

    text: str


@dataclass(frozen=True, slots=True)
class Play:
    """A file or some keys are played to the caller."""

    what: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing, for so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with the document at this address."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer the call."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A verb of Twilio's that this telephone does not act out."""

    name: str


Verb = Connect | Dial | Say | Play | Pause | Redirect | Hangup | Reject | Untold


@dataclass(frozen=True, slots=True)
class Document:
    """What a TwiML answer asks for. ``verbs`` is None where Twilio could not read it at all."""

    verbs: tuple[Verb, ...] | None
    faults: tuple[Fault, ...] = ()


# --------------------------------------------------------------------------- what there is

_CALLBACK = frozenset({"statusCallback", "statusCallbackMethod", "statusCallbackEvent"})
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Connect": frozenset({"action", "method"}),
    "Stream": frozenset({"url", "name", "track", "statusCallback", "statusCallbackMethod"}),
    "Parameter": frozenset({"name", "value"}),
    "Dial": frozenset(
        {
            *("action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record"),
            *("trim", "recordingStatusCallback", "recordingStatusCallbackMethod"),
            *("recordingStatusCallbackEvent", "recordingConfigurationId", "answerOnBridge"),
            *("ringTone", "recordingTrack", "sequential", "referUrl", "referMethod", "events"),
            "passports",
        }
    ),
    "Number": frozenset({"url", "method", "sendDigits", "byoc"}) | _CALLBACK,
    "Sip": frozenset({"url", "method", "username", "password"}) | _CALLBACK,
    "Client": frozenset({"url", "method"}) | _CALLBACK,
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
}
_UNTOLD = frozenset(
    {"Enqueue", "Gather", "Leave", "Pay", "Record", "Refer", "Sms", "Start", "Stop"}
)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_CHILD_VERBS_MAX = 100


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
    reader = _Reader(base_url, at_ms)
    try:
        return Document(reader.verbs(_root(body, content_type)), tuple(reader.faults))
    except _Unusable as lost:
        return Document(None, (*reader.faults, Fault(lost.code, lost.text, at_ms)))
    except ValueError as error:  # urllib's, for addresses like http://[
        return Document(None, (*reader.faults, Fault(12200, f"an address: {error}", at_ms)))


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


class _Reader:
    """Reads one document's elements and collects what Twilio would warn about."""

    def __init__(self, base_url: str, at_ms: float) -> None:
        self._base_url = base_url
        self._at_ms = at_ms
        self.faults: list[Fault] = []

    def verbs(self, root: ET.Element) -> tuple[Verb, ...]:
        """The verbs, in order; unknown ones are left out with a fault."""
        if root.attrib:
            self._warn(12200, f"<Response> has no attribute {', '.join(sorted(root.attrib))}")
        if len(root) > _CHILD_VERBS_MAX:
            raise _Unusable(12200, f"{len(root)} verbs in one document")
        found = (self._verb(element) for element in root)
        return tuple(verb for verb in found if verb is not None)

    def _verb(self, element: ET.Element) -> Verb | None:
        if element.tag in _UNTOLD:
            return Untold(element.tag)
        self._known_attributes(element)
        match element.tag:
            case "Connect":
                return self._connect(element)
            case "Dial":
                return self._dial(element)
            case "Say":
                return Say(self._text(element))
            case "Play":
                digits = element.get("digits")
                return Play(f"the keys {digits}" if digits else self._text(element))
            case "Pause":
                return Pause(self._whole(element, "length", 1))
            case "Redirect":
                url = urljoin(self._base_url, self._text(element))
                return Redirect(url, self._method(element, "method"))
            case "Hangup":
                return Hangup()
            case "Reject":
                return Reject(self._one_of(element, "reason", ("rejected", "busy")))
            case tag:
                self._warn(12200, f"there is no verb <{tag}>")
                return None

    def _connect(self, element: ET.Element) -> Verb | None:
        streams = element.findall("Stream")
        if [child.tag for child in element] != ["Stream"]:
            inside = ", ".join(child.tag for child in element) or "nothing"
            self._warn(12200, f"<Connect> holds {inside}; this telephone knows one <Stream>")
            if not streams:
                return None
        stream = streams[0]
        self._known_attributes(stream)
        if stream.get("track", "inbound_track") != "inbound_track":
            self._warn(31941, f"track {stream.get('track')!r} inside <Connect>")
        return Connect(
            url=self._stream_url(stream.get("url", "")),
            parameters=self._parameters(stream),
            action=self._url(element, "action"),
            method=self._method(element, "method"),
            name=stream.get("name"),
            status_callback=self._url(stream, "statusCallback"),
            status_method=self._method(stream, "statusCallbackMethod"),
        )

    def _stream_url(self, written: str) -> str:
        """Absolute, and without the query Twilio drops."""
        if not written.strip():
            self._warn(12200, "<Stream> without url")
            return ""
        parts = urlsplit(urljoin(self._base_url, written.strip()))
        if not urlsplit(written.strip()).scheme:
            parts = parts._replace(scheme="wss" if parts.scheme == "https" else "ws")
        if parts.query or parts.fragment:
            self._warn(UNREPORTED, f"Twilio drops the query of a stream's url: {written!r}")
            parts = parts._replace(query="", fragment="")
        return urlunsplit(parts)

    def _parameters(self, stream: ET.Element) -> dict[str, str]:
        found: dict[str, str] = {}
        for child in stream:
            if child.tag != "Parameter":
                self._warn(12200, f"<Stream> holds <{child.tag}>")
                continue
            self._known_attributes(child)
            name, value = child.get("name", ""), child.get("value", "")
            if not name:
                self._warn(12200, "<Parameter> without name")
            elif len(name) + len(value) >= PARAMETER_CHARS_MAX:
                self._warn(12200, f"parameter {name!r} is longer than Twilio carries")
            elif len(found) >= PARAMETERS_MAX:
                self._warn(12200, f"more than {PARAMETERS_MAX} parameters")
            else:
                found[name] = value
        return found

    def _dial(self, element: ET.Element) -> Dial:
        numbers: list[str] = []
        if plain := (element.text or "").strip():
            numbers.append(plain)
        for child in element:
            if child.tag not in ("Number", "Sip", "Client"):
                self._warn(12200, f"<Dial> holds <{child.tag}>, which this telephone cannot call")
                continue
            self._known_attributes(child)
            prefix = "client:" if child.tag == "Client" else ""
            numbers.append(prefix + self._text(child))
        for number in numbers:
            if not (_NUMBER.fullmatch(number) or number.startswith(("sip:", "client:"))):
                self._warn(13223, f"<Dial> of {number!r}, which is no +… number")
        if not numbers:
            self._warn(13223, "<Dial> of nobody")
        elif len(numbers) > NUMBERS_MAX:
            self._warn(12200, f"<Dial> of {len(numbers)} numbers; {NUMBERS_MAX} ring at once")
        caller_id = element.get("callerId")
        if caller_id is not None and not caller_id.strip():
            self._warn(13214, "<Dial> with an empty callerId")
        return Dial(
            numbers=tuple(numbers[:NUMBERS_MAX]),
            action=self._url(element, "action"),
            method=self._method(element, "method"),
            timeout_s=self._whole(element, "timeout", DIAL_TIMEOUT_S),
            time_limit_s=self._whole(element, "timeLimit", DIAL_LIMIT_S),
            hangup_on_star=self._one_of(element, "hangupOnStar", ("false", "true")) == "true",
            caller_id=caller_id,
        )

    # ------------------------------------------------------------------- attributes

    def _known_attributes(self, element: ET.Element) -> None:
        known = _ATTRIBUTES.get(element.tag)
        if known is None:
            return
        for name in sorted(element.attrib.keys() - known):
            self._warn(12200, f"<{element.tag}> has no attribute {name!r}")

    def _text(self, element: ET.Element) -> str:
        text = (element.text or "").strip()
        if not text:
            self._warn(12200, f"<{element.tag}> without text")
        return text

    def _url(self, element: ET.Element, name: str) -> str | None:
        written = element.get(name)
        return urljoin(self._base_url, written.strip()) if written else None

    def _method(self, element: ET.Element, name: str) -> str:
        return self._one_of(element, name, ("POST", "GET"))

    def _one_of(self, element: ET.Element, name: str, choices: tuple[str, ...]) -> str:
        """The attribute's value; the first choice where it is absent or wrong."""
        written = element.get(name, choices[0])
        if written in choices:
            return written
        self._warn(12200, f"<{element.tag} {name}> is {written!r}, not {' or '.join(choices)}")
        return choices[0]

    def _whole(self, element: ET.Element, name: str, otherwise: int) -> int:
        written = element.get(name)
        if written is None:
            return otherwise
        if written.isascii() and written.isdigit() and 1 <= int(written) <= DIAL_LIMIT_S:
            return int(written)
        self._warn(12200, f"<{element.tag} {name}> is {written!r}, not a number of seconds")
        return otherwise

    def _warn(self, code: int, text: str) -> None:
        self.faults.append(Fault(code, text, self._at_ms))
