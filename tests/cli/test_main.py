"""The ``ivr`` command: found commands, quick answers, and errors in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import ivr
from ivr import cli
from ivr.cli import main
from ivr.errors import SettingsError

HEAVY = ("uvicorn", "starlette", "numpy", "aiohttp", "twilio", "yaml", "babel", "rich", "ivr.flow")


def test_the_version_is_told_without_importing_what_serves() -> None:
    program = (
        "import sys; from ivr.cli import main; main(['--version'], standalone_mode=False); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == [f"ivr, version {ivr.__version__}", "[]"]


def test_the_help_lists_every_command_without_importing_it() -> None:
    program = (
        "import sys; from ivr.cli import main; main(['--help'], standalone_mode=False); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "  serve " in done.stdout
    assert "Answer calls with the flows of a folder" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_of_the_help_exists_and_has_its_own_help() -> None:
    context = click.Context(main)
    names = main.list_commands(context)
    assert "serve" in names
    for name in names:
        command = main.get_command(context, name)
        assert command is not None, name
        assert command.help, name


def test_files_that_help_commands_are_no_commands() -> None:
    context = click.Context(main)
    for name in ("folder", "logs", "__init__", "no_such", "../serve", "os"):
        assert main.get_command(context, name) is None


def test_an_unknown_command_is_told_with_exit_code_2() -> None:
    done = CliRunner().invoke(main, ["sevre"])
    assert done.exit_code == 2
    assert "sevre" in done.output


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[BaseException]:
    """``ivr serve`` that raises whatever the test puts into it."""

    @click.command()
    def command() -> None:
        raise ERROR[0]

    monkeypatch.setattr("ivr.cli.serve.command", command)
    return BaseException


ERROR: list[BaseException] = []


@pytest.mark.usefixtures("failing")
def test_an_error_of_the_operators_is_one_sentence_and_exit_code_2() -> None:
    ERROR[:] = [SettingsError("port 80 is in use: choose another")]
    done = CliRunner().invoke(main, ["serve"])
    assert done.exit_code == 2
    assert done.output == "ivr: port 80 is in use: choose another\n"


@pytest.mark.usefixtures("failing")
def test_a_fault_of_ours_is_one_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ERROR[:] = [ZeroDivisionError("division\nby zero")]
    done = CliRunner().invoke(main, ["serve"])
    assert done.exit_code == 2
    assert done.output == (
        "ivr: a fault of ivr itself, ZeroDivisionError: division by zero "
        "(set IVR_TRACE=1 to see where)\n"
    )
    monkeypatch.setenv(cli.TRACE_VARIABLE, "1")
    assert "Traceback" in CliRunner().invoke(main, ["serve"]).output


@pytest.mark.usefixtures("failing")
def test_a_command_may_end_with_an_exit_code_of_its_own() -> None:
    ERROR[:] = [click.exceptions.Exit(1)]
    assert CliRunner().invoke(main, ["serve"]).exit_code == 1


def test_the_package_can_be_run_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "sevre"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(Path(ivr.__file__).parent.parent)},
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "No such command 'sevre'" in done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_reads_only_the_beginning_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @click.command
    def closed() -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(cli.Commands, "get_command", lambda *_: closed)
    for stream in ("stdout", "stderr"):  # click wraps them for the last time they are flushed
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    with pytest.raises(SystemExit):  # click's way, without a word
        main(["closed"], standalone_mode=False)
