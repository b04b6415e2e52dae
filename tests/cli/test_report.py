"""What ``ivr test`` prints for people, for programs and for build servers."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.cli.test_test import BAD, GOOD, folder, run


def test_coverage_is_the_last_line_after_what_no_call_touches(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=GOOD), "--coverage")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "1 passed, 0 failed",
        f"{tmp_path}/main.yaml:6:11 info C001 no call has the outcome main/main: fail",
        "coverage: steps 2/2 outcomes 2/3",
    ]


def test_whole_coverage_says_so(tmp_path: Path) -> None:
    more = GOOD + "  waits:\n    - ended: hangup\n".replace("- ended", "- silent\n    - ended")
    more = more.replace("    - silent", "    - silent\n    - silent\n    - silent")
    result = run(folder(tmp_path, tests_main=more), "--coverage")
    assert result.output.splitlines() == [
        "2 passed, 0 failed",
        "coverage: steps 2/2 outcomes 3/3",
    ]


def test_of_one_flow_only_its_own_steps_count(tmp_path: Path) -> None:
    other = "steps: {main: {say: Hello., goto: hangup}}\n"
    root = folder(tmp_path, other=other, numbers="default: main\n", tests_main=GOOD)
    assert run(root / "main.yaml", "--coverage").output.endswith("steps 2/2 outcomes 2/3\n")
    assert run(root, "--coverage").output.endswith("steps 2/3 outcomes 2/4\n")


def test_programs_get_everything_in_one_document(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=BAD), "--json", "--coverage")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["passed"], told["failed"], told["unreadable"]) == (1, 1, [])
    failed, passed = told["calls"]
    assert failed["place"] == f"{tmp_path}/tests/main.test.yaml:4:7"
    assert failed["message"].startswith("line 4: the flow is waiting for the caller")
    assert failed["transcript"][1] == "  0.0  ivr     Hello. To finish, press 1."
    assert (passed["passed"], passed["message"]) == (True, None)
    assert told["coverage"]["summary"] == "coverage: steps 1/2 outcomes 0/3"
    [covered] = told["coverage"]["folders"]
    assert covered["steps"][0] == {"step": "main/main", "place": "main.yaml:3:3", "touched": True}


def test_programs_are_told_of_files_that_cannot_be_read_too(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main="calls: {a: [heers: x]}\n"), "--json")
    assert result.exit_code == 2
    [problem] = json.loads(result.stdout)["unreadable"]
    assert problem["message"] == "“heers” is not something a caller does here"


def test_build_servers_get_a_file(tmp_path: Path) -> None:
    wrong = "flow: main\ncalls:\n  a: [heers: x]\n"
    root = folder(tmp_path, tests_main=BAD, tests_wrong=wrong)
    assert run(root, "--junit", tmp_path / "report.xml").exit_code == 2
    report = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert report.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    failure = report.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.text.startswith("flow main   called at Mon 2026-01-05 10:00\n")


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=GOOD), "--junit", tmp_path / "no/report.xml")
    assert result.exit_code == 2
    assert result.stderr.endswith("report.xml cannot be written: No such file or directory\n")
