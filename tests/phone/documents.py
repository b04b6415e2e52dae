"""TwiML documents in tests: what is inside a ``<Response>``, read as the telephone reads it."""

from __future__ import annotations

from ivr.phone import twiml
from ivr.phone.twiml import Document
from ivr.phone.verbs import Verb

BASE = "https://line.test/twilio/voice"


def parsed(inside: str, base: str = BASE) -> Document:
    """The whole of it, with its faults."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
    return twiml.parse(body.encode(), "text/xml; charset=utf-8", base, 7.0)


def verb(inside: str, base: str = BASE) -> Verb:
    """The only verb of a document with nothing wrong in it."""
    document = parsed(inside, base)
    assert document.faults == ()
    assert document.verbs is not None
    (only,) = document.verbs
    return only
