"""Whoever is to know of a new message is told: an event without the sound, a letter with it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ivr.audio import wav
from ivr.audio.mulaw import decode, encode
from ivr.flow.messages import Emit
from ivr.flow.model import FlowSet
from ivr.flow.world import Mailbox
from ivr.outside.parcels import Parcel
from ivr.server.notices import Notices
from ivr.stores.messages import Head, Message, Messages, new_id
from tests.server.line import CALLER, NUMBER
from tests.server.test_app import flow_set

BOX = "desk@acme.example"
SAID = encode(bytes(range(200)) * 960)
"""Twelve seconds."""


class Town:
    """Messages, and what was told of them."""

    def __init__(self, folder: Path, flows: FlowSet, *, mails: bool = True) -> None:
        self.messages = Messages(folder)
        self.events: list[tuple[str, Emit, int]] = []
        self.parcels: list[Parcel] = []

        def tell(set: FlowSet, call: str, event: Emit, number: int) -> None:
            assert set is flows
            self.events.append((call, event, number))

        async def put(parcel: Parcel) -> bool:
            self.parcels.append(parcel)
            return True

        self.notices = Notices(self.messages, lambda: flows, tell, put if mails else None)

    def left(
        self, mailbox: str = BOX, *, caller: str | None = CALLER, cut: bool = False
    ) -> Message:
        at = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
        head = Head(new_id(), mailbox, "CA1", caller, NUMBER, at, "main", "message")
        spool = self.messages.open(head)
        spool.append(SAID)
        spool.finish(len(SAID), cut=cut)
        message = self.messages.keep(spool)
        asyncio.run(self.notices(message))
        return message


def test_an_event_tells_everything_but_the_sound_and_a_letter_brings_it(tmp_path: Path) -> None:
    town = Town(tmp_path, flow_set())
    message = town.left()
    ((call, event, number),) = town.events
    assert (call, event.name, event.place) == ("CA1", "voicemail", "main/message")
    assert event.data == {
        "id": message.id,
        "mailbox": BOX,
        "caller": CALLER,
        "seconds": 12.0,
        "cut": False,
    }
    (parcel,) = town.parcels
    assert (parcel.call, parcel.purpose, parcel.kind) == ("CA1", f"voicemail:{message.id}", "mail")
    letter = msgspec.json.decode(parcel.payload)
    assert (letter["to"], letter["subject"]) == (BOX, f"Message from {CALLER}, 0:12")
    assert "Called:  +15550001111 (A line under test)" in letter["text"]
    assert "When:    Monday 2026-11-23, 16:15 UTC" in letter["text"]
    (attached,) = letter["attachments"]
    sound = msgspec.convert(attached["data"], bytes)
    assert wav.read(sound) == encode(decode(SAID))
    assert attached["name"] == f"message-2026-11-23-1615-{message.id}.wav"
    assert town.left().id != message.id
    assert town.events[1][2] != number, "two messages of one call are two events"


def test_a_message_that_was_cut_off_or_from_nobody_says_so(tmp_path: Path) -> None:
    town = Town(tmp_path, flow_set())
    town.left(caller=None, cut=True)
    letter = msgspec.json.decode(town.parcels[0].payload)
    assert letter["subject"] == "Message from a withheld number, 0:12"
    assert "The line broke off" in letter["text"]


def test_a_mailbox_no_letter_can_reach_is_told_in_the_log_and_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    town = Town(tmp_path, flow_set())
    message = town.left("the desk@ acme")
    assert (len(town.events), town.parcels) == (1, [])
    assert f"the message {message.id} cannot be mailed: that is no address" in caplog.text


@pytest.mark.parametrize(
    ("mailbox", "box", "mails", "letters"),
    [
        (BOX, None, True, 1),
        (BOX, Mailbox(BOX, 90, mail=True), True, 1),
        (BOX, Mailbox(BOX, 90, mail=False), True, 0),
        ("desk", None, True, 0),
        (BOX, None, False, 0),
    ],
)
def test_an_address_is_mailed_unless_it_does_not_want_it_or_nothing_is_configured(
    tmp_path: Path, mailbox: str, box: Mailbox | None, mails: bool, letters: int
) -> None:
    flows = replace(flow_set(), mailboxes={} if box is None else {mailbox: box})
    town = Town(tmp_path, flows, mails=mails)
    town.left(mailbox)
    assert (len(town.events), len(town.parcels)) == (1, letters)
