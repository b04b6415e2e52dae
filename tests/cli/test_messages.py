"""``ivr messages``: listed, played, copied and deleted, from the files of a store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.audio import wav
from ivr.audio.mulaw import decode, encode
from ivr.cli import main, player
from ivr.settings import MESSAGES_FOLDER
from ivr.stores.messages import Head, Message, Messages

SAID = encode(bytes(range(200)) * 80)
"""One second."""


def left(store: Path, id: str, mailbox: str, minute: int, *, cut: bool = False) -> Message:
    at = datetime(2026, 11, 23, 10, minute, tzinfo=UTC)
    kept = Messages(store / MESSAGES_FOLDER)
    caller = None if cut else "+13125550177"
    spool = kept.open(Head(id, mailbox, "CA1", caller, "+13125550100", at, "main", "message"))
    spool.append(SAID)
    spool.finish(len(SAID), cut=cut)
    return kept.keep(spool)


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Path:
    left(tmp_path, "aa00000001", "desk", 1)
    left(tmp_path, "aa00000002", "desk", 2, cut=True)
    left(tmp_path, "bb00000003", "night@acme.example", 3)
    return tmp_path


def ivr(store: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["messages", *words, "--store", str(store)])


def test_messages_are_listed_by_mailbox_the_newest_first(store: Path) -> None:
    result = CliRunner().invoke(main, ["messages"], env={"IVR_STORE": str(store)})
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "desk  2 messages, 2 new",
        "  ● 2026-11-23 10:02  aa00000002  withheld  0:01  cut off",
        "  ● 2026-11-23 10:01  aa00000001  +13125550177  0:01",
        "night@acme.example  1 message, 1 new",
        "  ● 2026-11-23 10:03  bb00000003  +13125550177  0:01",
    ]
    one = ivr(store, "list", "night@acme.example")
    assert len(one.output.splitlines()) == 2


def test_a_message_is_played_to_its_end_and_is_new_no_longer(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard"
    writes = (player.MULAW, ("sh", "-c", f"exec cat > '{heard}'"))
    monkeypatch.setattr(player.find_player, "__defaults__", ((writes,),))
    result = ivr(store, "play", "bb")
    assert (result.exit_code, "bb00000003" in result.output) == (0, True)
    assert heard.read_bytes().endswith(encode(decode(SAID)))
    assert [each.heard for each in Messages(store / MESSAGES_FOLDER).all()] == [True, False, False]


def test_where_no_player_works_the_path_of_the_sound_is_told(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player.find_player, "__defaults__", ((),))
    result = ivr(store, "play")
    assert result.output.splitlines()[-1].endswith("bb00000003.wav")
    assert not any(each.heard for each in Messages(store / MESSAGES_FOLDER).all())


def test_messages_are_copied_with_telling_names(store: Path, tmp_path: Path) -> None:
    there = tmp_path / "copies"
    assert ivr(store, "export", "desk", str(there)).exit_code == 0
    assert ivr(store, "export", "bb", str(there)).exit_code == 0
    assert sorted(path.name for path in there.iterdir()) == [
        "2026-11-23_1001_+13125550177_aa00000001.wav",
        "2026-11-23_1002_withheld_aa00000002.wav",
        "2026-11-23_1003_+13125550177_bb00000003.wav",
    ]
    assert all(wav.read(path.read_bytes()) == encode(decode(SAID)) for path in there.iterdir())


def test_messages_are_deleted_all_that_are_named_or_none(store: Path) -> None:
    slip = ivr(store, "delete", "bb", "nothing")
    assert (slip.exit_code, len(Messages(store / MESSAGES_FOLDER).all())) == (2, 3)
    result = ivr(store, "delete", "bb", "aa00000002")
    assert result.output.splitlines() == [
        "deleted bb00000003, 0:01 from +13125550177",
        "deleted aa00000002, 0:01 from withheld",
    ]
    assert [each.id for each in Messages(store / MESSAGES_FOLDER).all()] == ["aa00000001"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["play", "aa"], "aa is the beginning of aa00000002, aa00000001: give more of the id"),
        (["delete", "zz"], "there is no message zz in"),
        (["list", "nobody"], "the mailbox nobody is empty"),
    ],
)
def test_what_is_not_there_is_one_sentence(store: Path, words: list[str], sentence: str) -> None:
    result = ivr(store, *words)
    assert (result.exit_code, sentence in result.output) == (2, True)


def test_a_store_without_messages_says_where_they_come_from(tmp_path: Path) -> None:
    result = ivr(tmp_path, "list")
    assert result.exit_code == 2
    assert "they appear there when callers have left some" in result.output
