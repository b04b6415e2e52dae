"""``ivr check``: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.flow.check import manual

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


# --------------------------------------------------------------------------- formats and pages


def test_json_is_one_object_with_every_finding_and_their_numbers(tmp_path: Path) -> None:
    root = folder(tmp_path, main=BROKEN)
    result = check(root, "--format", "json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert told == {
        "flows": 1,
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "findings": [
            {
                "file": f"{root}/main.yaml",
                "line": 4,
                "column": 11,
                "end_line": 4,
                "end_column": 15,
                "severity": "error",
                "code": "F001",
                "message": "there is no step called “mian”",
                "help": "did you mean “main”?",
            }
        ],
    }


def test_github_shows_each_finding_as_an_annotation(tmp_path: Path) -> None:
    text = (
        'steps:\n  main:\n    say: "100% sure, a, b"\n    transfer: +13125550123\n    busy: main\n'
    )
    result = check(
        folder(tmp_path, **{"a,b": text, "numbers": "default: 'a,b'\n"}), "--format", "github"
    )
    first, *_, last = result.output.splitlines()
    assert first == (
        f"::warning file={tmp_path}/a%2Cb.yaml,line=4,col=15,endLine=4,endColumn=27,title=T002"
        "::nothing is said about failed, no_answer (add  otherwise: step)"
    )
    assert last == "1 warning"


def test_infos_are_told_and_are_no_findings(tmp_path: Path) -> None:
    tiny = "steps:\n  main:\n    transfer: +13125550123\n    otherwise: hangup\n"
    result = check(folder(tmp_path, main=tiny), "--strict")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == (
        f"{tmp_path}/main.yaml:3:5 info T004 the caller is not told of this transfer"
    )
    assert result.output.splitlines()[-1] == "no findings in 1 flow, 1 info"
    assert "::notice file=" in check(tmp_path, "--format", "github").output


@pytest.mark.parametrize("code", ["M002", "m002"])
def test_a_code_is_explained_with_examples(code: str) -> None:
    result = check("--explain", code)
    assert result.exit_code == 0
    assert result.output.startswith("M002 (error)\n\nA prompt that says “press N”")
    assert "\nWrong::\n\n    say: For hours, press 1." in result.output


def test_all_codes_are_explained_as_one_document() -> None:
    assert check("--explain", "all").output == manual().rstrip("\n") + "\n"


def test_a_code_that_does_not_exist_is_one_sentence() -> None:
    result = check("--explain", "M022")
    assert result.exit_code == 2
    assert result.output.startswith("ivr: there is no code M022: did you mean “M0")
