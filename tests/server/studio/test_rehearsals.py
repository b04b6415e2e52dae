"""Flow tests made on saving, and calls kept as tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.flow.load import load
from ivr.server.editions import Edition
from ivr.server.studio.rehearsals import keep, make_calls, yaml_of
from ivr.server.studio.trials import Tried, Wrong
from tests.server.line import FLOWS
from tests.server.studio.test_door import TEST


class Used:
    """A set in use, as far as tests need one."""

    def __init__(self) -> None:
        loaded = load(FLOWS)
        assert loaded.flows is not None
        self.edition = Edition(loaded.flows)


def tried(*entries: dict[str, object]) -> Tried:
    started = datetime(2026, 11, 23, 10, 15, tzinfo=UTC).isoformat()
    rung = {"what": "webhook", "flow": "main", "from": "+13125550143", "started_at": started}
    return Tried("CA1", Used().edition.flows, [rung, *entries])


PRESSED = {"t": 9.0, "what": "key", "key": "2"}
ENDED = {"t": 99.0, "what": "end", "outcome": "hangup"}


def test_what_failed_and_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tests" / "deep").mkdir(parents=True)
    (tmp_path / "tests" / "a.test.yaml").write_text(TEST.format("Goodbye"))
    (tmp_path / "tests" / "deep" / "b.test.yaml").write_text(TEST.format("Farewell"))
    (tmp_path / "tests" / "c.test.yaml").write_text("calls: [")
    (tmp_path / "tests" / "d.test.yaml").write_bytes(b"\xff\xfe half")
    made = make_calls(tmp_path, cast("Any", Used()))
    assert made.passed == 1
    told = [(each["file"], each["line"]) for each in made.failed()]
    assert told == [("tests/c.test.yaml", 1), ("tests/deep/b.test.yaml", 7)]


def test_a_call_is_kept_under_its_name_and_made(tmp_path: Path) -> None:
    edition = Used().edition
    kept = keep(tmp_path, edition, tried(PRESSED, ENDED), "  Señor Núñez: “two”  ")
    assert kept["file"] == "tests/senor-nunez-two.test.yaml"
    assert kept["passed"], kept["output"]
    text = (tmp_path / str(kept["file"])).read_text()
    assert '  "Señor Núñez: “two”":\n' in text
    wrong = keep(tmp_path, edition, tried(PRESSED, {**ENDED, "outcome": "done"}), "other")
    assert (wrong["passed"], str(wrong["output"]).splitlines()[-1][:7]) == (False, "> line ")


@pytest.mark.parametrize("name", ["", " \n", "x" * 121, "a\x07b"])
def test_a_name_must_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(Wrong, match="give it a name"):
        keep(tmp_path, Used().edition, tried(PRESSED, ENDED), name)
    assert list(tmp_path.iterdir()) == []


def test_of_a_call_without_a_word_no_test_is_made() -> None:
    with pytest.raises(Wrong, match="nothing was said or done"):
        yaml_of(tried())
