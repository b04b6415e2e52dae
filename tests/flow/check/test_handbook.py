"""The document of all codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.check import SEVERITIES, manual, page
from ivr.flow.check.handbook import document
from ivr.flow.problems import Severity

CHECKS = Path(__file__).parents[3] / "flows" / "CHECKS.md"


def test_the_committed_document_is_what_the_code_says() -> None:
    assert CHECKS.read_text("utf-8") == manual(), "ivr check --explain all > flows/CHECKS.md"


@pytest.mark.parametrize("code", SEVERITIES)
def test_every_code_has_a_page_with_a_wrong_example_and_a_right_one(code: str) -> None:
    written = page(code)
    assert written is not None
    # What N003 tells is seldom wrong.
    assert "\n\nWrong:" in written or code == "N003"
    assert "\n\nRight:" in written
    assert f"### {code} · {SEVERITIES[code].value}\n" in manual()


def test_examples_become_fenced_blocks() -> None:
    pages = {"M001": "A rule about ``menu``.\n\nWrong::\n\n    menu: {1: a}\n\nRight: fewer."}
    made = document(pages, {"M001": Severity.WARNING})
    assert "## Menus\n\n### M001 · warning\n\nA rule about `menu`.\n" in made
    assert "\nWrong:\n\n```yaml\nmenu: {1: a}\n```\n\nRight: fewer.\n" in made
