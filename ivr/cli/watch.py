"""Waiting for files to change, by looking at them: their times and sizes, a few times a second.

A folder of flows is a hundred files at most, so looking costs under a millisecond and needs no
library; it also works on network and container mounts, where the system reports nothing. Used by
``ivr test --watch``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import Final

from ivr.server.watching import changed_between, look

LOOK_S: Final = 0.25
"""Between two looks; somebody who saves a file does not notice it."""


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
        changed = sorted(changed_between(before, now))
        before = now
        if changed:
            yield tuple(changed)
