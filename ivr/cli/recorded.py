"""``ivr test --record``: a test file from the record of a call, tried at once.

Finds the record, writes ``tests/recorded-….test.yaml`` beside the other tests, makes the call and
says whether it goes the same way. What a record means is ``ivr.rehearsal.recorded``'s business.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import msgspec

from ivr.cli.folder import TESTS_FOLDER, Folder
from ivr.cli.report import Report, Tested
from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import SUFFIX, read
from ivr.rehearsal.recorded import NoTest, recorded
from ivr.server.app import RECORDS_FOLDER
from ivr.settings import Settings

LAST: Final = "last"
RECORD_BYTES_MAX: Final = 64 << 20
ID_CHARS: Final = 12
"""Of a call's id in the name of its test."""


def write_test(wanted: str, folder: Folder, flows: FlowSet, clips: Mapping[str, int]) -> bool:
    """Write the test of a recorded call and make it; whether it went as recorded."""
    record = _find(wanted)
    try:
        made = recorded(_entries(record), flows)
    except NoTest as error:
        raise SettingsError(f"{record}: {error}") from None
    stem = re.sub(r"[^A-Za-z0-9_-]", "", record.stem)[:ID_CHARS] or "call"
    name = f"{TESTS_FOLDER}/recorded-{stem}{SUFFIX}"
    file = folder.path / name
    try:
        file.parent.mkdir(exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(made.text)
    except FileExistsError:
        raise SettingsError(f"{file} is there already: rename or delete it first") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {file}")
    for doubt in made.doubts:
        click.echo(f"note: {doubt}")
    script = read(name, made.text, flows)
    report = Report(verbose=True)
    calls = [rehearse(flows, call, clips=clips) for call in script.calls]
    report.add(Tested(folder, name, made.text, script, calls))
    return not report.failed and not report.unreadable


def _find(wanted: str) -> Path:
    """The record that is meant: a file, or a call in the store by its id or the last one."""
    if wanted.endswith(".jsonl"):
        return Path(wanted)
    store = Path(Settings.from_environment(os.environ).store) / RECORDS_FOLDER
    files = [file for file in store.glob("*/*.jsonl") if not file.name.startswith(".")]
    if wanted != LAST:
        files = [file for file in files if file.stem.startswith(wanted)]
    if not files:
        which = "no record of a call" if wanted == LAST else f"no record of a call {wanted}"
        raise SettingsError(
            f"there is {which} in {store}: ivr calls list names those that are kept"
        )
    if wanted != LAST and len(files) > 1:
        raise SettingsError(f"{wanted} is the beginning of several calls: give more of the id")
    return max(files, key=lambda file: (file.parent.name, file.stat().st_mtime))


def _entries(record: Path) -> list[dict[str, object]]:
    try:
        with record.open("rb") as opened:
            lines = opened.read(RECORD_BYTES_MAX).splitlines()
    except OSError as error:
        raise SettingsError(f"{record} cannot be read: {error.strerror}") from None
    try:
        return [msgspec.json.decode(line, type=dict[str, object]) for line in lines]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"{record} is no record of a call") from None
