"""``ivr check``: what it prints, and how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main

GOOD = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"
BROKEN = "steps:\n  main:\n    say: Hello.\n    goto: mian\n"
LOOSE = GOOD + "  lost:\n    say: Nobody comes here.\n    goto: hangup\n"


def check(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)], env=env)


def folder(root: Path, **files: str) -> Path:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text, "utf-8")
    return root


def test_a_folder_without_findings_says_so(tmp_path: Path) -> None:
    result = check(folder(tmp_path, one=GOOD, two=GOOD, numbers="default: one\n"))
    assert (result.exit_code, result.output) == (0, "no findings in 2 flows\n")


def test_an_error_is_shown_with_its_line_and_fails(tmp_path: Path) -> None:
    result = check(folder(tmp_path, main=BROKEN))
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{tmp_path}/main.yaml:4:11 error F001 there is no step called “mian”",
        "    4 |     goto: mian",
        "      |           ^^^^",
        "   = help: did you mean “main”?",
        "1 error",
    ]


def test_a_warning_fails_only_where_it_should_be_strict(tmp_path: Path) -> None:
    root = folder(tmp_path, main=LOOSE)
    lenient, strict = check(root), check(root, "--strict")
    assert lenient.output == strict.output
    assert lenient.output.endswith("1 warning\n")
    assert (lenient.exit_code, strict.exit_code) == (0, 1)


def test_several_folders_are_counted_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    result = check(folder(tmp_path / "a", main=BROKEN), folder(tmp_path / "b", main=LOOSE))
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == "1 error, 1 warning"


def test_a_flow_file_shows_only_its_own_findings(tmp_path: Path) -> None:
    folder(tmp_path, main=BROKEN, other=GOOD, numbers="default: other\n")
    assert check(tmp_path / "other.yaml").output == "no findings in 1 flow\n"
    assert check(tmp_path / "main.yaml").exit_code == 1


def test_the_environment_decides_which_settings_are_checked(tmp_path: Path) -> None:
    root = folder(tmp_path, main=GOOD, settings="environments:\n  dev: {}\n")
    assert check(root).exit_code == 0
    result = check(root, env={"IVR_ENV": "production"})
    assert result.exit_code == 1
    assert "there is no environment “production” here" in result.output


@pytest.mark.parametrize("name", ["nowhere", "file.txt"])
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str) -> None:
    result = check(tmp_path / name)
    assert result.exit_code == 2
    assert result.output == (
        f"ivr: the flows folder {tmp_path / name} does not exist: name one that holds flow files\n"
    )


def test_without_a_path_the_folder_flows_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flows").mkdir()
    folder(tmp_path / "flows", main=GOOD)
    monkeypatch.chdir(tmp_path)
    assert check().output == "no findings in 1 flow\n"
