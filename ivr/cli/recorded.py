"""``ivr test --record``: a test file from the record of a call, tried at once.

Finds the record, writes ``tests/recorded-….test.yaml`` beside the other tests, makes the call and
says whether it goes the same way. What a record means is ``ivr.rehearsal.recorded``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from ivr.calls.summary import from_lines
from ivr.cli.folder import TESTS_FOLDER, Folder
from ivr.cli.kept import asked, find, settings_of
from ivr.cli.report import Report, Tested
from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import SUFFIX, read
from ivr.rehearsal.recorded import NoTest, recorded

RECORD_BYTES_MAX: Final = 64 << 20
ID_CHARS: Final = 12
"""Of a call's id in the name of its test."""


def write_test(wanted: str, folder: Folder, flows: FlowSet, clips: Mapping[str, int]) -> bool:
    """Write the test of a recorded call and make it; whether it went as recorded."""
    call, place, lines = _found(wanted)
    entries, damaged = from_lines(lines)
    if damaged:
        raise SettingsError(f"{place} is no record of a call")
    try:
        made = recorded(entries, flows)
    except NoTest as error:
        raise SettingsError(f"{place}: {error}") from None
    stem = re.sub(r"[^A-Za-z0-9_-]", "", call)[:ID_CHARS] or "call"
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


def _found(wanted: str) -> tuple[str, str, bytes]:
    """The record that is meant, a file or a call in the store: its call, its place, its lines."""
    if not wanted.endswith(".jsonl"):
        kept = asked(settings_of(None).store, lambda store: find(store, wanted))
        return kept.summary.call, f"call {kept.summary.call}", kept.lines
    try:
        with Path(wanted).open("rb") as opened:
            return Path(wanted).stem, wanted, opened.read(RECORD_BYTES_MAX)
    except OSError as error:
        raise SettingsError(f"{wanted} cannot be read: {error.strerror}") from None
