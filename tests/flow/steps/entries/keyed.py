"""What tests of entries ask: how keys go, one after the other, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.flow.expression import NOW
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import read
from ivr.flow.steps.entries import ENTRIES, Entry, Ground, Progress
from ivr.flow.values import Value

MONDAY = datetime(2026, 11, 23, 10, 15, tzinfo=ZoneInfo("America/Chicago"))


def ground(locale: str = "en-US", /, **scope: Value) -> Ground:
    """A Monday morning."""
    return Ground(locale, {NOW: MONDAY, **scope})


def read_entry(options: str, language: str = "en-US") -> tuple[Entry, list[tuple[str, str]]]:
    """An entry as a flow writes it (``date; min: today``), and the code and words of each fault."""
    name, *rest = options.split("; ")
    document = read("main.yaml", "\n".join(["ask: x", *rest]))
    assert isinstance(document.root, MappingNode), document.problems
    reader = Reader(document, languages=(language,))
    entry = ENTRIES[name].load(reader, document.root)
    return entry, [(problem.code, problem.message) for problem in reader.problems]


def entry_of(options: str, language: str = "en-US") -> Entry:
    """The same where nothing is wrong with it."""
    entry, problems = read_entry(options, language)
    assert problems == []
    return entry


def pace(entry: Entry, keyed: str, on: Ground | None = None) -> str:
    """How far it is after each key: ``.`` wants more, ``+`` is enough, ``!`` is whole."""
    signs: Mapping[Progress, str] = {
        Progress.MORE: ".",
        Progress.ENOUGH: "+",
        Progress.WHOLE: "!",
    }
    on = on or ground()
    ends = range(1, len(keyed) + 1)
    return "".join(signs[entry.progress(keyed[:end], on)] for end in ends)
