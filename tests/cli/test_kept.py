"""Which store the command line looks at, and which of its calls is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.cli.kept import LAST, asked, find, settings_of
from ivr.errors import SettingsError
from tests.stores.kept import keep_record

ENTRIES = [{"t": 0, "what": "webhook", "started_at": "2026-11-23T10:15:00+00:00"}]


def test_a_store_that_is_named_counts_more_than_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IVR_STORE", "elsewhere")
    assert settings_of(None).store == "elsewhere"
    assert settings_of("here").folder == Path("here")
    assert settings_of("postgres://db/ivr").folder == Path("var"), "files are kept on this machine"


def test_an_id_that_is_whole_is_meant_although_another_begins_with_it(tmp_path: Path) -> None:
    for call in ("CA1", "CA12", "CA13"):
        keep_record(tmp_path, call, ENTRIES)

    def found(wanted: str) -> str:
        return asked(str(tmp_path), lambda store: find(store, wanted)).summary.call

    assert (found("CA1"), found("CA12")) == ("CA1", "CA12")
    assert found(LAST) in {"CA1", "CA12", "CA13"}
    with pytest.raises(SettingsError, match="the beginning of CA1, CA12, CA13: give more"):
        found("C")


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no records of calls in"):
        asked(str(tmp_path / "none"), lambda store: find(store, LAST))
    assert not (tmp_path / "none").exists()
