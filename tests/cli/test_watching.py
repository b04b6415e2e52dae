"""A folder as a line reads it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ivr.cli.watching import FolderReader, Read
from ivr.errors import SettingsError
from ivr.settings import Settings
from tests.cli.test_serve import write
from tests.server.line import FLOWS

ASKS = """
language: en-US
voice: beeps
steps:
  main:
    http: GET https://example.com/x
    headers: {Authorization: "Bearer ${secrets.clinic}"}
    goto: hangup
"""


def reader(
    tmp_path: Path, files: dict[str, str], locked: bool = False
) -> tuple[FolderReader, list[Read]]:
    path = write(tmp_path / "flows", FLOWS | files)
    told: list[Read] = []
    settings = Settings(store=str(tmp_path / "var"))
    return FolderReader(path, settings, locked, told=told.append), told


def test_a_good_folder_gives_an_edition_and_a_broken_one_its_findings(tmp_path: Path) -> None:
    read, told = reader(tmp_path, {})
    assert read().edition is not None
    (read.path / "main.yaml").write_text("steps: 7")
    broken = read()
    assert broken.edition is None
    assert broken.findings[0].file == "main.yaml"
    assert len(told) == 2


def test_a_locked_line_wants_every_take(tmp_path: Path) -> None:
    read, _ = reader(tmp_path, {}, locked=True)
    with pytest.raises(SettingsError, match="takes missing"):
        read()


def test_what_a_real_line_lacks_is_said_once_and_not_where_nothing_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = "voices:\n  beeps: {provider: tone}\nallowed_hosts: [example.com]\n"
    read, _ = reader(tmp_path, {"asks.yaml": ASKS, "settings.yaml": settings})
    with caplog.at_level(logging.WARNING):
        reading = read()
        assert reading.edition is not None, reading.findings
        read()
        FolderReader(read.path, read.settings, stubbed=True)()
    assert len([r for r in caplog.records if "the secret clinic" in r.message]) == 1
