"""Every page of ``tests/flow/problems``: one planted fault, and exactly what is said of it.

A page is a flow with one fault, named by its code (``M002-folded.yaml``); ``# ==> settings.yaml``
begins another file of its folder. Beside it stands what `ivr check` prints. Nothing but that code
may be told as an error or a warning. ``python -m tests.flow.check.test_pages`` writes what is
printed now, to be read before it is believed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.cli.folder import Folder, show_problem
from ivr.flow.check import SEVERITIES
from ivr.flow.load import Loaded, load
from ivr.flow.problems import Severity

PAGES = sorted((Path(__file__).parent.parent / "problems").glob("*.yaml"))
_OTHER_FILE = re.compile(r"^# ==> (.+)\n", re.MULTILINE)


def files_of(page: Path) -> dict[str, str]:
    main, *others = _OTHER_FILE.split(page.read_text("utf-8"))
    return {"main.yaml": main, **dict(zip(others[::2], others[1::2], strict=True))}


def shown(files: dict[str, str], loaded: Loaded) -> str:
    folder = Folder(Path("flows"), files, {})
    return "".join(f"{show_problem(each, folder)}\n" for each in loaded.problems)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_a_planted_fault_is_told_at_its_place_and_nothing_else_is(page: Path) -> None:
    code, files = page.stem.partition("-")[0], files_of(page)
    loaded = load(files)
    grave = {each.code for each in loaded.problems if each.severity is not Severity.INFO}
    assert grave <= {code}
    assert code in {each.code for each in loaded.problems}
    assert (loaded.flows is None) == (SEVERITIES[code] is Severity.ERROR)
    assert shown(files, loaded) == page.with_suffix(".txt").read_text("utf-8")


def test_every_code_has_its_page() -> None:
    assert {page.stem.partition("-")[0] for page in PAGES} == SEVERITIES.keys()


def main() -> None:
    """Write what is printed now beside each page."""
    for page in PAGES:
        files = files_of(page)
        page.with_suffix(".txt").write_text(shown(files, load(files)), "utf-8")


if __name__ == "__main__":
    main()
