"""Findings and their places."""

from __future__ import annotations

from ivr.flow.problems import MESSAGE_CHARACTERS_MAX, Problem, Severity, Span


def test_a_place_reads_as_editors_understand_it() -> None:
    assert str(Span("flows/a.yaml", 3, 7, 3, 9)) == "flows/a.yaml:3:7"


def test_problems_sort_in_file_order() -> None:
    late = Problem("A", "late", Span("a.yaml", 10, 1, 10, 2))
    early = Problem("B", "early", Span("a.yaml", 9, 5, 9, 6), severity=Severity.INFO)
    assert sorted([late, early], key=Problem.sort_key) == [early, late]


def test_a_message_never_holds_a_whole_file() -> None:
    problem = Problem("S001", "“" + "a" * 100_000 + "” is not known", Span("a.yaml", 1, 1, 1, 2))
    assert len(problem.message) <= MESSAGE_CHARACTERS_MAX + 3
    assert problem.message.endswith("” is not known")
