"""``ivr new``: what it makes works at once, and what is there stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

import ivr.cli
from ivr.cli import main
from ivr.cli.new import TEMPLATES
from tests.flow.schema.samples import as_editors_read


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_checked_tested_and_laid_out(tmp_path: Path, template: str) -> None:
    folder = tmp_path / "line"
    assert run("new", folder, "--from", template).exit_code == 0
    assert run("check", "--strict", folder).output == "no findings in 1 flow\n"
    tested = run("test", folder)
    assert (tested.exit_code, "0 failed" in tested.output) == (0, True)
    assert run("fmt", "--check", folder).output == "4 files unchanged\n"


def test_each_folder_of_templates_is_offered() -> None:
    folders = Path(ivr.cli.__file__).parent / "templates"
    assert {each.name for each in folders.iterdir()} == set(TEMPLATES)


def test_it_says_what_was_made_and_what_to_type_next(tmp_path: Path) -> None:
    folder = tmp_path / "my line"
    assert run("new", folder).output.splitlines() == [
        f"{folder}: a menu, a person, and a message where nobody picks up",
        "  front_desk.yaml",
        "  numbers.yaml",
        "  settings.yaml",
        "  tests/front_desk.test.yaml",
        "  ../.ivr: by which editors complete and check these files",
        "",
        "Next:",
        f'  ivr call --flows "{folder}"   ring it here; press keys, h hangs up',
        f'  ivr dev "{folder}"            change front_desk.yaml and hear it on saving',
        f'  ivr test "{folder}"           make the calls of its tests',
    ]


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_first_line_of_each_file_names_a_schema_that_takes_it(
    tmp_path: Path, template: str
) -> None:
    run("new", tmp_path / "line", "--from", template)
    files = sorted((tmp_path / "line").rglob("*.yaml"))
    assert len(files) == 4
    for file in files:
        text = file.read_text("utf-8")
        head, _, schema = text.splitlines()[0].partition("$schema=")
        assert head == "# yaml-language-server: "
        known = json.loads((file.parent / schema).read_text("utf-8"))
        jsonschema.Draft7Validator(known).validate(as_editors_read(text))


def test_the_usual_folder_need_not_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "  ivr call   ring it here" in run("new").output
    assert (tmp_path / "flows/front_desk.yaml").is_file()


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("mine")
    result = run("new", tmp_path)
    assert (result.exit_code, (tmp_path.parent / ".ivr").exists()) == (2, False)
    assert result.stderr == (
        f"ivr: {tmp_path} holds something already, and was left alone: "
        "name a folder that is not there\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == ["main.yaml"]
    assert "is a file, and was left alone" in run("new", tmp_path / "main.yaml").stderr


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "line").mkdir()
    assert run("new", tmp_path / "line").exit_code == 0
