"""``ivr takes``: what is shown, checked, approved and thrown away."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main
from ivr.prompts.lock import read_lock
from ivr.prompts.shelf import PART_SECONDS_MAX, Shelf, Shelved, digest
from ivr.prompts.takes import TakeKey
from ivr.voices.tone import tones

FLOW = """\
language: en-US
voice: beeps
steps:
  main: {say: "Welcome to the bank.", goto: hangup}
"""
WELCOME = "Welcome to the bank."


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Takes that were built of a flows folder, and one that nothing says any more."""
    for name in tuple(os.environ):
        if name.startswith(("IVR_", "TWILIO_", "ELEVENLABS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW)
    (tmp_path / "flows" / "settings.yaml").write_text("voices: {beeps: {provider: tone}}\n")
    assert CliRunner().invoke(main, ["build"]).exit_code == 0
    shelf = Shelf(tmp_path / "var" / "takes")
    shelf.put(old("Nobody says this any more."))
    return shelf


def old(text: str) -> Shelved:
    return Shelved(TakeKey("tone 1", "en-US", text), tones(text), "beeps", ("main/gone",))


def takes(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["takes", *arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def welcome(shelf: Shelf) -> Shelved:
    found = shelf.find(TakeKey("tone 1", "en-US", WELCOME))
    assert found is not None
    return found


def damage(shelf: Shelf) -> Path:
    path = shelf.folder / f"{digest(welcome(shelf).key)}.take"
    path.write_bytes(path.read_bytes()[:-1])
    return path


def texts(shelf: Shelf) -> list[str]:
    return [each.key.text for each in shelf.all() if isinstance(each, Shelved)]


def test_the_list_has_a_line_for_each_take_with_its_whole_text(shelf: Shelf) -> None:
    output = takes("list")
    take = welcome(shelf)
    assert f"beeps       en-US  {take.id}  {take.sha256[:12]}     1.60   -20.0" in output
    assert f'"{WELCOME}"' in output
    count = len(texts(shelf))
    assert len(output.splitlines()) == count + 2
    assert output.splitlines()[-1].startswith(f"{count} takes, ")


def test_an_empty_shelf_is_no_error(shelf: Shelf) -> None:
    assert takes("--takes", "nowhere", "list").startswith("0 takes")
    assert json.loads(takes("--takes", "nowhere", "list", "--json")) == []
    assert takes("--takes", "nowhere", "verify") == "0 takes good, 0 damaged\n"


def test_the_list_as_json_has_everything_that_is_known(shelf: Shelf) -> None:
    listed = {each["text"]: each for each in json.loads(takes("list", "--json"))}
    take = welcome(shelf)
    assert listed[WELCOME] == {
        "take": take.id,
        "voice": "beeps",
        "language": "en-US",
        "text": WELCOME,
        "seconds": 1.6,
        "dbfs": -20.0,
        "characters": 20,
        "bytes": 12_800,
        "sha256": take.sha256,
        "approved": False,
        "places": ["main/main"],
        "shaped_by": "tone 1",
    }


def test_a_damaged_take_is_named_with_the_reason(shelf: Shelf) -> None:
    assert takes("verify").endswith(" good, 0 damaged\n")
    path = damage(shelf)
    output = takes("verify", code=1)
    assert f"{path.relative_to(Path.cwd())}: it has 12799 bytes of sound instead of 12800" in output
    told = json.loads(takes("verify", "--json", code=1))
    assert [each["file"] for each in told["damaged"]] == [path.name]
    assert "1 damaged file; ivr takes verify says which" in takes("list")


def test_what_nothing_says_is_thrown_away_and_the_rest_stays(shelf: Shelf) -> None:
    before = texts(shelf)
    damage(shelf)
    half = shelf.folder / ".half.part"
    half.write_bytes(b"")
    long_ago = half.stat().st_mtime - PART_SECONDS_MAX - 1
    os.utime(half, (long_ago, long_ago))
    output = takes("prune", "--dry-run")
    assert "Nobody says this any more." in output
    assert "1 take that nothing says (0.0 MB), 1 damaged file and 1 leftover would go" in output
    assert half.exists()
    assert "are gone" in takes("prune")
    assert sorted(texts(shelf)) == sorted(
        text for text in before if text not in ("Nobody says this any more.", WELCOME)
    )
    assert not half.exists()
    assert json.loads(takes("prune", "--json")) == {"gone": [], "damaged": 0}


def test_an_approved_take_is_never_thrown_away(shelf: Shelf) -> None:
    gone = old("Nobody says this any more.")
    assert "1 of them not in flows/takes.lock" in takes("approve", gone.id)
    assert "0 takes that nothing says" in takes("prune")
    assert gone.key.text in texts(shelf)


def test_a_flow_that_cannot_be_read_throws_nothing_away(shelf: Shelf) -> None:
    Path("flows/main.yaml").write_text("steps: [")
    before = texts(shelf)
    takes("prune", code=2)
    assert texts(shelf) == before


def test_an_approval_stands_in_the_take_and_in_the_lock_until_it_is_undone(shelf: Shelf) -> None:
    name = welcome(shelf).id
    assert takes("approve", name[:6]).endswith("1 take approved\n")
    assert welcome(shelf).approved
    assert [line.take for line in read_lock(Path("flows")).values() if line.approved] == [name]
    before = Path("flows/takes.lock").read_text()
    assert CliRunner().invoke(main, ["build"]).exit_code == 0
    assert Path("flows/takes.lock").read_text() == before
    takes("approve", "--undo", name)
    assert not welcome(shelf).approved
    assert not any(line.approved for line in read_lock(Path("flows")).values())


def test_an_approval_can_be_read_by_programs(shelf: Shelf) -> None:
    (told,) = json.loads(takes("approve", "--json", welcome(shelf).id))
    assert (told["take"], told["approved"]) == (welcome(shelf).id, True)


@pytest.mark.parametrize("name", ["zz", ""])
def test_a_name_that_fits_none_or_many_is_told(shelf: Shelf, name: str) -> None:
    output = takes("approve", name, code=2)
    assert "ivr takes list shows them all" in output
    assert not any(each.approved for each in shelf.all() if isinstance(each, Shelved))


def test_the_folder_may_come_from_the_environment(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.folder.rename("elsewhere")
    monkeypatch.setenv("IVR_TAKES", "elsewhere")
    assert WELCOME in takes("list")
    assert replace(welcome(Shelf(Path("elsewhere"))), approved=False).approved is False
