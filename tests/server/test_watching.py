"""A folder that is saved."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from ivr.server import watching
from ivr.server.watching import Watcher, changed_between, look
from tests.server.line import BOUND_S


def test_hidden_files_are_not_looked_at_and_what_came_went_or_changed_is(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", ".c.yaml.swp", "audio/d.wav", ".git/e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    before = look([tmp_path])
    assert {path.name for path in before} == {"a.yaml", "b.yaml", "d.wav"}
    (tmp_path / "a.yaml").write_text("longer")
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "f.yaml").write_text("")
    changed = changed_between(before, look([tmp_path]))
    assert {path.name for path in changed} == {"a.yaml", "b.yaml", "f.yaml"}


def test_a_save_is_told_once_it_is_whole_also_in_a_folder_that_is_new(tmp_path: Path) -> None:
    async def story() -> list[Collection[Path]]:
        watcher = Watcher(tmp_path)
        told: list[Collection[Path]] = []
        async with asyncio.timeout(BOUND_S), contextlib.aclosing(watcher.saved()) as saves:
            (tmp_path / ".main.yaml.swp").write_text("an editor's own")
            (tmp_path / "main.yaml").write_text("")
            (tmp_path / "main.yaml").write_text("steps:")
            told.append(await anext(saves))
            (tmp_path / "audio").mkdir()
            (tmp_path / "audio" / "hello.wav").write_bytes(b"RIFF")
            told.append(await anext(saves))
        assert await watcher.settled() == ()
        return told

    names = [[path.name for path in each] for each in asyncio.run(story())]
    assert names == [["main.yaml"], ["hello.wav"]]


def test_where_the_system_reports_nothing_looking_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> Iterator[object]:
        raise OSError("no more folders can be watched")

    monkeypatch.setattr(watching, "_watched", cannot)
    monkeypatch.setattr(watching, "AGAIN_SECONDS", 0.01)

    async def story() -> Collection[Path]:
        watcher = Watcher(tmp_path)
        async with asyncio.timeout(BOUND_S), contextlib.aclosing(watcher.saved()) as saves:
            (tmp_path / "main.yaml").write_text("steps:")
            return await anext(saves)

    assert [path.name for path in asyncio.run(story())] == ["main.yaml"]
