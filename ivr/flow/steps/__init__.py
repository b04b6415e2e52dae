"""The table of step kinds: one file each, one line here.

The loader reads steps by it, and refuses by it what a later version will know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.model import Kind
from ivr.flow.reader import Reader
from ivr.flow.steps import ask, assign, language, menu, transfer

COMMON = frozenset(
    {
        "say",
        "play",
        "pause",
        "whole",
        "interrupt",
        "voice",
        "goto",
        "if",
        "fresh",
        "budget",
        "tag",
        "note",
        "was",
    }
)
"""Keys every action may have."""


@dataclass(frozen=True, slots=True)
class KindSpec:
    """What the loader needs to know of a kind."""

    load: Callable[[Reader, source.Mapping, source.Node], Kind | None]
    options: frozenset[str]
    outcomes: frozenset[str]
    goto: bool
    """Whether ``goto`` may stand beside it."""


KINDS: Mapping[str, KindSpec] = {
    "menu": KindSpec(menu.load, menu.OPTIONS, menu.OUTCOMES, goto=False),
    "ask": KindSpec(ask.load, ask.OPTIONS, ask.OUTCOMES, goto=True),
    "transfer": KindSpec(transfer.load, transfer.OPTIONS, transfer.OUTCOMES, goto=False),
    "set": KindSpec(assign.load, assign.OPTIONS, assign.OUTCOMES, goto=True),
    "language": KindSpec(language.load, language.OPTIONS, language.OUTCOMES, goto=True),
}

LATER = frozenset(
    {
        "voicemail",
        "http",
        "run",
        "return",
        "record",
        "record_call",
        "queue",
        "do",
        "sms",
        "send_keys",
        "event",
        "twiml",
    }
)
"""Kinds of the language that this version does not have yet."""
RESERVED = frozenset({"agent", "stream", "pay", "dial_out"})
"""Kinds the language keeps for later."""
