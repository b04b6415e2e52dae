"""The table of step kinds: one file each, one line here.

The loader reads steps by it, and refuses by it what a later version will know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.model import Kind
from ivr.flow.reader import Reader
from ivr.flow.steps import (
    ask,
    assign,
    do,
    event,
    giving_back,
    http,
    language,
    menu,
    queue,
    record,
    record_call,
    run,
    send_keys,
    sms,
    transfer,
    twiml,
    voicemail,
)
from ivr.flow.steps.common import COMMON

__all__ = ["COMMON", "KINDS", "LATER", "RESERVED", "KindSpec"]


@dataclass(frozen=True, slots=True)
class KindSpec:
    """What the loader needs to know of a kind."""

    load: Callable[[Reader, source.Mapping, source.Node], Kind | None]
    options: frozenset[str]
    outcomes: frozenset[str]
    goto: bool
    """Whether ``goto`` may stand beside it."""
    open: bool = False
    """Any other key is the name of an outcome, which the checker knows from elsewhere."""


KINDS: Mapping[str, KindSpec] = {
    "menu": KindSpec(menu.load, menu.OPTIONS, menu.OUTCOMES, goto=False),
    "ask": KindSpec(ask.load, ask.OPTIONS, ask.OUTCOMES, goto=True),
    "voicemail": KindSpec(voicemail.load, voicemail.OPTIONS, voicemail.OUTCOMES, goto=False),
    "transfer": KindSpec(transfer.load, transfer.OPTIONS, transfer.OUTCOMES, goto=False),
    "http": KindSpec(http.load, http.OPTIONS, http.OUTCOMES, goto=True),
    "set": KindSpec(assign.load, assign.OPTIONS, assign.OUTCOMES, goto=True),
    "run": KindSpec(run.load, run.OPTIONS, run.OUTCOMES, goto=True, open=True),
    "return": KindSpec(giving_back.load, giving_back.OPTIONS, giving_back.OUTCOMES, goto=False),
    "language": KindSpec(language.load, language.OPTIONS, language.OUTCOMES, goto=True),
    "record": KindSpec(record.load, record.OPTIONS, record.OUTCOMES, goto=True),
    "record_call": KindSpec(record_call.load, record_call.OPTIONS, record_call.OUTCOMES, goto=True),
    "queue": KindSpec(queue.load, queue.OPTIONS, queue.OUTCOMES, goto=False),
    "do": KindSpec(do.load, do.OPTIONS, do.OUTCOMES, goto=True, open=True),
    "sms": KindSpec(sms.load, sms.OPTIONS, sms.OUTCOMES, goto=True),
    "send_keys": KindSpec(send_keys.load, send_keys.OPTIONS, send_keys.OUTCOMES, goto=True),
    "event": KindSpec(event.load, event.OPTIONS, event.OUTCOMES, goto=True),
    "twiml": KindSpec(twiml.load, twiml.OPTIONS, twiml.OUTCOMES, goto=False),
}

LATER: frozenset[str] = frozenset()
"""Kinds of the language that this version does not have yet."""
RESERVED = frozenset({"agent", "stream", "pay", "dial_out"})
"""Kinds the language keeps for later."""
