"""Messages on disk: written whole, found again after a death, kept for so long and no longer."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.audio import wav
from ivr.audio.mulaw import decode, encode
from ivr.stores import messages
from ivr.stores.base import StoreError
from ivr.stores.messages import Head, Message, Messages, box_name, new_id

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SAID = encode(bytes(range(200)) * 160)
"""Two seconds."""


def head(mailbox: str = "desk@acme.example", caller: str | None = "+13125550177") -> Head:
    return Head(new_id(), mailbox, "CA1", caller, "+13125550100", AT, "main", "message", 2_000)


def left(kept: Messages, mailbox: str = "desk@acme.example", caller: str | None = None) -> Message:
    """A message that was left there."""
    spool = kept.open(head(mailbox, caller))
    spool.append(SAID)
    spool.finish(len(SAID), cut=False)
    return kept.keep(spool)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(name="kept")
def _kept(tmp_path: Path) -> Messages:
    return Messages(tmp_path / "messages")


def test_a_recording_becomes_a_message_of_two_files_and_its_spool_is_gone(kept: Messages) -> None:
    spool = kept.open(head())
    spool.append(SAID[:5_000])
    spool.append(SAID[5_000:])
    assert spool.finish(12_000, cut=False) == SAID[:12_000]
    message = kept.keep(spool)
    assert kept.all() == kept.all("desk@acme.example") == [message]
    assert (message.seconds, message.caller, message.heard) == (1.5, "+13125550177", False)
    assert wav.read(kept.sound_of(message).read_bytes()) == encode(decode(SAID[:12_000]))
    names = [f"desk@acme.example/{message.id}.{end}" for end in ("json", "wav")]
    assert files(kept.folder) == names
    assert {oct(kept.sound_of(message).stat().st_mode & 0o77)} == {"0o0"}, "for nobody else"


@pytest.mark.parametrize("whole", [False, True], ids=["while it was spoken", "before it was kept"])
def test_what_a_dead_process_left_behind_becomes_a_message(kept: Messages, whole: bool) -> None:
    """The file is closed and its lock gone; ``tests/server`` does it with a real kill."""
    spool = kept.open(head())
    spool.append(SAID)
    if whole:
        spool.finish(len(SAID), cut=False)
    spool.let_go()
    (message,) = kept.recover()
    assert (message.cut, message.seconds) == (not whole, 2.0)
    assert kept.all() == [message]
    assert kept.recover() == []


def test_what_is_being_spoken_or_is_too_short_or_is_rubbish_is_no_message(
    kept: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    alive, short = kept.open(head()), kept.open(head())
    alive.append(SAID)
    short.append(SAID[:1_000])
    short.let_go()
    rubbish = alive.path.with_name("0123456789.speaking")
    rubbish.write_bytes(b"rubbish\n\n")
    assert kept.recover() == []
    assert sorted(files(kept.folder)) == sorted(
        str(each.relative_to(kept.folder)) for each in (alive.path, rubbish)
    )
    assert "0123456789.speaking is no recording" in caplog.text


def test_a_full_mailbox_or_a_full_disk_takes_no_more(
    kept: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MESSAGES_MAX", 2)
    left(kept), left(kept)
    with pytest.raises(StoreError, match=r"holds 2 messages, .* ivr messages delete"):
        kept.open(head())
    kept.open(head("other")).throw_away()
    monkeypatch.setattr(messages, "FREE_BYTES_MIN", 1 << 60)
    with pytest.raises(StoreError, match="no recording is begun: make room"):
        kept.open(head("other"))
    assert len(files(kept.folder)) == 4


def test_messages_are_listed_the_newest_first_and_a_damaged_one_is_left_out(
    kept: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = left(kept), left(kept, "other")
    for mark in ({"heard": True}, {"told": True}, {"heard": True}, {"told": True}):
        kept.mark(first, **mark)
        marked = next(each for each in kept.all() if each.id == first.id)
        assert all(getattr(marked, name) for name in mark)
        assert marked.heard
    assert {each.id: (each.heard, each.told) for each in kept.all()} == {
        first.id: (True, True),
        second.id: (False, False),
    }
    (kept.folder / "other" / f"{second.id}.json").write_text("{")
    assert [each.id for each in kept.all()] == [first.id]
    assert "cannot be read" in caplog.text


def test_messages_of_one_caller_are_erased_and_the_others_stay(kept: Messages) -> None:
    mine = left(kept, caller="+13125550177"), left(kept, "other", "+13125550177")
    died = kept.open(head())
    died.append(SAID)
    died.let_go()
    others = {left(kept, caller="+1312555017").id, left(kept, caller=None).id}
    assert kept.erase("+13125550177") == len(mine) + 1
    assert {each.id for each in kept.all()} == others
    assert len(files(kept.folder)) == 2 * len(others)


def test_messages_are_removed_after_the_days_of_their_mailbox(kept: Messages) -> None:
    long, short = left(kept), left(kept, "other")
    days = {"desk@acme.example": 90}
    assert kept.expire(days, AT + timedelta(days=messages.KEEP_DAYS, hours=1)) == 1
    assert kept.all() == [long]
    orphan = kept.sound_of(short)
    orphan.write_bytes(b"")
    later = (AT + timedelta(days=91)).timestamp()
    os.utime(orphan, (later, later))
    assert kept.expire(days, AT + timedelta(days=91)) == 1
    assert files(kept.folder) == [str(orphan.relative_to(kept.folder))], "it may be being written"
    kept.expire(days, AT + timedelta(days=93))
    assert files(kept.folder) == []


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc", "a/b", ".spool", "", "x" * 300, "tür", "a\x00b", "..", "~"]
)
def test_no_mailbox_can_lead_out_of_the_folder_or_into_another(kept: Messages, name: str) -> None:
    folder = (kept.folder / box_name(name)).resolve()
    assert folder.parent == kept.folder.resolve()
    assert not folder.name.startswith(".")
    assert box_name(name) != box_name(name + "_")
    message = left(kept, name)
    assert kept.all(name) == [message]


def test_a_disk_that_refuses_is_one_sentence_and_a_spool_that_was_let_go_takes_nothing(
    kept: Messages,
) -> None:
    spool = kept.open(head())
    spool.let_go()
    with pytest.raises(StoreError, match="cannot be written"):
        spool.append(SAID)
