"""``ivr fmt``: which files it touches, what it prints, and how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main

LAID_OUT = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"
TYPED = "steps:\n    main:\n       say:   Hello.\n       goto: hangup   \n"
BROKEN = "steps:\n  main:\n    say: Hello: you\n"


def fmt(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["fmt", *map(str, arguments)], input=stdin)


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / ".ivr").mkdir()
    (tmp_path / "good.yaml").write_text(LAID_OUT, "utf-8")
    (tmp_path / "main.yaml").write_text(TYPED, "utf-8")
    (tmp_path / "tests/main.test.yaml").write_text("calls:\n  a:\n  - silent\n", "utf-8")
    (tmp_path / ".ivr/kept.yaml").write_text(TYPED, "utf-8")
    return tmp_path


def test_a_folder_is_laid_out_with_its_tests_and_without_hidden_files(flows: Path) -> None:
    result = fmt(flows)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"laid out {flows}/main.yaml",
        f"laid out {flows}/tests/main.test.yaml",
        "2 files laid out, 1 unchanged",
    ]
    assert (flows / "main.yaml").read_text() == LAID_OUT
    assert (flows / "tests/main.test.yaml").read_text() == "calls:\n  a:\n    - silent\n"
    assert (flows / ".ivr/kept.yaml").read_text() == TYPED
    assert fmt(flows, "--check").output == "3 files unchanged\n"


def test_a_check_names_the_files_and_writes_nothing(flows: Path) -> None:
    result = fmt(flows, "--check")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == f"would change {flows}/main.yaml"
    assert result.output.splitlines()[-1] == "2 files would change, 1 unchanged"
    assert (flows / "main.yaml").read_text() == TYPED


def test_a_diff_shows_the_lines_and_writes_nothing(flows: Path) -> None:
    result = fmt(flows / "main.yaml", "--diff")
    assert result.exit_code == 1
    assert "-       say:   Hello.\n" in result.stdout
    assert "+    say: Hello.\n" in result.stdout
    assert (flows / "main.yaml").read_text() == TYPED


def test_line_ends_are_a_difference_too(tmp_path: Path) -> None:
    file = tmp_path / "main.yaml"
    file.write_bytes(LAID_OUT.replace("\n", "\r\n").encode())
    assert "only line ends" in fmt(file, "--diff").output
    assert fmt(file).exit_code == 0
    assert file.read_bytes() == LAID_OUT.encode()


def test_a_file_that_cannot_be_read_is_left_alone_and_the_others_are_not(flows: Path) -> None:
    (flows / "broken.yaml").write_text(BROKEN, "utf-8")
    result = fmt(flows)
    assert result.exit_code == 2
    assert f"{flows}/broken.yaml:3:15 error Y001 the text contains “: ”" in result.stderr
    assert "= help: put quotes around the whole text" in result.stderr
    assert result.stdout.endswith("1 left alone: mend what is wrong there first\n")
    assert (flows / "broken.yaml").read_text() == BROKEN
    assert (flows / "main.yaml").read_text() == LAID_OUT


def test_standard_input_goes_to_standard_output() -> None:
    result = fmt("-", stdin=TYPED.encode())
    assert (result.exit_code, result.stdout) == (0, LAID_OUT)
    assert (fmt("-", "--check", stdin=TYPED.encode())).exit_code == 1
    broken = fmt("-", stdin=BROKEN.encode())
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert broken.stderr.startswith("stdin:3:15 error Y001")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "there is no file or folder"),
        ("notes.txt", "is no flow file: those end with .yaml"),
        ("empty", "there is no .yaml file in"),
        ("latin.yaml", "is no UTF-8 text; save it as UTF-8"),
    ],
)
def test_what_is_no_flow_file_is_one_sentence(tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "latin.yaml").write_bytes("a: é\n".encode("latin-1"))
    result = fmt(tmp_path / path)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_standard_input_goes_with_nothing_else(tmp_path: Path) -> None:
    result = fmt("-", tmp_path)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
