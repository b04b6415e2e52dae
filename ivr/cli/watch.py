"""Waiting for files to change, by looking at them: their times and sizes, a few times a second.

A folder of flows is a hundred files at most, so looking costs under a millisecond and needs no
library; it also works on network and container mounts, where the system reports nothing. Used by
``ivr test --watch``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Final

LOOK_S: Final = 0.25
"""Between two looks; somebody who saves a file does not notice it."""
FILES_MAX: Final = 5_000

Seen = Mapping[Path, tuple[int, int]]


def look(folders: Iterable[Path]) -> Seen:
    """Every file below these folders with its time and size; hidden ones are left out."""
    seen: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        for place, below, files in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(files):
                if name.startswith(".") or len(seen) >= FILES_MAX:
                    continue
                path = Path(place, name)
                try:
                    stat = path.stat()
                except OSError:
                    continue  # it was deleted between the list and the look
                seen[path] = (stat.st_mtime_ns, stat.st_size)
    return seen


def pause() -> None:
    """Until the next look."""
    Event().wait(LOOK_S)


def changes(
    folders: Iterable[Path], *, pause: Callable[[], None] = pause
) -> Iterator[tuple[Path, ...]]:
    """Yield, each time something changed, the files that did; goes on until interrupted.

    What changes while the last change is being worked on is seen afterwards. An editor that writes
    a file in two goes is waited for: a change is told once a look finds nothing new.
    """
    folders = tuple(folders)
    before = look(folders)
    while True:
        pause()
        now = look(folders)
        if now == before:
            continue
        pause()
        while (again := look(folders)) != now:
            now = again
            pause()
        changed = sorted(p for p in before.keys() | now.keys() if before.get(p) != now.get(p))
        before = now
        if changed:
            yield tuple(changed)
