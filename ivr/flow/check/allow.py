"""``# ivr: allow CODE because …``: an author's word that a warning is meant.

It stands at the end of the line the warning is told for, or on a line of its own right above it.
A reason is required, because whoever comes next has to know whether it still holds. Errors cannot
be allowed: what is wrong for every caller is not a matter of taste.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.reader import did_you_mean
from ivr.flow.source import Document, Node, Scalar, Sequence

_MARK = "# ivr:"
_REMARK = re.compile(r"(?:^|\s)(# ivr:\s*(?P<rest>.*))$")
_ALLOW = re.compile(r"allow\s+(?P<codes>[A-Z]\d{3}(?:\s*,\s*[A-Z]\d{3})*)(?P<reason>.*)")
_BECAUSE = re.compile(r"\s+because\s+\S.*")
REMARKS_MAX = 200
"""Of one file; who allows more has no use for a checker."""
BROKEN = "N001"
UNUSED = "N002"
PAGES = {
    BROKEN: """A remark for the checker that allows nothing.

    It needs a code that exists and is no error, and a reason.

    Wrong::

        1: sales  # ivr: allow M003

    Right::

        1: sales  # ivr: allow M003 because the poster in the shop names it
    """,
    UNUSED: """A remark that allows something nobody complains of any more.

    Whoever reads it looks for a fault that is not there.

    Wrong::

        say: Hello.  # ivr: allow P004 because of the old text

    Right: delete the remark.
    """,
}


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of an author."""

    codes: tuple[str, ...]
    span: Span
    line: int
    """The line it speaks of."""
    fault: str = ""
    """What is wrong with it; then it allows nothing."""
    help: str = ""


def allowed(
    problems: Iterable[Problem],
    documents: Mapping[str, Document],
    severities: Mapping[str, Severity],
) -> list[Problem]:
    """The problems without those that are allowed, and with what is wrong with the remarks."""
    remarks = [r for document in documents.values() for r in _remarks(document, severities)]
    if not remarks:
        return list(problems)
    used: set[tuple[int, str]] = set()
    by_line: dict[tuple[str, int], list[int]] = {}
    for number, remark in enumerate(remarks):
        if not remark.fault:
            by_line.setdefault((remark.span.file, remark.line), []).append(number)
    kept: list[Problem] = []
    for problem in problems:
        here = by_line.get((problem.span.file, problem.span.line), ())
        numbers = [number for number in here if problem.code in remarks[number].codes]
        if numbers and problem.severity is not Severity.ERROR:
            used.update((number, problem.code) for number in numbers)
        else:
            kept.append(problem)
    for number, remark in enumerate(remarks):
        if remark.fault:
            kept.append(Problem(BROKEN, remark.fault, remark.span, remark.help, Severity.WARNING))
            continue
        unused = [code for code in remark.codes if (number, code) not in used]
        if unused:
            message = f"nothing in line {remark.line} is told as {', '.join(unused)}"
            remedy = "delete this remark, or put it on the line or right above it"
            kept.append(Problem(UNUSED, message, remark.span, remedy, Severity.WARNING))
    return kept


def _remarks(document: Document, severities: Mapping[str, Severity]) -> Iterator[Remark]:
    if not any(_MARK in line for line in document.lines):
        return
    inside = set(_lines_of_texts(document.root))
    waiting: list[tuple[str, Span]] = []
    seen = 0
    for number, line in enumerate(document.lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            # Remarks on lines of their own speak of the first line below them that says something.
            yield from (_remark(rest, span, number, severities) for rest, span in waiting)
            waiting = []
        found = _REMARK.search(line) if _MARK in line and number not in inside else None
        if found is None:
            continue
        seen += 1
        if seen > REMARKS_MAX:
            break
        span = Span(document.file, number, found.start(1) + 1, number, len(line) + 1)
        if line[: found.start(1)].strip():
            yield _remark(found["rest"], span, number, severities)
        else:
            waiting.append((found["rest"], span))
    yield from (_remark(rest, span, span.line, severities) for rest, span in waiting)


def _remark(rest: str, span: Span, line: int, severities: Mapping[str, Severity]) -> Remark:
    right = "write  # ivr: allow M003 because …"
    found = _ALLOW.match(rest)
    if found is None:
        return Remark((), span, line, "this remark says nothing the checker understands", right)
    codes = tuple(code.strip() for code in found["codes"].split(","))
    for code in codes:
        if code not in severities:
            return Remark(
                codes,
                span,
                line,
                f"there is no code {code}",
                did_you_mean(code, severities) or right,
            )
        if severities[code] is Severity.ERROR:
            return Remark(
                codes, span, line, f"{code} is an error, and errors cannot be allowed", "mend it"
            )
    if _BECAUSE.fullmatch(found["reason"]) is None:
        return Remark(codes, span, line, "this remark has no reason", f"{right}, with the reason")
    return Remark(codes, span, line)


def _lines_of_texts(root: Node | None) -> Iterator[int]:
    """The lines within texts in which ``#`` is a character: quoted ones and blocks."""
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        match node:
            case Scalar(_, quoted, span):
                if quoted and span.end_line > span.line:
                    # The last line of a quoted text may have a comment behind it.
                    yield from range(span.line + 1, span.end_line)
            case Sequence(items):
                waiting += items
            case source.Mapping(pairs):
                for name, value in pairs:
                    waiting += (name, value)
