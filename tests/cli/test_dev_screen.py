"""What ``ivr dev`` prints after a save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.cli.dev_screen import Screen
from ivr.cli.watching import FolderReader
from ivr.server.editions import Finding
from ivr.server.studio.rehearsals import make_calls
from ivr.settings import Settings
from tests.cli.test_serve import write
from tests.server.line import FLOWS
from tests.server.studio.test_door import TEST


class Sets:
    """What the screen looks at."""

    def __init__(self) -> None:
        self.refused: tuple[Finding, ...] = ()
        self.now = cast(Any, type("Now", (), {"number": 3}))
        self.changed: Callable[[], None]

    def listen(self, listener: Any) -> None:
        self.changed = listener


class Saved:
    """A folder, a screen, and what is told to it."""

    def __init__(self, tmp_path: Path, files: dict[str, str]) -> None:
        self.path = write(tmp_path / "flows", FLOWS | files)
        self.screen, self.sets = Screen(), Sets()
        self.screen.follow(cast("Any", self.sets))
        self.read = FolderReader(self.path, Settings(), stubbed=True, told=self.screen.read).read()
        self.screen.read(self.read)

    def rehearse(self) -> None:
        edition = self.read.reading().edition
        used = cast(Any, type("Used", (), {"number": 3, "edition": edition}))
        if edition is not None:
            used.flows = edition.flows
        self.screen.rehearsed(make_calls(self.path, used))


def test_when_all_is_well_it_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = Saved(tmp_path, {})
    (saved.path / "tests").mkdir()
    (saved.path / "tests" / "main.test.yaml").write_text(TEST.format("Goodbye"))
    saved.rehearse()
    line = capsys.readouterr().out
    assert line.startswith("set 3 · 1 flow · 1 test passed · ")
    assert line.count("\n") == 1


def test_findings_and_failures_look_as_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsaid = FLOWS["main.yaml"].replace("    # ivr: allow P001", "    # was: allow P001")
    saved = Saved(tmp_path, {"main.yaml": unsaid})
    (saved.path / "tests").mkdir()
    (saved.path / "tests" / "main.test.yaml").write_text(TEST.format("Farewell"))
    saved.rehearse()
    told = capsys.readouterr().out
    assert "flows/main.yaml:10:" in told
    assert " warning P001 " in told
    assert "flows/tests/main.test.yaml:7:9 failed: says goodbye" in told
    assert "set 3 · 1 flow · 1 finding · 1 of 1 test failed · " in told


def test_of_many_failures_the_first_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = Saved(tmp_path, {})
    (saved.path / "tests").mkdir()
    for name in "abcde":
        (saved.path / "tests" / f"{name}.test.yaml").write_text(TEST.format("Farewell"))
    saved.rehearse()
    told = capsys.readouterr().out
    assert told.count(" failed: says goodbye") == 3
    assert "and 2 more:  ivr test " in told
    assert "5 of 5 tests failed" in told


def test_a_refused_set_is_told_once_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = Saved(tmp_path, {"main.yaml": FLOWS["main.yaml"].replace("1: desk", "1: dsek")})
    saved.sets.refused = saved.read.reading().findings
    saved.sets.changed()
    saved.sets.changed()
    told = capsys.readouterr().out
    assert told.count("error F001") == 1
    assert told.endswith("not used; set 3 goes on\n")
