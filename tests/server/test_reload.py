"""A folder that is saved while the line answers, over real sockets and real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.folder import Folder, watched
from tests.server.line import Line, carriers

GOODBYE, FAREWELL = "Goodbye.", "Farewell, and thank you."


def said(line: Line) -> list[object]:
    return [entry["text"] for entry in line.entries("asked")]


def test_a_call_goes_on_as_it_began_and_the_next_one_hears_what_was_saved(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        line = folder.line
        async with carriers(line) as carrier, carrier().on_the_line() as old:
            await old.hear()
            folder.save(GOODBYE, FAREWELL)
            await folder.until(lambda: folder.sets.now.number == 2)
            assert folder.sets.alive == 2, "the old set is still open for the call"
            await old.press("2")
            assert await old.until_closed() == 1000
            assert said(line)[-1] == GOODBYE
            async with carrier().on_the_line() as new:
                await new.hear()
                await new.press("2")
                await new.until_closed()
            assert said(line)[-1] == FAREWELL
        await line.until(lambda: len(line.entries("end")) == 2)
        await folder.until(lambda: folder.sets.alive == 1)
        assert (await folder.health())["number"] == 2

    with watched(tmp_path) as folder:
        asyncio.run(story(folder))


def test_what_is_broken_is_told_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(folder: Folder) -> None:
        before = await folder.health()
        folder.save("1: desk", "1: dsek")
        await folder.until(lambda: bool(folder.sets.refused))
        told = await folder.health()
        refused = told.pop("refused")
        assert told == before
        assert refused["findings"] == 1
        assert "main.yaml:12:10 error F001" in refused["first"]
        finding = folder.sets.refused[0]
        assert (finding.flow, finding.step) == ("main", "main")
        folder.save("1: dsek", "1: desk")
        await folder.until(lambda: not folder.sets.refused)
        assert await folder.health() == before, "what is there again is not loaded again"

    with watched(tmp_path) as folder:
        asyncio.run(story(folder))
    assert [r.message for r in caplog.records if "F001" in r.message] != []


def test_functions_are_read_anew_and_a_file_that_is_cut_off_is_waited_for(tmp_path: Path) -> None:
    functions = "from ivr.outside.functions import function\n\n@function\ndef {}() -> str: ...\n"

    async def story(folder: Folder) -> None:
        file = folder.path / "functions.py"
        file.write_text("def half(")  # an editor that has not finished
        file.write_text(functions.format("whole"))
        await folder.until(lambda: folder.sets.now.number == 2)
        assert list(folder.sets.now.edition.functions.specs()) == ["whole"]
        file.write_text(functions.format("other"))
        await folder.until(lambda: folder.sets.now.number == 3)
        assert list(folder.sets.now.edition.functions.specs()) == ["other"]
        assert folder.sets.refused == ()

    with watched(tmp_path) as folder:
        asyncio.run(story(folder))


def test_a_locked_line_refuses_a_text_without_its_take(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        folder.save(GOODBYE, FAREWELL)
        await folder.until(lambda: bool(folder.sets.refused))
        assert "takes missing" in folder.sets.refused[0].message
        assert folder.sets.now.number == 1

    with watched(tmp_path, locked=True) as folder:
        asyncio.run(story(folder))
