"""What a simulated call tells of others: who is rung, how that ended, how long somebody waited.

Sentences for ``dialogue.py``, one a line; and whom the flows may ring, so that ``--answers`` may
name them before the server has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.flow.model import FlowSet
from ivr.flow.steps.transfer import TransferTo
from ivr.phone.events import DialEnded, Dialled, QueueLeft
from ivr.server.addresses import heard_at

_PLAYS: Final = "Twilio plays "
URL_CHARS_MAX: Final = 70
"""Those with a signature in them are longer than anybody reads."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody the flows may ring."""

    name: str
    """As the flow names them."""
    accept: str
    """The key they take a call with; empty where answering does."""


def callees(flows: FlowSet) -> Mapping[str, Known]:
    """Everybody the flows may ring, by address."""
    found: dict[str, Known] = {}
    for flow in flows.flows.values():
        kinds = [action.kind for step in flow.steps.values() for action in step.actions]
        for kind in kinds:
            if not isinstance(kind, TransferTo):
                continue
            for name in kind.targets:
                address = flow.numbers.get(name, name)
                before = found.get(address)
                if before is None or not before.accept:
                    found[address] = Known(name, kind.accept)
    return found


def dialled(event: Dialled, name_of: Callable[[str], str]) -> str:
    """Who is rung."""
    numbers = ", ".join(
        f"{number} ({name_of(number)})" if name_of(number) else number for number in event.numbers
    )
    return f"transfers to {numbers or 'nobody'}"


def ended(began: Dialled | None, event: DialEnded) -> str:
    """How that ended."""
    rang_s = 0.0 if began is None else (event.at_ms - began.at_ms) / 1000
    in_life_s = 0 if began is None else began.timeout_s
    talked = f"answers, and hangs up after {event.talked_s} s"
    said = {
        "completed": talked if event.bridged else "answers, and does not take the call",
        "answered": f"is there, and talks for {event.talked_s} s",
        "no-answer": f"does not answer (rang {rang_s:.0f} s here; {in_life_s} s in life)",
        "busy": "is busy",
        "failed": "cannot be reached",
        "canceled": "rings until the caller gives up",
    }
    return said.get(event.status, event.status)


def heard(text: str) -> str:
    """What somebody hears of Twilio: of our own sounds what they are, of others a short address."""
    said, plays, url = text.partition(_PLAYS)
    if not plays:
        return text
    sound = heard_at(url)
    if sound is not None:
        return said + sound
    return said + plays + (url if len(url) <= URL_CHARS_MAX else url[:URL_CHARS_MAX] + "…")


def left(event: QueueLeft) -> str:
    """How waiting in a queue ended."""
    waited = f"after {event.waited_s} s"
    said = {
        "bridged": f"takes the call {waited}, and talks for {event.talked_s} s",
        "leave": f"nobody takes the call; it leaves the queue {waited}",
        "hangup": f"nobody takes the call, and it is over {waited}",
        "queue-full": "the queue is full",
    }
    return said.get(event.result, f"the queue fails: {event.result}")
