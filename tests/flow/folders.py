"""Folders written in a test: what is told of them, with the file of each place."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from ivr.flow.load import Loaded, load
from ivr.flow.model import FlowSet
from ivr.flow.problems import Problem

Place = tuple[str, str, int, int]
"""Code, file, line, column."""


def folder(files: Mapping[str, str], **how: object) -> Loaded:
    """Load files by path; ``main`` and ``shared/common`` stand for those with ``.yaml``."""
    texts = {f"{name}.yaml": textwrap.dedent(text) for name, text in files.items()}
    return load(texts, **how)  # type: ignore[arg-type]


def told(files: Mapping[str, str], *codes: str, **how: object) -> list[Place]:
    """The places of all problems, or of those with these codes."""
    return [
        _place(each) for each in folder(files, **how).problems if each.code in (codes or each.code)
    ]


def problem(files: Mapping[str, str], code: str, **how: object) -> Problem:
    """The only problem with this code."""
    (found,) = [each for each in folder(files, **how).problems if each.code == code]
    return found


def compiled(files: Mapping[str, str], **how: object) -> FlowSet:
    """The flow set of a folder without errors; its rules are left out."""
    found = folder(files, checked=False, **how)
    assert found.flows is not None, found.problems
    return found.flows


def _place(problem: Problem) -> Place:
    return (problem.code, problem.span.file, problem.span.line, problem.span.column)
