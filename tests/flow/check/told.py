"""What a rule says of a flow, for its tests."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from ivr.flow import source
from ivr.flow.check.folder import Folder
from ivr.flow.check.subject import Subject
from ivr.flow.load import load
from ivr.flow.problems import Severity
from ivr.flow.world import FunctionSpec
from tests.flow.ring import flows_of, loaded


def subject_of(flow: str, /, **files: str) -> Subject:
    """A flow as a rule is given it, with other flows of its folder; none of them is broken."""
    flows = flows_of(flow, **files)
    texts = {"main": flow, **files}
    documents = {f"{name}.yaml": source.read(f"{name}.yaml", text) for name, text in texts.items()}
    return Folder(flows, flows.flows.keys(), frozenset(), documents).subjects["main"]


def told(flow: str, code: str, /, **files: str) -> list[tuple[int, int]]:
    """The places (line, column) where a code is told."""
    found = loaded(flow, frozenset(), **files).problems
    return [(each.span.line, each.span.column) for each in found if each.code == code]


def faults(
    flow: str, functions: Mapping[str, FunctionSpec], /, **files: str
) -> list[tuple[str, int, int]]:
    """The errors and warnings (code, line, column) of a folder whose functions are known."""
    texts = {f"{name}.yaml": textwrap.dedent(text) for name, text in files.items()}
    found = load({"main.yaml": textwrap.dedent(flow), **texts}, functions=functions).problems
    return [
        (each.code, each.span.line, each.span.column)
        for each in found
        if each.severity is not Severity.INFO
    ]
