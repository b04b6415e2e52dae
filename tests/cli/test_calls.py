"""``ivr calls``: records of calls that are over, listed and drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.calls.summary import to_lines
from ivr.cli import main
from ivr.stores.messages import Messages
from tests.calls.test_waterfall import WELCOME, Entry, asked, at, spoken
from tests.stores.kept import keep_record, records_in
from tests.stores.test_messages import left

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


def calls(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["calls", *arguments, "--store", str(store)])


def test_a_call_is_drawn_in_eighty_columns(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, CALL)
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
    keep_record(tmp_path, ONE, CALL)
    found = json.loads(calls(tmp_path, "show", ONE, "--json").output)
    assert found["call"] == ONE
    first, second = found["waterfalls"]
    assert (first["cause"], first["ended"]) == ("answer", "stopped")
    assert (second["key"], second["first_frame_ms"], second["audible_ms"]) == ("2", 0.7, 20.7)


def test_the_beginning_of_an_id_is_enough_where_it_fits_one_call(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, CALL)
    keep_record(tmp_path, TWO, CALL)
    assert calls(tmp_path, "show", "CA11").output.startswith(ONE)
    several = calls(tmp_path, "show", "CA1")
    assert several.exit_code == 2
    assert ONE in several.output
    assert "give more of the id" in several.output
    unknown = calls(tmp_path, "show", "CB")
    assert (unknown.exit_code, "ivr calls list" in unknown.output) == (2, True)


def begun(started_at: str, **changes: object) -> list[Entry]:
    """The same call, begun at another time and otherwise different like this."""
    webhook = {**WEBHOOK, "started_at": started_at, **changes}
    return [webhook, *CALL[1:]]


def test_last_is_the_call_that_began_last(tmp_path: Path) -> None:
    keep_record(tmp_path, TWO, begun("2026-11-24T00:00:00+00:00"))
    keep_record(tmp_path, ONE, CALL)
    assert calls(tmp_path, "show").output.startswith(TWO)
    assert calls(tmp_path, "show", "last").output.startswith(TWO)


def test_the_list_has_the_newest_first_in_columns_and_says_that_it_left_out_some(
    tmp_path: Path,
) -> None:
    for number in range(3):
        changes = {"from": None, "flow": "hotel_bookings"} if number == 1 else {}
        call = f"CA{number}".ljust(34, "0")
        keep_record(tmp_path, call, begun(f"2026-11-23T10:1{number}:00+00:00", **changes))
    rows = calls(tmp_path, "list", "--limit", "2").output.splitlines()
    assert rows == [
        "2026-11-23 10:12  CA2000000000  clinic          +13125550177  hangup  1:05  21 ms",
        "2026-11-23 10:11  CA1000000000  hotel_bookings  withheld      hangup  1:05  21 ms",
        "older ones are left out; --limit shows more",
    ]


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        (["--from", "+13125550177"], "CA0"),
        (["--flow", "hotel"], "CA1"),
        (["--since", "2026-11-24"], "CA1"),
        (["--until", "2026-11-23 10:16"], "CA0"),
        (["--text", "we are open"], "CA0"),
        (["--outcome", "hangup", "--to", "+1"], "CA1"),
    ],
)
def test_calls_are_found_by_what_is_known_of_them(
    tmp_path: Path, wishes: list[str], found: str
) -> None:
    keep_record(tmp_path, "CA0", CALL)
    other = begun("2026-11-24T00:00:00+00:00", **{"from": "+1555", "to": "+1"}, flow="hotel")
    keep_record(tmp_path, "CA1", [other[0], CALL[-1]])
    (row,) = calls(tmp_path, "list", *wishes).output.splitlines()
    assert row.split()[2] == found
    exported = calls(tmp_path, "export", *wishes)
    (line,) = map(json.loads, exported.output.splitlines())
    assert (line["call"], line["entries"][-1]["what"]) == (found, "end")


def test_a_wish_nobody_fulfils_and_a_moment_that_is_none_are_sentences(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, CALL)
    none = calls(tmp_path, "list", "--since", "3d", "--flow", "x")
    assert (none.exit_code, "no call in" in none.output) == (2, True)
    wrong = calls(tmp_path, "list", "--since", "Tuesday")
    assert (wrong.exit_code, "is no moment: write" in wrong.output) == (2, True)


def test_an_export_is_a_file_of_its_own_that_nobody_else_may_read(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, CALL)
    keep_record(tmp_path, TWO, CALL)
    file = tmp_path / "out.jsonl"
    told = calls(tmp_path, "export", "-o", str(file))
    assert told.output == f"wrote 2 records to {file}\n"
    first, _ = map(json.loads, file.read_text().splitlines())
    assert (first["outcome"], first["seconds"], first["wait_ms"]) == ("hangup", 65.0, 20.9)
    assert first["entries"] == json.loads(json.dumps(CALL))
    assert file.stat().st_mode & 0o077 == 0
    again = calls(tmp_path, "export", "-o", str(file))
    assert (again.exit_code, "is there already" in again.output) == (2, True)


def test_a_caller_is_erased_after_a_question(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, CALL)
    keep_record(tmp_path, TWO, begun("2026-11-24T00:00:00+00:00", **{"from": "+1555"}))
    number = "+1 (312) 555-0177"
    asked_first = CliRunner().invoke(
        main, ["calls", "erase", "--from", number, "--store", str(tmp_path)], input="n\n"
    )
    assert "1 record of calls from +13125550177, and all that belongs to them" in (
        asked_first.output
    )
    assert asked_first.exit_code == 1
    assert len(records_in(tmp_path)) == 2
    left(Messages(tmp_path / "messages"), caller="+13125550177")
    unwritten = {"call": "CA9", "entries": [*CALL[:1], CALL[-1]]}
    (tmp_path / "unwritten-records-1.jsonl").write_text(json.dumps(unwritten) + "\n")
    told = calls(tmp_path, "erase", "--from", number, "--yes")
    assert told.output == (
        "erased of +13125550177: 2 records, 0 calls between two streams, 0 parcels not sent yet, "
        "1 message\n"
    )
    assert [row.call for row, _ in records_in(tmp_path)] == [TWO]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"13125550177" not in b"".join(file.read_bytes() for file in files)


def test_a_caller_by_sip_is_found_and_erased_with_the_dots_of_their_address(
    tmp_path: Path,
) -> None:
    address = "sip:robin.vale@pbx.example"
    keep_record(tmp_path, ONE, begun("2026-11-24T00:00:00+00:00", **{"from": address}))
    assert address in calls(tmp_path, "list", "--from", address).output
    assert "1 record" in calls(tmp_path, "erase", "--from", address, "--yes").output


def test_damaged_lines_are_told_and_left_out(tmp_path: Path) -> None:
    lines = to_lines(CALL).splitlines()
    lines[3:3] = [b'{"t": 1, "wh', b"\xff\xfe", b"[]", b""]
    keep_record(tmp_path, ONE, CALL, lines=b"\n".join(lines))
    shown = calls(tmp_path, "show", ONE)
    assert shown.exit_code == 0
    for number in (4, 5, 6, 7):
        assert f"{ONE}:{number}: not an entry; left out" in shown.output
    assert "2 utterances" in shown.output


def test_a_call_in_which_nothing_was_said_and_that_never_ended(tmp_path: Path) -> None:
    keep_record(tmp_path, ONE, [{"t": 0, "what": "webhook", "from": None}])
    assert "nothing was said" in calls(tmp_path, "show").output
    (row,) = calls(tmp_path, "list").output.splitlines()
    assert row.split()[-4:] == ["withheld", "no", "end", "0:00"]


@pytest.mark.parametrize(
    "arguments", [("list",), ("show",), ("show", "CA1"), ("export",), ("erase", "--from", "+1")]
)
def test_without_records_there_is_one_sentence_with_a_remedy(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    told = calls(tmp_path, *arguments)
    assert told.exit_code == 2
    assert told.output.count("\n") == 1
    assert "--store" in told.output
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ivr.sqlite3").write_bytes(b"no database at all" * 99)
    told = calls(tmp_path, "list")
    assert (told.exit_code, told.output.count("\n")) == (2, 1)
    assert "is damaged" in told.output
