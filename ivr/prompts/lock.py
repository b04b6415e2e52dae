"""``takes.lock``: what callers hear, written down so that a change of it shows up in a review.

One line for each take of the fixed prompts, in columns, sorted by voice, language and text. The
hash is of the audio: a prompt that was made again is a changed line even where its text is the
same. Approval is shared here, between machines; audio is shared by the takes folder. Written by
``ivr build`` and ``ivr takes approve``, read by both and by ``ivr serve --locked``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from ivr.audio import loudness
from ivr.errors import SettingsError
from ivr.prompts.shelf import ID_CHARS, Shelf, Shelved, digest, write_whole
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted

LOCK_FILE: Final = "takes.lock"
LOCK_BYTES_MAX: Final = 16 << 20
HASH_CHARS: Final = 12
APPROVED: Final = "approved"
NOT_APPROVED: Final = "-"

COLUMNS: Final = "voice       lang   take      audio         seconds    dBFS  chars  approved  text"

_HEAD = (
    "# What callers hear, written by `ivr build`: review changes, do not edit.\n"
    "# `ivr build --sheet` lets you listen, `ivr takes approve TAKE` keeps a take as it is.\n"
    f"# {COLUMNS}\n"
)
_LINE = re.compile(
    r"(?P<voice>\S+) +(?P<language>\S+) +(?P<take>[0-9a-f]+) +(?P<audio>[0-9a-f]+) +"
    r"(?P<seconds>[\d.]+) +(?P<dbfs>-?[\d.]+|-inf) +(?P<chars>\d+) +(?P<approved>\S+) +"
    r"(?P<text>\".*)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One take."""

    voice: str
    language: str
    take: str
    """Its id."""
    audio: str
    """The first HASH_CHARS of its hash."""
    seconds: float
    dbfs: float
    characters: int
    approved: bool
    text: str

    def __str__(self) -> str:
        text = msgspec.json.encode(self.text).decode()
        approved = APPROVED if self.approved else NOT_APPROVED
        return (
            f"{self.voice:<10}  {self.language:<5}  {self.take}  {self.audio}  "
            f"{self.seconds:7.2f}  {self.dbfs:6.1f}  {self.characters:5}  {approved:<8}  {text}"
        )


@dataclass(frozen=True, slots=True)
class Disputed:
    """An approved take that is not the one on the shelf."""

    line: Line
    """As it was approved."""
    here: Shelved


def line_of(take: Shelved, voice: str) -> Line:
    """The line of a take, by the name its voice has now."""
    return Line(
        voice,
        take.key.language,
        take.id,
        take.sha256[:HASH_CHARS],
        round(take.seconds, 2),
        round(loudness.active_rms_dbfs(take.audio), 1),
        len(take.key.text),
        take.approved,
        take.key.text,
    )


def settle(
    takes: Iterable[Wanted],
    shelf: Shelf,
    before: Mapping[str, Line],
    renewed: frozenset[TakeKey] = frozenset(),
) -> tuple[Sequence[Line], Sequence[Disputed]]:
    """The lines there should be now, and the approvals that stand against what is on the shelf.

    A take that is not on this shelf keeps the line it had: another machine has it. ``renewed`` were
    made again because somebody named them; their approval is gone.
    """
    lines: list[Line] = []
    disputed: list[Disputed] = []
    for each in takes:
        if each.role is Role.STAND_IN:
            continue
        old = before.get(digest(each.key)[:ID_CHARS])
        take = shelf.find(each.key)
        if take is None:
            if old is not None:
                lines.append(replace(old, voice=each.spec.name))
            continue
        if old is not None and _tells(old, take):
            lines.append(replace(old, voice=each.spec.name))
            continue
        line = line_of(take, each.spec.name)
        if old is not None and old.approved and not line.approved and each.key not in renewed:
            if old.audio == line.audio:
                shelf.approve(take)
                line = replace(line, approved=True)
            else:
                disputed.append(Disputed(old, take))
                line = old
        lines.append(line)
    return sorted(lines, key=lambda line: (line.voice, line.language, line.text)), disputed


def _tells(line: Line, take: Shelved) -> bool:
    """Whether the line is that of this very sound, so that nothing needs to be measured."""
    return (line.audio, line.approved) == (take.sha256[:HASH_CHARS], take.approved)


def read_lock(folder: Path) -> dict[str, Line]:
    """The lines of a flows folder by the ids of their takes; none where there is no file yet.

    Raises :class:`~ivr.errors.SettingsError` for a file that is no lock file.
    """
    path = folder / LOCK_FILE
    try:
        with path.open("rb") as file:
            text = file.read(LOCK_BYTES_MAX).decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError):
        raise SettingsError(f"{path} cannot be read; delete it and run ivr build again") from None
    lines: dict[str, Line] = {}
    for number, row in enumerate(text.split("\n"), 1):
        if row and not row.startswith("#"):
            line = _parse(row)
            if line is None:
                raise SettingsError(
                    f"{path}:{number} is no line of a lock file (is a merge half done?); take one "
                    "side of it, or delete the file, and run ivr build again"
                )
            lines[line.take] = line
    return lines


def write_lock(folder: Path, lines: Iterable[Line]) -> bool:
    """Write the file if it would change; whether it did.

    Raises :class:`~ivr.errors.SettingsError` when it cannot be written.
    """
    path = folder / LOCK_FILE
    content = (_HEAD + "".join(f"{line}\n" for line in lines)).encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        write_whole(path, content)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    return True


def unmet(takes: Iterable[Wanted], shelf: Shelf, lines: Mapping[str, Line]) -> list[str]:
    """Why these takes are not what the lock file promises, a sentence each; [] if they are."""
    problems = []
    for each in takes:
        name = digest(each.key)[:ID_CHARS]
        text = shortened(each.words.text)
        take = shelf.find(each.key)
        line = lines.get(name)
        if take is None:
            problems.append(f"{each.spec.name} has no take of {text} ({each.key.language})")
        elif line is not None and line.audio != take.sha256[:HASH_CHARS]:
            problems.append(f"take {name}, {text}, is not the one in {LOCK_FILE}")
    return problems


def shortened(text: str, chars: int = 40) -> str:
    """A text in quotes, its beginning where it is long."""
    plain = " ".join(text.split())
    return f"“{plain}”" if len(plain) <= chars else f"“{plain[: chars - 1].rstrip()}…”"


def _parse(row: str) -> Line | None:
    found = _LINE.fullmatch(row)
    if found is None:
        return None
    try:
        text = msgspec.json.decode(found["text"], type=str)
    except msgspec.DecodeError:
        return None
    return Line(
        found["voice"],
        found["language"],
        found["take"],
        found["audio"],
        float(found["seconds"]),
        float(found["dbfs"]),
        int(found["chars"]),
        found["approved"] == APPROVED,
        text,
    )
