"""One reading of a flow folder: what calls can be led by, and what is to be said about it.

An :class:`Edition` is good: its flows compiled, its audio and functions are there. Where there is
none the findings say why. Read by the command line (``ivr.cli.watching``), which knows folders;
kept by ``server/sets``; shown by ``health`` and the studio. Plain data.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ivr.flow import source
from ivr.flow.load import is_flow_file
from ivr.flow.model import FlowSet
from ivr.flow.problems import Problem, Severity
from ivr.outside.functions import Registry


@dataclass(frozen=True, slots=True)
class Edition:
    """What calls are led by."""

    flows: FlowSet
    assets: Mapping[str, bytes] = field(default_factory=dict)
    """The audio files by their path in the folder."""
    functions: Registry = field(default_factory=Registry)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of a folder, with its place where it has one."""

    message: str
    severity: str = Severity.ERROR.value
    code: str = ""
    """Empty for what no rule is about: a file that cannot be read, a take that is missing."""
    remedy: str = ""
    file: str = ""
    line: int = 0
    """From 1; 0 where there is no place."""
    column: int = 0
    flow: str | None = None
    step: str | None = None

    def __str__(self) -> str:
        """``main.yaml:12:5 error F001 there is no step …``, in one line."""
        place = f"{self.file}:{self.line}:{self.column} " if self.file else ""
        code = f"{self.code} " if self.code else ""
        return f"{place}{self.severity} {code}{' '.join(self.message.split())}"

    @property
    def grave(self) -> bool:
        """Whether it keeps a set from being used."""
        return self.severity == Severity.ERROR.value


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading came to."""

    edition: Edition | None
    findings: tuple[Finding, ...] = ()


Reader = Callable[[], Reading]
"""Reads the folder as it is now. Blocks, so it is called in a thread; raises SettingsError for
what has no place in a flow file."""


def findings_of(problems: Iterable[Problem], files: Mapping[str, str]) -> tuple[Finding, ...]:
    """Problems with the flow and the step they are in; ``files`` are the folder's by path."""
    steps: dict[str, list[tuple[int, str | None]]] = {}
    found = []
    for problem in problems:
        span = problem.span
        flow = span.file.removesuffix(".yaml") if is_flow_file(span.file) else None
        step = None
        if flow is not None and span.file in files:
            if span.file not in steps:
                steps[span.file] = _steps_of(span.file, files[span.file])
            begins = steps[span.file]
            before = bisect_right(begins, span.line, key=lambda each: each[0])
            step = begins[before - 1][1] if before else None
        found.append(
            Finding(
                problem.message,
                problem.severity.value,
                problem.code,
                problem.help,
                span.file,
                span.line,
                span.column,
                flow,
                step,
            )
        )
    return tuple(found)


def _steps_of(file: str, text: str) -> list[tuple[int, str | None]]:
    """The line each step begins at, and where something else does (None), in order."""
    root = source.read(file, text).root
    if not isinstance(root, source.Mapping):
        return []
    begins: list[tuple[int, str | None]] = []
    for name, value in root.items:
        begins.append((name.span.line, None))
        if name.text == "steps" and isinstance(value, source.Mapping):
            begins += [(step.span.line, step.text) for step, _ in value.items]
    return sorted(begins, key=lambda each: each[0])
