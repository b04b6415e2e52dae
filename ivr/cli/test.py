"""``ivr test``: make the calls of a folder's flow tests, in virtual time, and say which went wrong.

Reads ``tests/**/*.test.yaml`` of a flows folder (LANGUAGE.md, part D). What a test means is
``ivr.rehearsal``'s business; here are files, and what is printed. Exit code 0 if all passed, 1 if a
call failed, 2 for flows or test files that cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.cli.folder import (
    TESTS_FOLDER,
    Folder,
    load_folder,
    read_folder,
    show_problems,
)
from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.rehearsal.caller import Rehearsed, rehearse
from ivr.rehearsal.read import SUFFIX, read
from ivr.rehearsal.script import Script
from ivr.rehearsal.transcript import heading, render
from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Tests of one flows folder."""

    folder: Path
    files: tuple[Path, ...]
    flow: str | None = None
    """Only calls to this flow."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Name the calls that passed, too.")
@click.option("--transcript", is_flag=True, help="Show what was said and done in every call.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], verbose: bool, transcript: bool) -> None:
    """Make the calls of the flow tests and say which went wrong.

    PATHS are flows folders, flow files, or single test files; default: flows.
    """
    passed = failed = unreadable = 0
    for chosen in [_chosen(path) for path in paths or (Path("flows"),)]:
        folder = read_folder(chosen.folder)
        flows = _flows(folder)
        clips = _clips(folder)
        for file in chosen.files:
            script, text = _read(file, folder, flows)
            unreadable += bool(script.problems)
            for call in _calls(script, chosen.flow, flows, clips):
                failed += call.failure is not None
                passed += call.failure is None
                _show(call, folder, verbose=verbose, transcript=transcript)
            if script.problems:
                click.echo(show_problems(script.problems, replace(folder, files=text)), err=True)
    click.echo(f"{passed} passed, {failed} failed")
    if unreadable:
        files = "1 test file" if unreadable == 1 else f"{unreadable} test files"
        raise SettingsError(f"{files} could not be read, so not every call was made")
    if failed:
        ctx.exit(1)


# --------------------------------------------------------------------------- files


def _chosen(path: Path) -> _Chosen:
    """What a path of the command line means."""
    if path.is_dir():
        if path.name == TESTS_FOLDER:
            return _Chosen(path.parent, _tests_below(path))
        return _Chosen(path, _tests_below(path / TESTS_FOLDER))
    if path.name.endswith(SUFFIX):
        for above in path.parents:
            if above.name == TESTS_FOLDER:
                return _Chosen(above.parent, (path,))
        raise SettingsError(f"{path} is in no folder {TESTS_FOLDER} of a flows folder; move it")
    if path.suffix == ".yaml" and path.is_file():
        return _Chosen(path.parent, _tests_below(path.parent / TESTS_FOLDER), path.stem)
    raise SettingsError(f"{path} is no flows folder, flow file or test file: name one of those")


def _tests_below(folder: Path) -> tuple[Path, ...]:
    files = tuple(sorted(folder.rglob(f"*{SUFFIX}")))
    if not files:
        raise SettingsError(f"there is no test in {folder}: add one that ends with {SUFFIX}")
    return files


def _flows(folder: Folder) -> FlowSet:
    loaded = load_folder(folder, environment=Settings.from_environment(os.environ).environment)
    if loaded.flows is None:
        errors = [p for p in loaded.problems if p.severity is Severity.ERROR]
        click.echo(show_problems(errors, folder), err=True)
        raise SettingsError(f"the flows in {folder.path} have errors, so no call could be made")
    return loaded.flows


def _clips(folder: Folder) -> dict[str, int]:
    """How many milliseconds each audio file lasts."""
    clips: dict[str, int] = {}
    for name, data in folder.read_audio().items():
        try:
            clips[name] = len(wav.read(data)) // BYTES_PER_MS
        except ValueError as error:
            raise SettingsError(f"{folder.path / name}: {error}") from None
    return clips


def _read(file: Path, folder: Folder, flows: FlowSet) -> tuple[Script, dict[str, str]]:
    """A test file, and its text by its path in the folder."""
    name = file.relative_to(folder.path).as_posix()
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8") from None
    return read(name, text, flows), {name: text}


# --------------------------------------------------------------------------- calls


def _calls(
    script: Script, flow: str | None, flows: FlowSet, clips: Mapping[str, int]
) -> Iterator[Rehearsed]:
    for call in script.calls:
        if flow in (None, call.setting.flow):
            yield rehearse(flows, call, clips=clips)


def _show(call: Rehearsed, folder: Folder, *, verbose: bool, transcript: bool) -> None:
    """Print what there is to say about a call."""
    script, failure = call.script, call.failure
    span = failure.direction.span if failure is not None else script.span
    if failure is not None or verbose or transcript:
        verdict = "passed" if failure is None else "failed"
        click.echo(f"{folder.path / span.file}:{span.line}:{span.column} {verdict}: {script.name}")
    if failure is not None or transcript:
        setting = script.setting
        _echo_indented([heading(setting.flow, setting.started_at), *render(call.entries)])
    if failure is not None:
        click.echo(f"  > {failure.sentence}")


def _echo_indented(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"    {line}")
