"""``ivr schema``: prints a schema or the reference, and writes what editors look for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.flow import schema
from ivr.flow.schema.reference import reference


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["schema", *map(str, arguments)])


def test_one_is_printed_by_name() -> None:
    assert "steps" in json.loads(run().output)["properties"]
    assert "voices" in json.loads(run("settings").output)["properties"]
    assert run("--reference").output == reference()
    unknown = run("flows")
    assert unknown.exit_code == 2
    assert "there is no schema 'flows'; there are flow, shared, settings" in unknown.output


def test_all_are_written_where_the_first_line_of_a_flow_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("--write")
    assert result.exit_code == 0
    assert result.output.splitlines()[1] == schema.MODELINE
    flows = tmp_path / "flows"
    named = flows / schema.MODELINE.partition("$schema=")[2]
    assert json.loads(named.resolve().read_text("utf-8"))["properties"]
    assert {file.name for file in (tmp_path / ".ivr").iterdir()} == set(schema.files())
    assert run("--write", tmp_path / "elsewhere").exit_code == 0
    (tmp_path / "file").touch()
    assert run("--write", tmp_path / "file" / "x").exit_code == 2


def test_the_reference_is_put_into_a_document(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text("# Flows\n", "utf-8")
    assert run("--into", document).exit_code == 0
    assert document.read_text("utf-8") == f"# Flows\n\n{reference()}"
