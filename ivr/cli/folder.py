"""A flows folder on disk: read it, compile it, and show what is wrong with it.

Shared by every command that takes a folder. What the files mean is ``ivr.flow.load``'s business;
here is the only place where they are read. Paths inside the folder are written with ``/``, and
``tests/`` and hidden folders are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr.errors import SettingsError
from ivr.flow.load import Loaded, load
from ivr.flow.problems import Problem, Severity
from ivr.outside.functions import Registry
from ivr.voices.table import problem_of

FILE_BYTES_MAX: Final = 1 << 20
FILES_MAX: Final = 1_000
AUDIO_BYTES_MAX: Final = 20 << 20
AUDIO_SUFFIXES: Final = frozenset({".wav"})
TESTS_FOLDER: Final = "tests"
LINE_CHARS_SHOWN_MAX: Final = 160


@dataclass(frozen=True, slots=True)
class Folder:
    """What stands in a flows folder."""

    path: Path
    files: Mapping[str, str]
    """The YAML files by path within the folder."""
    audio: Mapping[str, Path]
    """The audio files by path within the folder; not read yet."""

    @property
    def assets(self) -> frozenset[str]:
        """The paths of the audio files, as ``ivr.flow.load`` wants them."""
        return frozenset(self.audio)

    def read_audio(self) -> dict[str, bytes]:
        """The audio files themselves. Raises :class:`~ivr.errors.SettingsError`."""
        return {name: _read(path, AUDIO_BYTES_MAX) for name, path in self.audio.items()}


def read_folder(path: Path) -> Folder:
    """Read the files of a folder; :class:`~ivr.errors.SettingsError` if one cannot be read."""
    if not path.is_dir():
        kind = "is a file, not a folder" if path.exists() else "does not exist"
        raise SettingsError(f"the flows folder {path} {kind}: name one that holds flow files")
    files: dict[str, str] = {}
    audio: dict[str, Path] = {}
    for name, file in _files(path):
        suffix = file.suffix.lower()
        if suffix == ".yml":
            raise SettingsError(f"{file}: flow files end with .yaml; rename it")
        if suffix == ".yaml":
            files[name] = _text(file)
        elif suffix in AUDIO_SUFFIXES:
            audio[name] = file
    return Folder(path, files, audio)


def load_folder(
    folder: Folder,
    *,
    environment: str,
    functions: Registry | None = None,
    checked: bool = True,
) -> Loaded:
    """Compile what was read; problems are in the result, and nothing is raised for them.

    ``functions`` are those ``do`` may call; without them the folder's own and those of installed
    packages are looked for. Without ``checked`` the rules are left out. Raises
    :class:`~ivr.errors.SettingsError` where the functions cannot be had.
    """
    return load(
        folder.files,
        environment=environment,
        assets=folder.assets,
        environ=os.environ,
        functions=(functions or Registry.load(folder.path)).specs(),
        voice_problem=problem_of,
        checked=checked,
    )


def show_problems(problems: Iterable[Problem], folder: Folder) -> str:
    """Problems as authors read them, each with its line, and a last line that counts them.

    Empty where there are none.
    """
    problems = list(problems)
    if not problems:
        return ""
    shown = [show_problem(problem, folder) for problem in problems]
    return "\n".join([*shown, _count(problems)])


def show_problem(problem: Problem, folder: Folder) -> str:
    """One problem: place, severity, code and sentence; the line with a caret; the remedy."""
    span = problem.span
    head = (
        f"{folder.path / span.file}:{span.line}:{span.column} "
        f"{problem.severity.value} {problem.code} {problem.message}"
    )
    rows = [head, *_excerpt(problem, folder)]
    if problem.help:
        rows.append(f"   = help: {problem.help}")
    return "\n".join(rows)


def _excerpt(problem: Problem, folder: Folder) -> Iterator[str]:
    """The line a problem stands in, and carets under the place."""
    span = problem.span
    lines = folder.files.get(span.file, "").splitlines()
    if not 1 <= span.line <= len(lines):
        return
    line = lines[span.line - 1].replace("\t", " ")
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    width = max(1, min(end, len(line)) - start)
    cut = max(0, start - LINE_CHARS_SHOWN_MAX // 2)
    shown = line[cut : cut + LINE_CHARS_SHOWN_MAX].rstrip()
    number = f"{span.line:5}"
    yield f"{number} | {shown}"
    carets = "^" * min(width, LINE_CHARS_SHOWN_MAX - (start - cut))
    yield f"{' ' * len(number)} | {' ' * (start - cut)}{carets}"


def _count(problems: list[Problem]) -> str:
    parts = []
    for severity in Severity:
        number = sum(1 for problem in problems if problem.severity is severity)
        if number:
            noun = "info" if severity is Severity.INFO else severity.value
            plural = "" if number == 1 or severity is Severity.INFO else "s"
            parts.append(f"{number} {noun}{plural}")
    return ", ".join(parts)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Every file with its name within the folder, in a fixed order."""
    found = 0
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or relative.parts[0] == TESTS_FOLDER or not file.is_file():
            continue
        found += 1
        if found > FILES_MAX:
            raise SettingsError(f"{path} holds more than {FILES_MAX} files; is it a flows folder?")
        yield relative.as_posix(), file


def _text(file: Path) -> str:
    try:
        return _read(file, FILE_BYTES_MAX).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8") from None


def _read(file: Path, bytes_max: int) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(bytes_max + 1)
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > bytes_max:
        raise SettingsError(f"{file} is longer than {bytes_max >> 20} MiB; is it a flow's?")
    return data
