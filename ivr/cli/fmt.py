"""``ivr fmt``: give flow files the one layout, or say which do not have it.

What the layout is, and that nothing else changes, is ``ivr.flow.edit.layout``'s business; here are
files. Exit code 0 when every file has the layout now, 1 where ``--check`` or ``--diff`` found one
that has not, 2 where a file could not be read and was left alone.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from ivr.cli.folder import FILES_MAX, Folder, show_problem
from ivr.errors import SettingsError
from ivr.flow.edit.layout import LaidOut, laid_out

STDIN: Final = Path("-")
DIFF_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, line by line.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Lay flow files out: indents, spaces, empty lines.

    PATHS are flows folders (with their tests), or single files; - reads standard input and writes
    to standard output. Default: flows. Meaning, wording, quotes, comments and the order of keys
    stay as they are; a file that cannot be read is left alone, and its problems are shown.
    """
    if STDIN in paths:
        if len(paths) > 1:
            raise SettingsError("- reads standard input and goes with no other path")
        ctx.exit(_filtered(check=check, diff=diff))
    changed = same = broken = 0
    for file in _files(paths or (Path("flows"),)):
        text = _decoded(file.read_bytes, file)
        made = laid_out(str(file), text)
        if made.problems:
            broken += 1
            _complain(str(file), text, made)
            continue
        same += made.text == text
        if made.text != text:
            changed += 1
            if diff:
                _show_diff(str(file), text, made.text)
            else:
                click.echo(f"{'would change' if check else 'laid out'} {file}")
            if not (check or diff):
                _write(file, made.text)
    click.echo(_summary(changed, same, broken, wrote=not (check or diff)), err=diff)
    ctx.exit(2 if broken else int(changed > 0 and (check or diff)))


def _filtered(*, check: bool, diff: bool) -> int:
    """Standard input to standard output; the exit code."""
    text = _decoded(sys.stdin.buffer.read, Path("standard input"))
    made = laid_out("stdin", text)
    if made.problems:
        _complain("stdin", text, made)
        return 2
    if diff:
        _show_diff("stdin", text, made.text)
    elif not check:
        sys.stdout.buffer.write(made.text.encode())
    return int(made.text != text and (check or diff))


def _complain(name: str, text: str, made: LaidOut) -> None:
    """Show what is wrong with a file, as ``ivr check`` does."""
    shown = Folder(Path(), {name: text}, {})
    for problem in made.problems:
        click.echo(show_problem(problem, shown), err=True)


def _show_diff(name: str, before: str, after: str) -> None:
    """The lines that differ; what cannot be seen in them is told."""
    lines = list(
        difflib.unified_diff(
            before.splitlines(), after.splitlines(), name, f"{name} (laid out)", lineterm=""
        )
    )
    for line in lines or [f"{name}: only line ends, or a byte order mark"]:
        head = line[:1] if not line.startswith(("+++", "---")) else ""
        click.secho(line, fg=DIFF_STYLES.get(head), bold=not head or None)


def _summary(changed: int, same: int, broken: int, *, wrote: bool) -> str:
    """``1 file laid out, 9 unchanged, 1 left alone``."""
    parts = [f"{_counted(changed)} {'laid out' if wrote else 'would change'}"] if changed else []
    parts.append(f"{same} unchanged" if parts else f"{_counted(same)} unchanged")
    if broken:
        parts.append(f"{broken} left alone: mend what is wrong there first")
    return ", ".join(parts)


def _counted(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


# --------------------------------------------------------------------------- files


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every flow file, once."""
    seen: set[Path] = set()
    for path in paths:
        for file in _below(path) if path.is_dir() else [path]:
            if not file.is_file():
                raise SettingsError(f"there is no file or folder {file}: name flows that are there")
            if file.suffix != ".yaml":
                raise SettingsError(f"{file} is no flow file: those end with .yaml")
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path) -> list[Path]:
    """The flow files of a folder and of its sub-folders; hidden ones are left out."""
    files = [
        file
        for file in sorted(folder.rglob("*.yaml"))
        if not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
    if not files:
        raise SettingsError(f"there is no .yaml file in {folder}: name a flows folder")
    if len(files) > FILES_MAX:
        raise SettingsError(f"{folder} holds more than {FILES_MAX} files; is it a flows folder?")
    return files


def _decoded(read: Callable[[], bytes], file: Path) -> str:
    """The text of a file, with its line ends and its byte order mark."""
    try:
        return read().decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode())
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
