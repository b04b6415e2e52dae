"""``ivr test --record``: which record is meant, what is written, and that it is tried at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_test import folder, run
from tests.stores.kept import keep_record

CALL = "CA0123456789abcdef0123456789abcdef"
ENTRIES: list[dict[str, object]] = [
    {"what": "webhook", "flow": "main", "from": None, "started_at": "2026-11-23T10:15:00+00:00"},
    {"what": "asked", "utterance": 1, "text": "Hello. To finish, press 1.", "interruptible": True},
    {"what": "key", "key": "1"},
    {"what": "stopped", "utterance": 1, "played_ms": 400.0},
    {"what": "asked", "utterance": 2, "text": "Goodbye.", "interruptible": True, "cause": "key"},
    {"what": "heard", "utterance": 2},
    {"what": "end", "outcome": "hangup"},
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flows folder, and a store with the record of one call to it."""
    keep_record(tmp_path / "var", CALL, ENTRIES)
    monkeypatch.setenv("IVR_STORE", str(tmp_path / "var"))
    return folder(tmp_path / "flows")


@pytest.mark.parametrize("wanted", ["last", CALL, "CA0123"])
def test_a_call_of_the_store_becomes_a_test_that_passes(root: Path, wanted: str) -> None:
    result = run(root, "--record", wanted)
    file = root / "tests/recorded-CA0123456789.test.yaml"
    assert result.output.splitlines() == [
        f"wrote {file}",
        f"{file}:4:3 passed: as recorded on 2026-11-23 at 10.15.00",
    ]
    assert result.exit_code == 0
    assert run(root).output == "1 passed, 0 failed\n"


def test_a_record_may_be_named_by_its_file(root: Path, tmp_path: Path) -> None:
    record = tmp_path / "call.jsonl"
    record.write_text("".join(f"{json.dumps(entry)}\n" for entry in ENTRIES), "utf-8")
    assert run(root / "main.yaml", "--record", record).exit_code == 0


def test_a_call_that_would_go_another_way_now_is_told_at_once(root: Path) -> None:
    flow = root / "main.yaml"
    flow.write_text(flow.read_text().replace("Goodbye", "See you"))
    result = run(root, "--record", "last")
    assert result.exit_code == 1
    assert "the test says “hears: Goodbye.”" in result.output


def test_no_test_is_written_over_another(root: Path) -> None:
    run(root, "--record", "last")
    result = run(root, "--record", "last")
    assert result.exit_code == 2
    assert "is there already: rename or delete it first" in result.output


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("CA99", "has an id that begins with CA99"),
        ("no.jsonl", "no.jsonl cannot be read: No such file"),
    ],
)
def test_a_record_that_is_not_there_is_one_sentence(root: Path, wanted: str, sentence: str) -> None:
    result = run(root, "--record", wanted)
    assert result.exit_code == 2
    assert result.output.startswith("ivr: ")
    assert sentence in result.output


@pytest.mark.parametrize("text", ["no record\n", '{"what": "end"}\n'])
def test_a_file_that_is_no_record_of_these_flows_is_one_sentence(
    root: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    result = run(root, "--record", tmp_path / "x.jsonl")
    assert result.exit_code == 2
    assert result.output.startswith(f"ivr: {tmp_path}/x.jsonl")
    assert not list(root.glob("tests/recorded*"))
