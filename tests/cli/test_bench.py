"""``ivr bench`` itself: its options, its tables. Whole benches are in ``test_bench_run``."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from rich.console import Console

from ivr.cli import main
from ivr.cli.bench import show
from ivr.cli.bench_numbers import Report
from tests.cli.test_bench_page import report

COLUMNS = 80


def shown(report: Report) -> str:
    written = io.StringIO()
    show(report, Console(width=COLUMNS, file=written))
    return written.getvalue()


def test_the_tables_fit_a_terminal_and_hold_the_numbers() -> None:
    text = shown(report())
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert "fixed" in text
    assert "41.2 / 41.2" in text
    assert "met" in text
    assert "not to be trusted: fixed, 1: the <generator> was late" in text
    assert "[late]" in text
    assert "pins no process" not in text


def test_what_the_vendor_took_stands_beside_what_it_is_set_to() -> None:
    text = " ".join(shown(report()).split())
    assert (
        "live, 1 call: the vendor took 76 / 78 ms, set to 75; beyond that a key took 4 / 12 ms "
        "(median / p99)"
    ) in text


def test_without_cores_and_proc_it_says_what_was_not_measured() -> None:
    whole = report()
    runs = tuple(replace(each, cpu_s_per_call_minute=None) for each in whole.runs)
    text = " ".join(shown(replace(whole, runs=runs, server_core=None)).split())
    assert "pins no process to a core" in text
    assert "has no /proc" in text


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--calls", "1"], "--calls"),
        (["--calls", "501"], "--calls"),
        (["--json", "nowhere/at/all.json"], "no folder nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["bench", *arguments])
    assert result.exit_code == 2
    assert what in result.stderr


def test_it_is_listed_with_a_sentence() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert "Measure how soon callers hear something" in result.stdout
