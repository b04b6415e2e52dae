"""The starter of all tests: whatever becomes of a file is counted and named, none is lost."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import side_by_side
from tests.side_by_side import APART, FIRST, TESTS, Tally, main, queue_of

GOOD = """
    import pytest

    def test_one() -> None: ...

    def test_two(tmp_path) -> None: ...

    def test_elsewhere() -> None:
        pytest.skip("not here")
"""


def run(
    folder: Path, capfd: pytest.CaptureFixture[str], files: Mapping[str, str], processes: int
) -> tuple[int, str]:
    """Write files into a folder and run them; the exit code and what was shown."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), "utf-8")
    code = main(folder, processes)
    return code, capfd.readouterr().out


def test_what_passes_is_one_total(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = {"test_a.py": GOOD, "deep/test_b.py": GOOD.replace("_one", "_three")}
    code, shown = run(tmp_path, capfd, files, processes=1)
    assert code == 0, shown
    lines = shown.splitlines()
    assert lines[:2] == [" 50 %  2 passed, 1 skipped", "100 %  4 passed, 2 skipped"]
    assert lines[-1].startswith("4 passed, 2 skipped in ")
    assert "test_a.py" in lines[-2], "the longest"


def test_whoever_takes_a_second_file_of_a_folder_has_its_fixtures_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    conftest = "import pytest\n\n@pytest.fixture\ndef guest() -> str:\n    return 'Ada'\n"
    file = "def test_guest(guest: str) -> None:\n    assert guest == 'Ada'\n"
    files = {"deep/conftest.py": conftest, "deep/test_a.py": file, "deep/test_b.py": file}
    code, shown = run(tmp_path, capfd, files, processes=1)
    assert code == 0, shown
    assert shown.splitlines()[-1].startswith("2 passed in ")


def test_nothing_that_goes_wrong_is_lost(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = {
        "test_a_lost.py": "import os\n\ndef test_end() -> None:\n    os._exit(0)\n",
        "test_bad.py": "def test_sum() -> None:\n    total = 2\n    assert total == 3\n",
        "test_broken.py": "import nothing_of_this_name\n",
        "test_good.py": GOOD,
        "test_torn_down.py": """
            import pytest

            @pytest.fixture
            def house():
                yield
                raise OSError("it fell")

            def test_house(house) -> None: ...
        """,
    }
    code, shown = run(tmp_path, capfd, files, processes=2)
    assert code == 1
    lines = shown.splitlines()
    assert "begun and not finished: test_a_lost.py" in lines
    assert "test_bad.py: 1 failed" in lines
    assert "test_broken.py: 1 error" in lines
    assert "test_torn_down.py: 1 error" in lines
    assert "E       assert 2 == 3" in lines
    assert "No module named 'nothing_of_this_name'" in shown
    assert "OSError: it fell" in shown
    assert lines[-1].startswith("3 passed, 2 error, 1 failed, 1 skipped in ")


def test_the_whole_is_every_file_at_its_end_and_something_in_them() -> None:
    tally = Tally(["a", "b"])
    assert list(tally.hear({"began": "a"})) == []
    assert list(tally.hear({"ended": "a", "took_s": 2.5, "results": {"passed": 1}})) == [
        " 50 %  1 passed"
    ]
    assert not tally.whole
    assert list(tally.summary()) == ["not begun: 1 of 2 files", "longest: a 2 s"]
    assert list(tally.hear({"began": "b"})) == []
    assert not tally.whole
    assert list(tally.summary()) == ["begun and not finished: b", "longest: a 2 s"]
    assert list(tally.hear({"ended": "b", "took_s": 4.0, "results": {}})) == ["100 %  1 passed"]
    assert tally.whole


def test_no_tests_at_all_are_no_success() -> None:
    assert not Tally([]).whole
    tally = Tally(["a"])
    assert list(tally.hear({"began": "a"})) == []
    assert list(tally.hear({"ended": "a", "took_s": 0.1, "results": {}})) == ["100 %  nothing"]
    assert not tally.whole


def test_every_test_file_is_in_the_queue_once_and_the_long_ones_lead_it() -> None:
    queue = queue_of(TESTS)
    assert queue[: len(FIRST)] == list(FIRST), "a file in FIRST is not there any more"
    apart = [file for folder in APART for file in queue_of(TESTS / folder)]
    assert len(queue) + len(apart) == len(list(TESTS.rglob("test_*.py")))
    assert len(set(queue)) == len(queue)


def test_a_name_that_does_not_fit_into_the_queue_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(side_by_side, "RECORD_BYTES", 10)
    with (tmp_path / "queue").open("wb") as queue, pytest.raises(AssertionError, match="shorter"):
        side_by_side.line_up(["test_long_name.py"], queue.fileno())


def test_what_has_a_command_of_its_own_is_not_run_twice() -> None:
    assert not {file.split("/")[0] for file in queue_of(TESTS)} & APART.keys()
    assert queue_of(TESTS / "simulation")
    rules = (TESTS.parent / "Makefile").read_text("utf-8")
    ran = (TESTS.parent / ".ci/run").read_text("utf-8")
    for folder, command in APART.items():
        target = command.removeprefix("make ")
        assert (TESTS / folder).is_dir() == (f"\n{target}:" in rules)
        assert not (TESTS / folder).is_dir() or target in ran, f"nobody runs {command}"
