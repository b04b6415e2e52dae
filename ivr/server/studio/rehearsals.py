"""The flow tests of a folder, made again whenever something is saved, and calls kept as tests.

Made in a thread: fifty calls take a tenth of a second. Nothing is decided here; what a test means
is ``ivr.rehearsal``'s business. ``door`` shows the result to the page, ``ivr dev`` in the terminal.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.flow.model import ClipItem, FlowSet
from ivr.rehearsal.caller import Rehearsed, rehearse
from ivr.rehearsal.read import SUFFIX, read
from ivr.rehearsal.recorded import NoTest, recorded
from ivr.rehearsal.script import Script
from ivr.rehearsal.transcript import heading, render
from ivr.server.editions import Edition
from ivr.server.quietly import quietly
from ivr.server.sets import FlowsInUse, Sets
from ivr.server.studio.events import News
from ivr.server.studio.trials import Tried, Wrong

TESTS_FOLDER: Final = "tests"
FILE_BYTES_MAX: Final = 1 << 20
FILES_MAX: Final = 500
NAME_CHARS_MAX: Final = 120
STEM_CHARS_MAX: Final = 48

_HEADING = re.compile(r"^  as recorded on .*:$", re.MULTILINE)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """One file of tests, and the calls that were made of it."""

    name: str
    """Its path in the flow folder."""
    text: str
    script: Script
    calls: Sequence[Rehearsed]

    @property
    def failed(self) -> int:
        """Calls that did not go as written."""
        return sum(call.failure is not None for call in self.calls)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All tests of a folder, made with one flow set."""

    used: FlowsInUse
    files: Sequence[Made] = ()
    seconds: float = 0.0
    """From noticing what was saved to here."""

    @property
    def passed(self) -> int:
        """Calls that went as written."""
        return sum(call.failure is None for file in self.files for call in file.calls)

    def failed(self) -> list[dict[str, object]]:
        """What did not, and files that cannot be read; as the page shows it."""
        found: list[dict[str, object]] = []
        for file in self.files:
            for problem in file.script.problems:
                found.append(_failed(file.name, file.name, problem.span.line, problem.message))
            for call in file.calls:
                if call.failure is not None:
                    line = call.failure.direction.span.line
                    found.append(_failed(call.script.name, file.name, line, call.failure.message))
        return found


def _failed(name: str, file: str, line: int, what: str) -> dict[str, object]:
    return {"name": name, "file": file, "line": line, "what": what}


class Rehearsals:
    """Makes the tests of one flow folder."""

    def __init__(
        self, folder: Path, sets: Sets, news: News, told: Callable[[Rehearsal], None]
    ) -> None:
        """``told`` is told of every run, in the event loop's thread; ``news`` of every change."""
        self._folder = folder
        self._sets = sets
        self._told = told
        self._again = asyncio.Event()
        self._noticed = 0.0
        self._news = news
        self._running = False
        self._last: Rehearsal | None = None

    def again(self, noticed: float) -> None:
        """Something was saved, which was noticed at this time of the loop's."""
        self._noticed = noticed
        self._again.set()

    async def run_for_ever(self) -> None:
        """Make the tests now and after every change, until cancelled."""
        loop = asyncio.get_running_loop()
        self.again(loop.time())
        while True:
            await self._again.wait()
            self._again.clear()
            self._running = True
            self._news.tell()
            try:
                made = await quietly(make_calls, self._folder, self._sets.now)
                self._last = replace(made, seconds=loop.time() - self._noticed)
            except Exception:
                log.exception("the flow tests could not be made")
            self._running = False
            self._news.tell()
            if self._last is not None and not self._again.is_set():
                self._told(self._last)

    def shown(self) -> dict[str, object]:
        """As the page shows it."""
        last = self._last
        return {
            "running": self._running or last is None,
            "passed": 0 if last is None else last.passed,
            "failed": [] if last is None else last.failed(),
        }


def make_calls(folder: Path, used: FlowsInUse) -> Rehearsal:
    """Make every call of a folder's tests with a flow set."""
    edition = used.edition
    clips = clips_of(edition)
    files = []
    for path in sorted((folder / TESTS_FOLDER).rglob(f"*{SUFFIX}"))[:FILES_MAX]:
        try:
            text = path.read_bytes()[:FILE_BYTES_MAX].decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue  # it is being written, or gone again
        files.append(_made(path.relative_to(folder).as_posix(), text, edition.flows, clips))
    return Rehearsal(used, tuple(files))


def _made(name: str, text: str, flows: FlowSet, clips: Mapping[str, int]) -> Made:
    script = read(name, text, flows)
    return Made(name, text, script, [rehearse(flows, call, clips=clips) for call in script.calls])


def clips_of(edition: Edition) -> Mapping[str, int]:
    """How many milliseconds each file lasts that is played; what fills the time has no length."""
    played = {
        item.file
        for flow in edition.flows.flows.values()
        for step in flow.steps.values()
        for prompt in step.prompts()
        for item in prompt.items
        if isinstance(item, ClipItem)
    }
    assets = edition.assets
    return {name: len(wav.read(assets[name])) // BYTES_PER_MS for name in played & assets.keys()}


# --------------------------------------------------------------------------- calls kept as tests


def yaml_of(tried: Tried, name: str | None = None) -> str:
    """The flow test that makes a call of the page again. Raises :class:`Wrong`."""
    try:
        made = recorded(tried.entries, tried.flows)
    except NoTest as error:
        raise Wrong(409, str(error)) from None
    if name is None:
        return made.text
    key = json.dumps(name, ensure_ascii=False)  # a JSON string is a YAML one
    return _HEADING.sub(lambda _: f"  {key}:", made.text, count=1)


def keep(folder: Path, edition: Edition, tried: Tried, name: str) -> Mapping[str, object]:
    """Write a call of the page into the folder's tests, and make it. Raises :class:`Wrong`."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise Wrong(422, f"give it a name of up to {NAME_CHARS_MAX} characters")
    text = yaml_of(tried, name)
    file = f"{TESTS_FOLDER}/{_stem(name)}{SUFFIX}"
    path = folder / file
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise Wrong(409, f"{file} is there already: choose another name") from None
    except OSError as error:
        raise Wrong(500, f"{path} cannot be written: {error.strerror}") from None
    made = _made(file, text, edition.flows, clips_of(edition))
    return {"file": file, **_outcome(made)}


def _outcome(made: Made) -> dict[str, object]:
    problems = [f"line {each.span.line}: {each.message}" for each in made.script.problems]
    if problems or not made.calls:
        return {"line": 1, "passed": False, "output": "\n".join(problems)}
    call = made.calls[0]
    setting = call.script.setting
    rows = [heading(setting.flow, setting.started_at), *render(call.entries)]
    if call.failure is None:
        return {"line": call.script.span.line, "passed": True, "output": "\n".join(rows)}
    rows.append(f"> {call.failure.sentence}")
    line = call.failure.direction.span.line
    return {"line": line, "passed": False, "output": "\n".join(rows)}


def _stem(name: str) -> str:
    """A file name: what can be read of the name in plain letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:STEM_CHARS_MAX].strip("-") or "call"
