"""What waits for the store: written in order, kept while it cannot be, spilled at the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.stores.backlog import Backlog, Spelling
from ivr.stores.base import StoreError
from tests.virtual import pass_time, run


def spell(word: str) -> bytes:
    if word == "fault":
        raise TypeError("not a word")
    return word.encode()


WORDS: Spelling[str] = Spelling(spell=spell, read=bytes.decode)


class Shelf:
    """Takes words; does not while it is out of order."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.tries = 0
        self.works = True

    async def write(self, word: str) -> None:
        self.tries += 1
        if word == "fault":
            raise TypeError("not a word")
        if not self.works:
            raise StoreError("the disk is full")
        self.words.append(word)


def backlog(shelf: Shelf, folder: Path | None = None, waiting_max: int = 99) -> Backlog[str]:
    return Backlog("words", shelf.write, WORDS, folder, waiting_max=waiting_max)


def test_what_waited_is_written_in_order_when_the_store_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        shelf = Shelf()
        waiting = backlog(shelf)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(waiting.run())
            shelf.works = False
            for word in ("a", "fault", "b"):
                waiting.add(word)
            await pass_time(100)
            assert (waiting.waiting, waiting.problem) == (3, "the disk is full")
            assert 5 < shelf.tries < 12, "it tries again, ever less often"
            shelf.works = True
            await pass_time(31)
            assert (waiting.waiting, waiting.problem, waiting.lost) == (0, None, 1)
            assert shelf.words == ["a", "b"]
            waiting.add("c")
            await waiting.aclose()
            assert shelf.words == ["a", "b", "c"]
            task.cancel()

    run(story())
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "words wait in memory: the disk is full",
        "words are written again; 2 wait",
        "a fault of ours: one of the words cannot be written",
    ]


def test_a_backlog_is_bounded_and_says_what_it_loses(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        waiting = backlog(Shelf(), waiting_max=2)
        for word in ("a", "b", "c"):
            waiting.add(word)
        assert (waiting.waiting, waiting.lost) == (2, 1)

    run(story())
    assert "one more is lost" in caplog.text


def test_what_could_not_be_written_is_spilled_and_read_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def end(shelf: Shelf, folder: Path, *words: str) -> None:
        waiting = backlog(shelf, folder)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(waiting.run())
            for word in words:
                waiting.add(word)
            await waiting.aclose(0.05)
            task.cancel()

    shelf = Shelf()
    shelf.works = False
    asyncio.run(end(shelf, tmp_path, "a", "fault", "b"))
    (file,) = tmp_path.iterdir()
    assert file.read_text() == "a\nb\n"
    assert file.stat().st_mode & 0o077 == 0
    assert f"(the disk is full) and are in {file}: the next start reads them" in caplog.text
    asyncio.run(end(shelf, tmp_path))
    assert list(tmp_path.iterdir()) == [file], "it stays while it cannot be written"
    shelf.works = True
    asyncio.run(end(shelf, tmp_path, "c"))
    assert list(tmp_path.iterdir()) == []
    assert shelf.words == ["a", "b", "c"]


def test_where_nothing_can_be_spilled_the_loss_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def end(folder: Path | None) -> None:
        waiting = backlog(Shelf(), folder)
        waiting.add("a")
        await waiting.aclose(0)

    run(end(None))
    assert "1 words were not written and are lost" in caplog.text
    (tmp_path / "file").write_text("")
    asyncio.run(end(tmp_path / "file"))
    assert "cannot be written either" in caplog.text
