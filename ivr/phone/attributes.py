"""The attributes and texts of TwiML elements, read as strictly as Twilio reads them.

Pure. One :class:`Attributes` is one document: it resolves addresses against the document's own and
collects a fault for everything Twilio would warn about. Names: reference/twilio.md 1.1, 4.2 to 4.6,
and the pages of the nouns in Twilio's documentation. Used by ``twiml`` and ``nouns``.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from ivr.phone.faults import Fault

SECONDS_MAX: Final = 14_400
"""Twilio's longest call, four hours."""

_CALLBACK: Final = frozenset({"statusCallback", "statusCallbackMethod", "statusCallbackEvent"})
_MACHINES: Final = frozenset(
    {
        *("machineDetection", "machineDetectionTimeout", "machineDetectionSpeechThreshold"),
        *("machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout"),
        *("amdStatusCallback", "amdStatusCallbackMethod"),
    }
)
_RECORDING: Final = frozenset(
    {
        *("record", "trim", "recordingStatusCallback", "recordingStatusCallbackMethod"),
        *("recordingStatusCallbackEvent", "recordingConfigurationId"),
    }
)
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "Connect": frozenset({"action", "method"}),
    "Stream": frozenset({"url", "name", "track", "statusCallback", "statusCallbackMethod"}),
    "Parameter": frozenset({"name", "value"}),
    "Dial": frozenset(
        {
            *("action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId"),
            *("answerOnBridge", "ringTone", "recordingTrack", "sequential", "referUrl"),
            *("referMethod", "events", "passports"),
        }
    )
    | _RECORDING,
    "Number": frozenset({"url", "method", "sendDigits", "byoc"}) | _CALLBACK | _MACHINES,
    "Sip": frozenset({"url", "method", "username", "password"}) | _CALLBACK | _MACHINES,
    "Client": frozenset({"url", "method"}) | _CALLBACK,
    "Queue": frozenset({"url", "method", "reservationSid", "postWorkActivitySid"}),
    "Conference": frozenset(
        {
            *("muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl"),
            *("waitMethod", "maxParticipants", "region", "coach", "eventCallbackUrl"),
            *("jitterBufferSize", "participantLabel"),
        }
    )
    | _CALLBACK
    | _RECORDING,
    "Enqueue": frozenset(
        {"action", "method", "maxQueueSize", "waitUrl", "waitUrlMethod", "workflowSid"}
    ),
    "Leave": frozenset(),
    "Refer": frozenset({"action", "method"}),
    "Gather": frozenset(
        {
            *("input", "action", "method", "timeout", "speechTimeout", "maxSpeechTime"),
            *("profanityFilter", "finishOnKey", "numDigits", "partialResultCallback"),
            *("partialResultCallbackMethod", "language", "hints", "bargeIn", "debug"),
            *("actionOnEmptyResult", "speechModel", "enhanced"),
        }
    ),
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
}


class Attributes:
    """Reads the elements of one document and collects what Twilio would warn about."""

    def __init__(self, base_url: str, at_ms: float) -> None:
        self._base_url = base_url
        self._at_ms = at_ms
        self.faults: list[Fault] = []

    def warn(self, code: int, text: str) -> None:
        """Twilio would write this into its debugger, and go on."""
        self.faults.append(Fault(code, text, self._at_ms))

    def known(self, element: ET.Element) -> None:
        """Attributes the element does not have are told."""
        for name in sorted(element.attrib.keys() - ATTRIBUTES.get(element.tag, frozenset())):
            self.warn(12200, f"<{element.tag}> has no attribute {name!r}")

    def text(self, element: ET.Element, chars_max: int | None = None) -> str:
        """What the element says, with what elements inside it say."""
        text = "".join(element.itertext()).strip()
        if not text:
            self.warn(12200, f"<{element.tag}> without text")
        elif chars_max is not None and len(text) > chars_max:
            self.warn(12200, f"<{element.tag}> of {len(text)} letters; {chars_max} is all")
        return text

    def holds(self, element: ET.Element, *tags: str) -> list[ET.Element]:
        """The elements inside of these kinds; any other is told and left out."""
        for child in element:
            if child.tag not in tags:
                self.warn(12200, f"<{element.tag}> holds <{child.tag}>")
        return [child for child in element if child.tag in tags]

    def absolute(self, written: str) -> str:
        """An address as Twilio will ask it."""
        return urljoin(self._base_url, written.strip())

    def url(self, element: ET.Element, name: str) -> str | None:
        """An address in an attribute; None where it is absent or empty."""
        written = element.get(name)
        return self.absolute(written) if written else None

    def method(self, element: ET.Element, name: str) -> str:
        """``POST``, unless it is ``GET``."""
        return self.one_of(element, name, ("POST", "GET"))

    def flag(self, element: ET.Element, name: str) -> bool:
        """``true`` or ``false``; false where it is absent."""
        return self.one_of(element, name, ("false", "true")) == "true"

    def one_of(self, element: ET.Element, name: str, choices: tuple[str, ...]) -> str:
        """The attribute's value; the first choice where it is absent or wrong."""
        written = element.get(name, choices[0])
        if written in choices:
            return written
        self.warn(12200, f"<{element.tag} {name}> is {written!r}, not {' or '.join(choices)}")
        return choices[0]

    def whole(
        self,
        element: ET.Element,
        name: str,
        otherwise: int,
        *,
        least: int = 1,
        most: int = SECONDS_MAX,
    ) -> int:
        """A whole number in these bounds, most often of seconds."""
        written = element.get(name)
        if written is None:
            return otherwise
        if written.isascii() and written.isdigit() and least <= int(written) <= most:
            return int(written)
        self.warn(12200, f"<{element.tag} {name}> is {written!r}, not {least} to {most}")
        return otherwise
