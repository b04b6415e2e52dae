"""What the simulated carrier holds against the server, under Twilio's own error codes.

A fault is never the caller's doing and never this program's: it says what the server sent, did not
send, or did too late, as Twilio's debugger would. Things Twilio says nothing about, though a caller
would hear them (a file header played as noise, words cut off by the close), carry code 0.
Source of codes and names: Twilio's machine-readable error list (reference/twilio.md, 1.5 and 2.6).
"""

from __future__ import annotations

from dataclasses import dataclass

UNREPORTED = 0
"""Twilio reports nothing; the caller notices."""

NAMES = {
    11200: "HTTP retrieval failure",
    11205: "HTTP connection failure",
    11210: "HTTP bad host name",
    11220: "TLS handshake error",
    11750: "TwiML response body too large",
    11770: "empty TwiML response body",
    12100: "document parse failure",
    12102: "invalid root element",
    12200: "schema validation warning",
    12300: "invalid content type",
    13214: "invalid callerId",
    13220: "invalid ringTone",
    13223: "invalid phone number format",
    13243: "invalid SIP URI",
    13520: "invalid text of Say",
    15003: "status callback failure",
    31901: "stream connection timeout",
    31902: "stream connection refused",
    31903: "stream broken pipe",
    31904: "stream host unreachable",
    31910: "stream TLS error",
    31920: "stream handshake error",
    31921: "stream closed",
    31922: "stream scheme is not wss",
    31923: "stream URL malformed",
    31924: "stream protocol error",
    31930: "stream buffer overflow",
    31931: "stream media discarded",
    31941: "stream track not allowed",
    31950: "stream malformed message",
    31951: "stream invalid message",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing the server did wrong."""

    code: int
    """Twilio's error code; 0 where Twilio reports none."""
    text: str
    """What happened, in one sentence."""
    at_ms: float
    """Milliseconds since the call was answered; 0 before."""

    @property
    def name(self) -> str:
        """Twilio's name of the code."""
        return NAMES.get(self.code, "heard by the caller")

    def __str__(self) -> str:
        """As a person reads it: ``31951 stream invalid message: …``."""
        head = f"{self.code} {self.name}: " if self.code else ""
        return head + self.text
