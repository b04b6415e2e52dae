"""The pages of what is found while reading."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.flow.check import MORE, PAGES, RULES

FLOW = Path(__file__).parents[3] / "ivr" / "flow"
CODE = re.compile(r'"([A-Z]\d{3})"')


def test_every_code_the_loader_reports_has_a_page_here_or_a_rule() -> None:
    loaders = [file for file in FLOW.rglob("*.py") if "check" not in file.relative_to(FLOW).parts]
    reported = {code for file in loaders for code in CODE.findall(file.read_text("utf-8"))}
    reported.discard("E164")  # the standard of telephone numbers, and no code
    assert reported <= PAGES.keys() | {rule.code for rule in RULES}
    assert PAGES.keys() <= reported, "a page nobody reports"


def test_no_page_is_a_rules_page_too() -> None:
    assert PAGES.keys().isdisjoint(rule.code for rule in RULES)


def test_rules_that_find_more_of_the_same_have_their_page_among_these() -> None:
    assert {rule.code for rule in MORE} <= PAGES.keys()
