"""``ivr graph``: which flow it draws, in which form, and what it says where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from ivr.cli import main

FLOW = "steps:\n  hello: {say: Hi., menu: {1: bye}, fail: bye}\n  bye: {say: Bye., goto: hangup}\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["graph", *map(str, arguments)])


def folder(path: Path, **files: str) -> Path:
    for name, text in (files or {"main": FLOW}).items():
        (path / f"{name}.yaml").write_text(text, "utf-8")
    return path


def test_the_only_flow_is_drawn_as_svg_on_standard_output(tmp_path: Path) -> None:
    result = run("--flows", folder(tmp_path))
    assert result.exit_code == 0
    assert result.output.startswith("<svg ")
    assert ">hello</text>" in result.output


def test_a_flow_is_chosen_by_name_or_file_and_its_form_by_the_file_it_goes_to(
    tmp_path: Path,
) -> None:
    folder(tmp_path, main=FLOW, other=FLOW.replace("Hi.", "Hola."))
    picture, page = tmp_path / "o.json", tmp_path / "o.md"
    result = run("other", "--flows", tmp_path, "-o", picture)
    assert result.exit_code == 0
    assert "2 steps, 3 ways" in result.output
    assert json.loads(picture.read_text("utf-8"))["nodes"][0]["text"] == "Hola."
    assert run(tmp_path / "other.yaml", "-o", page).exit_code == 0
    assert page.read_text("utf-8").startswith("```mermaid\n---\n")
    assert page.read_text("utf-8").endswith("```\n")
    assert run("main", "--flows", tmp_path, "--format", "mermaid").output.startswith("---\n")


def test_what_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder(tmp_path)
    assert "there is no flow 'x'; there are main" in run("x", "--flows", tmp_path).output
    unspoken = run("--flows", tmp_path, "--language", "fr-FR")
    assert unspoken.exit_code == 2
    assert "does not speak 'fr-FR'" in unspoken.output
    nowhere = run("--flows", tmp_path, "-o", tmp_path / "no" / "o.svg")
    assert "cannot be written" in nowhere.output


def test_a_flow_with_errors_is_not_drawn_but_its_errors_are_told(tmp_path: Path) -> None:
    result = run("--flows", folder(tmp_path, main="steps:\n  hello: {trys: 3}\n"))
    assert result.exit_code == 1
    assert "S001" in result.output
