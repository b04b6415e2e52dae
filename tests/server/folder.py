"""A line that watches its flow folder, for tests of reloading and of the studio: real files, real
sockets, and texts spoken as tones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from ivr.cli.watching import FolderReader
from ivr.server.app import create_app
from ivr.server.reload import Reloading
from ivr.server.run import Server
from ivr.server.sets import Sets
from ivr.server.studio.door import StudioWishes
from ivr.settings import Settings
from tests.server.line import BOUND_S, FLOWS, PUBLIC, TOKEN, Line


class Folder:
    """A flow folder that a line watches."""

    def __init__(self, line: Line, path: Path) -> None:
        self.line = line
        self.path = path

    @property
    def sets(self) -> Sets:
        sets: Sets = self.line.app.state.house.sets
        return sets

    def save(self, old: str, new: str) -> None:
        """Change a text of main.yaml as an editor does: a new file in the place of the old one."""
        text = (self.path / "main.yaml").read_text()
        assert old in text
        hidden = self.path / ".main.yaml.swp"
        hidden.write_text(text.replace(old, new))
        hidden.replace(self.path / "main.yaml")

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds, looking again at every change of the sets."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def listener() -> None:
            loop.call_soon_threadsafe(news.set)

        unlisten = self.sets.listen(listener)
        async with asyncio.timeout(BOUND_S):
            while not true():
                await news.wait()
                news.clear()
        unlisten()

    async def health(self) -> dict[str, Any]:
        """What the process says of its sets."""
        async with aiohttp.ClientSession() as http, http.get(self.line.base + "/health") as reply:
            told: dict[str, Any] = (await reply.json())["set"]
            return told


@contextlib.contextmanager
def watched(
    tmp_path: Path,
    *,
    flows: Mapping[str, str] = FLOWS,
    locked: bool = False,
    studio: Callable[[Path], StudioWishes] | None = None,
) -> Generator[Folder, None, None]:
    """Serve a folder that is watched, as a public, signed line."""
    path = tmp_path / "flows"
    path.mkdir()
    for name, text in flows.items():
        (path / name).write_text(text)
    settings = Settings(store=str(tmp_path / "var"), public_url=PUBLIC, twilio_tokens=(TOKEN,))
    reader = FolderReader(path, settings, locked)
    edition = reader.read().reading().edition
    assert edition is not None
    told: list[Any] = []
    listeners: list[Callable[[], None]] = []

    def watch(entry: Any) -> None:
        told.append(entry)
        for listener in list(listeners):
            listener()

    app = create_app(
        settings,
        edition.flows,
        assets={},
        watch=watch,
        reloading=Reloading(path, reader),
        studio=None if studio is None else studio(path),
    )
    server = Server(app)
    line = Line(server.start(), settings, app, server, told, listeners)
    try:
        yield Folder(line, path)
    finally:
        listeners.clear()
        server.stop()
