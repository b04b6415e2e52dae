"""Where the stores that are tested keep what they have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.stores import open_store
from ivr.stores.base import Store


@dataclass(frozen=True)
class Folder:
    """A folder with a SQLite file in it."""

    path: Path

    def store(self) -> Store:
        return open_store(str(self.path))

    def everything(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.path.iterdir())
