"""Lines of a test about the world outside: what is asked of it, told it, and recorded.

Part of ``directions.py``, whose table of verbs names these functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow.reader import E164, did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.steps.http import METHODS
from ivr.rehearsal.script import Queued, Records, Requested, Texted, Told, Verb
from ivr.rehearsal.words import Wanted

if TYPE_CHECKING:
    from ivr.rehearsal.directions import Directions

TALK_MS_MAX = 3_600_000
_REQUEST = "what is asked, like  POST /appointments"
_TEXTED = "a map like {to: +13125550177, has: Your code}"


def queued(reading: Directions, name: Scalar, value: Node | None) -> Verb | None:
    """``queued: support``, or ``queued`` anywhere."""
    if value is None:
        return Queued(None)
    queue = reading.text(name, value, "a queue's name")
    if queue is not None and queue not in reading.known.queues:
        remedy = did_you_mean(queue, reading.known.queues)
        message = f"no step puts callers into the queue “{queue}”"
        reading.reader.report("S007", message, value.span, remedy)
        return None
    return Queued(queue) if queue is not None else None


def records(reading: Directions, name: Scalar, value: Node | None) -> Verb | None:
    """``records: 12s``."""
    if value is None:
        reading.needs(name, "how long the caller speaks, like 12s")
        return None
    if not reading.known.records:
        message = "no step records what the caller says"
        reading.reader.report("S007", message, name.span, "leave it out")
        return None
    return Records(reading.reader.duration(value, 100, TALK_MS_MAX, 1_000))


def requested(reading: Directions, name: Scalar, value: Node | None) -> Verb | None:
    """``requested: POST /appointments``, or ``{request: …, body: {at: …}}``."""
    if value is None:
        return Requested(None)
    if not isinstance(value, MappingNode):
        request = _request(reading, name, value)
        return Requested(request) if request is not None else None
    reading.reader.only(value, {"request", "body"})
    asked, body = value.get("request"), value.get("body")
    request = _request(reading, name, asked) if asked is not None else None
    if asked is not None and request is None:
        return None
    expected = reading.expected(name, body, "fields of its body") if body is not None else ()
    return Requested(request, expected)


def _request(reading: Directions, name: Scalar, node: Node) -> str | None:
    text = reading.text(name, node, _REQUEST)
    if text is None:
        return None
    method, _, path = text.partition(" ")
    if method.upper() not in METHODS or not path.strip():
        reading.reader.wrong_type(node, _REQUEST)
        return None
    pattern = f"{method.upper()} {path.strip().partition('?')[0]}"
    if not reading.known.may_request(pattern):
        remedy = did_you_mean(pattern, reading.known.paths)
        reading.reader.report("S007", f"no step asks for “{pattern}”", node.span, remedy)
        return None
    return pattern


def texted(reading: Directions, name: Scalar, value: Node | None) -> Verb | None:
    """``texted: {to: +13125550177, has: Your code}``, or only the words."""
    if not reading.known.texts:
        message = "no step sends a text message"
        reading.reader.report("S007", message, name.span, "leave it out")
        return None
    to: str | None = None
    words = value
    if isinstance(value, MappingNode):
        reading.reader.only(value, {"to", "has"})
        words, number = value.get("has"), value.get("to")
        to = reading.text(name, number, "a telephone number") if number is not None else None
        if to is not None and number is not None and E164.fullmatch(to) is None:
            reading.reader.wrong_type(number, "a telephone number like +13125550177")
            return None
    if words is None:
        return Texted(to, None)
    text = reading.text(name, words, _TEXTED)
    wanted = Wanted.of(text) if text is not None else None
    if text is not None and wanted is None:
        reading.needs(name, "the words of the message")
    return Texted(to, wanted) if wanted is not None else None


def told(reading: Directions, name: Scalar, value: Node | None) -> Verb | None:
    """``told: gave_up``, or ``{event: gave_up, with: {reason: …}}``."""
    if value is None:
        return Told(None)
    node: Node | None = value
    data: Node | None = None
    if isinstance(value, MappingNode):
        reading.reader.only(value, {"event", "with"})
        node, data = value.get("event"), value.get("with")
    event = reading.text(name, node, "an event's name")
    if event is None or node is None:
        return None
    if event not in reading.known.events:
        remedy = did_you_mean(event, reading.known.events)
        reading.reader.report("S007", f"no step tells “{event}”", node.span, remedy)
        return None
    expected = reading.expected(name, data, "what goes along with it") if data is not None else ()
    return Told(event, expected)
