"""The pages of what is found while reading."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.flow.check import RULES
from ivr.flow.check.reading import PAGES

FLOW = Path(__file__).parents[3] / "ivr" / "flow"
CODE = re.compile(r'"([A-Z]\d{3})"')


def test_every_code_the_loader_reports_has_a_page_here_or_a_rule() -> None:
    loaders = [file for file in FLOW.rglob("*.py") if "check" not in file.relative_to(FLOW).parts]
    reported = {code for file in loaders for code in CODE.findall(file.read_text("utf-8"))}
    assert reported <= PAGES.keys() | {rule.code for rule in RULES}
    assert PAGES.keys() <= reported, "a page nobody reports"


def test_no_page_is_a_rules_page_too() -> None:
    assert PAGES.keys().isdisjoint(rule.code for rule in RULES)
