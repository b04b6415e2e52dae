"""``ivr calls``: records of calls that are over, listed and drawn."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from tests.calls.test_waterfall import WELCOME, Entry, asked, at, spoken

ONE = "CA11111111111111111111111111111111"
TWO = "CA12222222222222222222222222222222"
WEBHOOK = at(
    0,
    "webhook",
    **{"from": "+13125550177", "to": "+13125550100"},
    flow="clinic",
    started_at="2026-11-23T10:15:00.123456+00:00",
)
CALL = [
    WEBHOOK,
    *WELCOME[1:],
    at(900, "key", key="2"),
    at(900.1, "stopped", utterance=1, played_ms=799),
    asked(900.2, 2, "key", "We are open. " * 10),
    *spoken(900.2, 2),
    at(2900, "heard", utterance=2),
    at(65_000, "end", outcome="hangup"),
]


def write(store: Path, call: str, entries: list[Entry], *, day: str = "2026-11-23") -> Path:
    folder = store / "calls" / day
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{call}.jsonl"
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return file


def calls(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["calls", *arguments, "--store", str(store)])


def test_a_call_is_drawn_in_eighty_columns(tmp_path: Path) -> None:
    write(tmp_path, ONE, CALL)
    shown = calls(tmp_path, "show", ONE)
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[:4] == [
        ONE,
        "2026-11-23 10:15:00  +13125550177 → +13125550100 clinic  hangup 1:05",
        "",
        "   0.1  answer → main/start",
    ]
    assert "   0.9  key 2 → main/start" in lines
    stages = [line.split()[0] for line in lines if line.startswith("  ") and " ms" in line]
    waited = ["text", "take", "frame", "audible"]
    assert stages == [*waited, "stopped", *waited, "heard"]
    assert lines[-1].startswith("2 utterances · the slowest: ")


def test_the_numbers_alone_are_json(tmp_path: Path) -> None:
    write(tmp_path, ONE, CALL)
    found = json.loads(calls(tmp_path, "show", ONE, "--json").output)
    assert found["call"] == ONE
    first, second = found["waterfalls"]
    assert (first["cause"], first["ended"]) == ("answer", "stopped")
    assert (second["key"], second["first_frame_ms"], second["audible_ms"]) == ("2", 0.7, 20.7)


def test_the_beginning_of_an_id_is_enough_where_it_fits_one_call(tmp_path: Path) -> None:
    write(tmp_path, ONE, CALL)
    write(tmp_path, TWO, CALL)
    assert calls(tmp_path, "show", "CA11").output.startswith(ONE)
    several = calls(tmp_path, "show", "CA1")
    assert several.exit_code == 2
    assert ONE in several.output
    assert "give more of the id" in several.output
    unknown = calls(tmp_path, "show", "CB")
    assert (unknown.exit_code, "ivr calls list" in unknown.output) == (2, True)


def test_last_is_the_call_that_ended_last(tmp_path: Path) -> None:
    os.utime(write(tmp_path, TWO, CALL), (2_000, 2_000))
    os.utime(write(tmp_path, ONE, CALL), (1_000, 1_000))
    assert calls(tmp_path, "show").output.startswith(TWO)
    assert calls(tmp_path, "show", "last").output.startswith(TWO)
    newer = "CA13333333333333333333333333333333"
    os.utime(write(tmp_path, newer, CALL, day="2026-11-24"), (500, 500))
    assert calls(tmp_path, "show").output.startswith(newer)


def test_the_list_has_the_newest_first_and_says_what_it_left_out(tmp_path: Path) -> None:
    for number in range(3):
        call = f"CA{number}".ljust(34, "0")
        os.utime(write(tmp_path, call, CALL), (number, number))
    rows = calls(tmp_path, "list", "--limit", "2").output.splitlines()
    assert rows == [
        "2026-11-23 10:15  CA2000000000  clinic  +13125550177  hangup 1:05  21 ms",
        "2026-11-23 10:15  CA1000000000  clinic  +13125550177  hangup 1:05  21 ms",
        "1 older; --limit shows more",
    ]


def test_damaged_lines_are_told_and_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, ONE, CALL)
    lines = file.read_bytes().splitlines()
    lines[3:3] = [b'{"t": 1, "wh', b"\xff\xfe", b"[]", b""]
    file.write_bytes(b"\n".join(lines))
    shown = calls(tmp_path, "show", ONE)
    assert shown.exit_code == 0
    for number in (4, 5, 6, 7):
        assert f"{ONE}.jsonl:{number}: not an entry; left out" in shown.output
    assert "2 utterances" in shown.output
    assert "4 damaged" in calls(tmp_path, "list").output


def test_a_call_in_which_nothing_was_said_and_that_never_ended(tmp_path: Path) -> None:
    write(tmp_path, ONE, [{"t": 0, "what": "webhook", "from": None}])
    assert "nothing was said" in calls(tmp_path, "show").output
    (row,) = calls(tmp_path, "list").output.splitlines()
    assert row.split()[-3:] == ["withheld", "no", "end"]


@pytest.mark.parametrize("arguments", [("list",), ("show",), ("show", "CA1")])
def test_without_records_there_is_one_sentence_with_a_remedy(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    told = calls(tmp_path, *arguments)
    assert told.exit_code == 2
    assert told.output.count("\n") == 1
    assert "--store" in told.output
