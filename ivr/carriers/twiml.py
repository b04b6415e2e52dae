"""The answers to Twilio's webhooks, as TwiML text.

To open our stream, and to end a call; with what a caller leaves the stream for somebody else is in
``twiml_away``. Built with Twilio's own library so that every text is escaped. It decides nothing:
``calls/switchboard`` does, and ``server`` calls this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]
    Connect,
    VoiceResponse,
)

SAY_CHARS_MAX: Final = 4000
"""Longer texts are cut: Twilio refuses a ``<Say>`` of more than 4096 characters."""
PARAMETER_CHARS_MAX: Final = 499
"""Name and value of one ``<Parameter>`` together (documented: under 500)."""

# What XML 1.0 cannot hold even escaped, and lone surrogates, which UTF-8 cannot.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def connect(
    stream_url: str,
    *,
    after_url: str,
    status_url: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """Open our stream, and have ``after_url`` asked when it is over, however it ended.

    ``after_url`` stands there twice: as the action of ``<Connect>``, and in a ``<Redirect>`` behind
    it, which catches a stream that never came about. The stream's URL has no query: Twilio drops it
    silently (documented for ``<Stream>``), so whatever it said would be lost.
    """
    assert "?" not in stream_url, "Twilio drops the query of a stream URL"
    assert "#" not in stream_url, "connection overrides are not documented for streams"
    verb = Connect(action=after_url, method="POST")
    stream = verb.stream(
        url=stream_url,
        status_callback=status_url,
        status_callback_method="POST" if status_url else None,
    )
    for name, value in (parameters or {}).items():
        assert len(name) + len(value) <= PARAMETER_CHARS_MAX, "a <Parameter> is at most 499 long"
        stream.parameter(name=clean(name), value=clean(value))
    response = VoiceResponse()
    response.append(verb)
    response.redirect(after_url, method="POST")
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def last_words(text: str | None, language: str | None = None, number: str | None = None) -> str:
    """Say a sentence in Twilio's own voice, for when ours cannot speak, and end the call.

    With a ``number`` (E.164) the caller is connected with it first, and with nobody after it.
    """
    response = VoiceResponse()
    if text is not None:
        response.say(clean(text)[:SAY_CHARS_MAX], language=language)
    if number is not None:
        response.dial(clean(number), answer_on_bridge=True)
    response.hangup()
    return str(response)


def reject(reason: Literal["rejected", "busy"] = "rejected") -> str:
    """Refuse a call that was not answered yet: the caller hears busy or unobtainable, unpaid."""
    response = VoiceResponse()
    response.reject(reason=reason)
    return str(response)


def clean(text: str) -> str:
    """The text without what XML has no way to write."""
    return _NOT_XML.sub(" ", text)
