"""Findings and their places."""

from __future__ import annotations

from ivr.flow.problems import Problem, Severity, Span


def test_a_place_reads_as_editors_understand_it() -> None:
    assert str(Span("flows/a.yaml", 3, 7, 3, 9)) == "flows/a.yaml:3:7"


def test_problems_sort_in_file_order() -> None:
    late = Problem("A", "late", Span("a.yaml", 10, 1, 10, 2))
    early = Problem("B", "early", Span("a.yaml", 9, 5, 9, 6), severity=Severity.INFO)
    assert sorted([late, early], key=Problem.sort_key) == [early, late]
