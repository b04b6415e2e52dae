"""The result of flow tests as JUnit XML, which build servers show call by call.

One suite a file, one case a call; a failure holds the sentence and the transcript. No times and no
host: the same tests give the same file. Written by ``ivr test --junit``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 cannot hold (its section 2.2)."""


@dataclass(frozen=True, slots=True)
class Case:
    """One call, or what is wrong with a file that cannot be read."""

    name: str
    line: int
    message: str | None = None
    """Why it failed; None where it passed."""
    detail: str = ""
    """Its transcript, or the problems of the file."""
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """The calls of one test file."""

    file: str
    cases: Sequence[Case]


def junit(suites: Sequence[Suite]) -> str:
    """The whole report."""
    root = ElementTree.Element("testsuites", _counts([c for s in suites for c in s.cases]))
    for suite in suites:
        counts = _counts(suite.cases)
        below = ElementTree.SubElement(root, "testsuite", {"name": _text(suite.file), **counts})
        for case in suite.cases:
            where = {"classname": _text(suite.file), "name": _text(case.name)}
            place = {"file": _text(suite.file), "line": str(case.line)}
            node = ElementTree.SubElement(below, "testcase", {**where, **place})
            if case.message is not None:
                tag = "error" if case.unreadable else "failure"
                told = ElementTree.SubElement(node, tag, {"message": _text(case.message)})
                told.text = _text(case.detail)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    failed = [case for case in cases if case.message is not None]
    errors = sum(case.unreadable for case in failed)
    return {
        "tests": str(len(cases)),
        "failures": str(len(failed) - errors),
        "errors": str(errors),
    }


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
