"""What can be wrong with a flow file, with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

MESSAGE_CHARACTERS_MAX = 300


class Span(NamedTuple):
    """A place in a file. Lines and columns count from 1; the end is exclusive.

    Every word of a file has one, and a named tuple is made in a third of a dataclass's time.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(Enum):
    """``error`` refuses to load, ``warning`` fails ``--strict``, ``info`` is said once."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable code, a sentence in the author's words, and how to mend it."""

    code: str
    message: str
    span: Span
    help: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        # A message with a whole file between its quotes helps nobody.
        if len(self.message) > MESSAGE_CHARACTERS_MAX:
            half = MESSAGE_CHARACTERS_MAX // 2
            short = f"{self.message[:half]} … {self.message[-half:]}"
            object.__setattr__(self, "message", short)

    def sort_key(self) -> tuple[str, int, int, str]:
        """Problems are told in file order."""
        return (self.span.file, self.span.line, self.span.column, self.code)
