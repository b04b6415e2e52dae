"""``ivr test``: make the calls of a folder's flow tests, in virtual time, and say which went wrong.

Reads ``tests/**/*.test.yaml`` of a flows folder (LANGUAGE.md, part D). What a test means is
``ivr.rehearsal``'s business; here are files, and which calls are made. Exit code 0 if all passed, 1
if a call failed, 2 for flows or test files that cannot be read. What is printed is in
``report.py``, ``--record`` in ``recorded.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ivr.cli.folder import (
    TESTS_FOLDER,
    Folder,
    load_folder,
    read_folder,
    show_problems,
)
from ivr.cli.report import Report, Tested
from ivr.errors import SettingsError
from ivr.flow import machine
from ivr.flow.model import ClipItem, FlowSet
from ivr.flow.problems import Severity
from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.known import runners
from ivr.rehearsal.read import SUFFIX, read
from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Tests of one flows folder."""

    folder: Path
    files: tuple[Path, ...]
    flow: str | None = None
    """Only calls to this flow, or to those that run it."""


@click.command(context_settings={"max_content_width": 100})
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Name the calls that passed, too.")
@click.option("--transcript", is_flag=True, help="Show what was said and done in every call.")
@click.option("--coverage", is_flag=True, help="Say which steps and outcomes no call touches.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON instead.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the result to this file, as build servers read it.",
)
@click.option("--watch", is_flag=True, help="Make the calls again whenever a file is saved.")
@click.option(
    "--record",
    metavar="CALL",
    help="Make no calls; write a test that repeats a call that was recorded: a .jsonl file, the id "
    "of a call in the store, or last.",
)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    verbose: bool,
    transcript: bool,
    coverage: bool,
    as_json: bool,
    junit: Path | None,
    watch: bool,
    record: str | None,
) -> None:
    """Make the calls of the flow tests and say which went wrong.

    PATHS are flows folders, flow files, or single test files; default: flows.
    """
    paths = paths or (Path("flows"),)
    if record is not None:
        from ivr.cli.recorded import write_test  # what a server needs takes its time to import

        chosen = paths[0] if paths[0].is_dir() else paths[0].parent
        folder = read_folder(chosen.parent if chosen.name == TESTS_FOLDER else chosen)
        flows = load_flows(folder)
        ctx.exit(0 if write_test(record, folder, flows, clips_of(folder, flows)) else 1)

    def once() -> int:
        report = Report(verbose=verbose, transcript=transcript, quiet=as_json)
        for path in paths:
            _make_calls(_chosen(path), report, coverage=coverage)
        report.finish(as_json=as_json)
        if junit is not None:
            _write(junit, report.as_junit())
        if report.unreadable and not as_json:
            noun = "1 test file" if report.unreadable == 1 else f"{report.unreadable} test files"
            raise SettingsError(f"{noun} could not be read, so not every call was made")
        return 2 if report.unreadable else int(report.failed > 0)

    ctx.exit(_again_and_again(once, paths) if watch else once())


def _make_calls(chosen: _Chosen, report: Report, *, coverage: bool) -> None:
    """Make the calls of one folder's tests."""
    folder = read_folder(chosen.folder)
    flows = load_flows(folder)
    clips = clips_of(folder, flows)
    covered = Coverage(flows, chosen.flow) if coverage else None
    handle = covered.handle if covered is not None else machine.handle
    named = chosen.flow if chosen.flow in flows.flows else None
    tested = {chosen.flow, *(runners(flows, named) if named is not None else ())}
    for file in chosen.files:
        name, text = _text(file, folder)
        script = read(name, text, flows)
        calls = [
            rehearse(flows, call, clips=clips, handle=handle)
            for call in script.calls
            if chosen.flow is None or call.setting.flow in tested
        ]
        report.add(Tested(folder, name, text, script, calls))
    if covered is not None:
        report.covered(folder, covered)


def _again_and_again(once: Callable[[], int], paths: tuple[Path, ...]) -> int:
    """Make the calls now and after every change, until interrupted; how the last time went."""
    from ivr.cli.watch import changes

    code = _told(once)
    folders = dict.fromkeys(_chosen_folder(path) for path in paths)
    try:
        for changed in changes(folders):
            names = ", ".join(map(str, changed[:3])) + (", …" if len(changed) > 3 else "")
            click.echo(f"\nchanged: {names}")
            code = _told(once)
    except KeyboardInterrupt:
        click.echo()
    return code


def _told(once: Callable[[], int]) -> int:
    """Make the calls; what the operator must mend is said, and ends nothing."""
    try:
        return once()
    except SettingsError as error:
        click.echo(f"ivr: {error}", err=True)
        return 2


# --------------------------------------------------------------------------- files


def _chosen(path: Path) -> _Chosen:
    """What a path of the command line means."""
    folder = _chosen_folder(path)
    if path.is_dir():
        below = path if path.name == TESTS_FOLDER else path / TESTS_FOLDER
        return _Chosen(folder, _tests_below(below))
    if path.name.endswith(SUFFIX):
        return _Chosen(folder, (path,))
    return _Chosen(folder, _tests_below(folder / TESTS_FOLDER), path.stem)


def _chosen_folder(path: Path) -> Path:
    """The flows folder that a path of the command line belongs to."""
    if path.is_dir():
        return path.parent if path.name == TESTS_FOLDER else path
    if path.name.endswith(SUFFIX):
        for above in path.parents:
            if above.name == TESTS_FOLDER:
                return above.parent
        raise SettingsError(f"{path} is in no folder {TESTS_FOLDER} of a flows folder; move it")
    if path.suffix == ".yaml" and path.is_file():
        return path.parent
    raise SettingsError(f"{path} is no flows folder, flow file or test file: name one of those")


def _tests_below(folder: Path) -> tuple[Path, ...]:
    files = tuple(sorted(folder.rglob(f"*{SUFFIX}")))
    if not files:
        raise SettingsError(f"there is no test in {folder}: add one that ends with {SUFFIX}")
    return files


def load_flows(folder: Folder) -> FlowSet:
    """The flows of a folder; their errors are printed, and raised as one sentence."""
    loaded = load_folder(folder, environment=Settings.from_environment(os.environ).environment)
    if loaded.flows is None:
        errors = [p for p in loaded.problems if p.severity is Severity.ERROR]
        click.echo(show_problems(errors, folder), err=True)
        raise SettingsError(f"the flows in {folder.path} have errors, so no call could be made")
    return loaded.flows


def clips_of(folder: Folder, flows: FlowSet) -> Mapping[str, int]:
    """How many milliseconds each file lasts that is played; what fills the time has no length."""
    played = {
        item.file
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for prompt in step.prompts()
        for item in prompt.items
        if isinstance(item, ClipItem)
    }
    if not played:
        return {}
    # numpy comes with it, an eighth of a second that most folders need not wait for.
    from ivr.audio import wav
    from ivr.audio.frames import BYTES_PER_MS

    clips: dict[str, int] = {}
    audio = {name: path for name, path in folder.audio.items() if name in played}
    for name, data in replace(folder, audio=audio).read_audio().items():
        try:
            clips[name] = len(wav.read(data)) // BYTES_PER_MS
        except ValueError as error:
            raise SettingsError(f"{folder.path / name}: {error}") from None
    return clips


def _text(file: Path, folder: Folder) -> tuple[str, str]:
    """A test file's path in the folder, and its text."""
    name = file.relative_to(folder.path).as_posix()
    try:
        return name, file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8") from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
