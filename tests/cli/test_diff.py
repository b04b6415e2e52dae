"""``ivr diff``: what it prints of two versions, and what it takes for versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main

FLOW = """\
title: Front desk
steps:
  main:
    say: For sales, press 1.
    menu:
      1: sales
    fail: sales

  sales:
    say: One moment.
    transfer: +12125550123
    ring: 20s
    otherwise: hangup
"""


def diff(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the same flow."""
    folders = (tmp_path / "old", tmp_path / "new")
    for folder in folders:
        folder.mkdir()
        (folder / "desk.yaml").write_text(FLOW, "utf-8")
    return folders


def change(folder: Path, *pairs: str) -> None:
    text = (folder / "desk.yaml").read_text("utf-8")
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        assert before in text
        text = text.replace(before, after)
    (folder / "desk.yaml").write_text(text, "utf-8")


def test_changes_are_told_by_flow_and_by_how_much_callers_notice(
    versions: tuple[Path, Path],
) -> None:
    old, new = versions
    edits = ("ring: 20s", "ring: 25s", "1: sales", "1: hangup", "One moment.", "One moment please.")
    change(new, *edits, "title: Front desk", "title: Desk")
    result = diff(old, new)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{old} → {new}",
        "",
        "desk: Desk",
        "  Where callers end up",
        "  - In the main menu, pressing 1 now ends the call (before: sales).",
        "  How the line behaves",
        "  - The step “sales” now rings for 25 seconds (before 20).",
        "  What callers hear",
        "  - The step “sales” says “One moment please.” (before “One moment.”).",
        "  Behind the scenes",
        "  - Its title is now “Desk” (before “Front desk”).",
    ]


def test_changes_are_objects_for_programs(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, "ring: 20s", "ring: 25s")
    assert json.loads(diff(old, new, "--json").output) == [
        {
            "about": "behaviour",
            "flow": "desk",
            "step": "sales",
            "sentence": "The step “sales” now rings for 25 seconds (before 20).",
        }
    ]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("1: sales", "1: sales", "the files are the same"),
        ("1: sales", "1:  sales   # Ana", "only layout or comments differ"),
        ("ring: 20s", "ring: 20s\n    busy: hangup", "what differs comes to the same"),
    ],
)
def test_that_nothing_has_changed_for_callers_is_said(
    versions: tuple[Path, Path], before: str, after: str, why: str
) -> None:
    old, new = versions
    change(new, before, after)
    assert diff(old, new).output.splitlines()[1:] == [f"Callers will notice nothing: {why}."]


def test_two_files_are_compared_whatever_their_names(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, "ring: 20s", "ring: 25s")
    (new / "desk.yaml").rename(new / "front.yaml")
    (new / "other.yaml").write_text(FLOW.replace("Front", "Other"), "utf-8")
    found = diff(old / "desk.yaml", new / "front.yaml").output
    assert "now rings for 25 seconds" in found
    assert "other" not in found


def test_a_version_with_errors_is_told_with_their_places(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, "1: sales", "1: sales: now")
    result = diff(old, new)
    assert result.exit_code == 2
    assert f"{new}/desk.yaml:6:15 error Y001" in result.stderr
    assert f"ivr: {new} has errors, so nothing can be compared: mend them" in result.stderr


def test_what_cannot_be_compared_is_one_sentence(versions: tuple[Path, Path]) -> None:
    old, new = versions
    for arguments, said in (
        ((old, new / "desk.yaml"), "compare two folders, or two files"),
        ((old, new, "--git", "HEAD"), "with --git name one folder or file"),
        ((old, new / "nowhere"), "does not exist"),
        ((old,), "git cannot give the older version"),
    ):
        result = diff(*arguments)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
        assert said in result.stderr
