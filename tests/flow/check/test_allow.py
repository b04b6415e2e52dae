"""Remarks that allow a finding."""

from __future__ import annotations

import pytest

from tests.flow.ring import loaded, problems_of

FLOW = """\
steps:
  main:
    say: Press 1.
    menu:
      1: main
      2: main
"""
REMARK = "# ivr: allow M003 because the poster names it"


def test_a_warning_is_allowed_at_the_end_of_its_line() -> None:
    assert problems_of(FLOW) == [("M003", 6, 7)]
    assert problems_of(FLOW.replace("2: main", f"2: main  {REMARK}")) == []


def test_a_warning_is_allowed_on_the_lines_above_it() -> None:
    flow = FLOW.replace(
        "      2: main", f"      {REMARK}\n      # and so does the radio\n      2: main"
    )
    assert problems_of(flow) == []


def test_an_info_is_allowed_too_and_several_codes_with_one_reason() -> None:
    infos = [p.code for p in loaded(FLOW).problems]
    assert {"M007", "A001"} <= set(infos)
    flow = FLOW.replace("menu:", "menu:  # ivr: allow M007, A001 because nobody calls here")
    assert [p.code for p in loaded(flow).problems] == ["M003"]


@pytest.mark.parametrize(
    ("remark", "message"),
    [
        ("# ivr: allow M003", "this remark has no reason"),
        ("# ivr: allow M003 because", "this remark has no reason"),
        ("# ivr: allow M333 because of it", "there is no code M333"),
        ("# ivr: allow F001 because of it", "F001 is an error, and errors cannot be allowed"),
        ("# ivr: ignore M003", "this remark says nothing the checker understands"),
    ],
)
def test_a_remark_that_allows_nothing_is_told_and_allows_nothing(remark: str, message: str) -> None:
    found = loaded(FLOW.replace("2: main", f"2: main  {remark}")).problems
    assert [p.code for p in found if p.severity.value == "warning"] == ["M003", "N001"]
    (broken,) = (p for p in found if p.code == "N001")
    assert broken.message == message
    assert broken.span.column == 16


def test_a_remark_nobody_needs_any_more_is_told_with_the_code_that_is_not_found() -> None:
    flow = FLOW.replace("2: main", "2: main  # ivr: allow M003, P004 because the poster names it")
    (found,) = (p for p in loaded(flow).problems if p.code == "N002")
    assert found.message == "nothing in line 6 is told as P004"


def test_an_error_stays_whatever_is_said_about_it() -> None:
    flow = FLOW.replace("2: main", "2: nowhere  # ivr: allow F001 because it will come")
    assert loaded(flow).flows is None


def test_a_remark_within_a_text_is_text() -> None:
    block = f"say: |\n      Press 1.\n      {REMARK}\n      Press 2.\n"
    found = problems_of(FLOW.replace("say: Press 1.\n", block))
    assert "N002" not in [code for code, _, _ in found]


def test_a_remark_below_everything_is_not_needed() -> None:
    assert problems_of(FLOW.replace("      2: main\n", "") + REMARK + "\n") == [("N002", 6, 1)]
