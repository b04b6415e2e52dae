"""Findings, with the flow and the step they are in."""

from __future__ import annotations

from ivr.flow.load import load
from ivr.server.editions import Finding, findings_of
from tests.server.line import FLOWS


def test_a_problem_is_told_with_its_flow_and_step() -> None:
    files = {
        **FLOWS,
        "main.yaml": FLOWS["main.yaml"].replace("1: desk", "1: dsek").replace("star: ", "star: x"),
        "numbers.yaml": '"+15550001111": other\n',
    }
    found = findings_of(load(files).problems, files)
    places = {(each.file, each.line, each.flow, each.step) for each in found if each.grave}
    assert places == {
        ("main.yaml", 6, "main", None),
        ("main.yaml", 12, "main", "main"),
        ("numbers.yaml", 1, None, None),
    }


def test_one_line_says_all_of_it() -> None:
    finding = Finding("there is\nno step", code="F001", file="main.yaml", line=12, column=10)
    assert str(finding) == "main.yaml:12:10 error F001 there is no step"
    assert str(Finding("no take")) == "error no take"
