"""``ivr test``: which calls it makes, what it prints, and how it exits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from ivr.audio import wav
from ivr.cli import main, watch

FLOW = """
steps:
  main:
    say: Hello. To finish, press 1.
    menu: {1: bye}
    fail: bye
  bye:
    say: Goodbye.
    goto: hangup
"""
GOOD = """
calls:
  finishes:
    - hears: press 1
    - presses: 1
    - ended: hangup
"""
BAD = """calls:
  wants more:
    - hears: Hello
    - hears: Please hold
  finishes:
    - hears: press 1
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, arguments)])


def folder(root: Path, **files: str) -> Path:
    """A flows folder; ``tests_x`` is ``tests/x.test.yaml``."""
    (root / "tests").mkdir(parents=True, exist_ok=True)
    for name, text in {"main": FLOW, **files}.items():
        test_file = name.startswith("tests_")
        path = f"tests/{name.removeprefix('tests_')}.test.yaml" if test_file else f"{name}.yaml"
        (root / path).write_text(text, "utf-8")
    return root


def test_calls_that_pass_are_only_counted(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=GOOD))
    assert (result.exit_code, result.output) == (0, "1 passed, 0 failed\n")


def test_a_call_that_fails_is_told_with_its_place_its_transcript_and_why(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=BAD))
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{tmp_path}/tests/main.test.yaml:4:7 failed: wants more",
        "    flow main   called at Mon 2026-01-05 10:00",
        "      0.0  ivr     Hello. To finish, press 1.",
        "  > line 4: the flow is waiting for the caller, but the test says “hears: Please hold”. "
        "Last heard: “Hello. To finish, press 1.”",
        "1 passed, 1 failed",
    ]


def test_verbose_names_the_calls_that_passed(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=GOOD), "-v")
    assert result.output.splitlines() == [
        f"{tmp_path}/tests/main.test.yaml:3:3 passed: finishes",
        "1 passed, 0 failed",
    ]


def test_transcripts_show_every_call(tmp_path: Path) -> None:
    result = run(folder(tmp_path, tests_main=GOOD), "--transcript")
    assert result.output.splitlines() == [
        f"{tmp_path}/tests/main.test.yaml:3:3 passed: finishes",
        "    flow main   called at Mon 2026-01-05 10:00",
        "      0.0  ivr     Hello. To finish, press 1.",
        "      1.2  caller  presses 1",
        "      1.2  ivr     (stops) Goodbye.",
        "      1.5  ivr     hangs up (hangup)",
        "1 passed, 0 failed",
    ]


def test_the_same_tests_print_the_same_every_time(tmp_path: Path) -> None:
    root = folder(tmp_path, tests_main=BAD, tests_more=GOOD.replace("calls", "flow: main\ncalls"))
    assert run(root, "--transcript").output == run(root, "--transcript").output


def test_a_path_may_be_a_folder_its_tests_one_test_or_one_flow(tmp_path: Path) -> None:
    other = FLOW.replace("Hello", "Good morning")
    root = folder(
        tmp_path, other=other, numbers="default: main\n", tests_main=GOOD, tests_other=GOOD
    )
    counts = {
        path: run(root / path).output
        for path in (".", "tests", "tests/main.test.yaml", "other.yaml", "numbers.yaml")
    }
    assert counts == {
        ".": "2 passed, 0 failed\n",
        "tests": "2 passed, 0 failed\n",
        "tests/main.test.yaml": "1 passed, 0 failed\n",
        "other.yaml": "1 passed, 0 failed\n",
        "numbers.yaml": "0 passed, 0 failed\n",
    }


def test_several_paths_are_counted_together(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", tests_main=GOOD), folder(tmp_path / "b", tests_main=BAD)
    result = run(first, second)
    assert result.exit_code == 1
    assert result.output.endswith("\n2 passed, 1 failed\n")


def test_without_a_path_the_folder_flows_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path / "flows", tests_main=GOOD)
    monkeypatch.chdir(tmp_path)
    assert run().output == "1 passed, 0 failed\n"


def test_a_test_file_that_cannot_be_read_stops_only_its_own_calls(tmp_path: Path) -> None:
    root = folder(tmp_path, tests_main=GOOD, tests_wrong="flow: main\ncalls:\n  a: [heers: x]\n")
    result = run(root)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{tmp_path}/tests/wrong.test.yaml:3:7 error S001 "
        "“heers” is not something a caller does here",
        "    3 |   a: [heers: x]",
        "      |       ^^^^^",
        "   = help: did you mean “hears”?",
        "1 error",
        "ivr: 1 test file could not be read, so not every call was made",
    ]
    assert result.stdout == "1 passed, 0 failed\n"


def test_flows_with_errors_are_told_and_no_call_is_made(tmp_path: Path) -> None:
    result = run(folder(tmp_path, main=FLOW.replace("1: bye", "1: by"), tests_main=GOOD))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error F001 there is no step called “by”" in result.stderr
    assert result.stderr.endswith(
        f"ivr: the flows in {tmp_path} have errors, so no call could be made\n"
    )


def test_a_recorded_text_lasts_as_long_as_its_file(tmp_path: Path) -> None:
    flow = "steps:\n  main:\n    play: audio/jingle.wav\n    goto: hangup\n"
    calls = "calls: {a call: [ended, took: more than 1.9s, took: less than 2.1s]}\n"
    root = folder(tmp_path, main=flow, tests_main=calls)
    (root / "audio").mkdir()
    (root / "audio/jingle.wav").write_bytes(wav.write(b"\xff" * 16_000))
    assert run(root).output == "1 passed, 0 failed\n"
    (root / "audio/jingle.wav").write_bytes(b"no sound")
    result = run(root)
    assert result.exit_code == 2
    assert result.output.startswith(f"ivr: {root / 'audio/jingle.wav'}: ")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (".", "there is no test in {root}/tests: add one that ends with .test.yaml"),
        ("nowhere", "{root}/nowhere is no flows folder, flow file or test file: name one of those"),
        ("x.test.yaml", "{root}/x.test.yaml is in no folder tests of a flows folder; move it"),
        (
            "tests/no.test.yaml",
            "{root}/tests/no.test.yaml cannot be read: No such file or directory",
        ),
    ],
)
def test_a_path_that_leads_to_no_test_is_one_sentence(
    tmp_path: Path, path: str, sentence: str
) -> None:
    result = run(folder(tmp_path) / path)
    assert result.exit_code == 2
    assert result.output == f"ivr: {sentence.format(root=tmp_path)}\n"


def test_a_test_file_that_is_no_utf_8_is_one_sentence(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "tests/main.test.yaml").write_bytes(b"\xff\xfe")
    assert run(root).output == (
        f"ivr: {root}/tests/main.test.yaml is no UTF-8 text; save it as UTF-8\n"
    )


def test_watching_makes_the_calls_again_after_a_change_until_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(tmp_path, tests_main=GOOD)
    test = root / "tests/main.test.yaml"
    acts: Iterator[Callable[[], object]] = iter(
        [
            lambda: test.write_text(BAD, "utf-8"),
            lambda: None,
            lambda: (root / "main.yaml").write_text("steps:", "utf-8"),
            lambda: None,
        ]
    )

    def pause() -> None:
        act = next(acts, None)
        if act is None:
            raise KeyboardInterrupt
        act()

    monkeypatch.setattr(watch, "LOOK_S", 0)
    monkeypatch.setattr(
        watch, "changes", lambda folders, changes=watch.changes: changes(folders, pause=pause)
    )
    result = run(root, "--watch")
    assert result.exit_code == 2
    told = [line for line in result.output.splitlines() if "passed," in line or ": " in line[:9]]
    assert told[0] == "1 passed, 0 failed"
    assert f"changed: {test}" in result.output
    assert "1 passed, 1 failed" in told
    assert f"changed: {root}/main.yaml" in result.output
    assert "have errors, so no call could be made" in result.output


ORDER = """
steps:
  main:
    say: One moment.
    http: POST https://a.example/orders
    body: {item: tea}
    timeout: 4s
    error: bye
    goto: more
  more:
    do: thank
    with: {name: Ana}
    save: thanks
    failed: bye
    goto: said
  said: {say: "${thanks}", goto: bye}
  bye: {say: Goodbye., goto: hangup}
"""
THANK = """
from ivr.outside import function


@function
def thank(name: str) -> str:
    raise AssertionError("a test never calls a function")
"""


def order(root: Path, answers: str) -> Path:
    """A folder that asks a service and a function, with one test."""
    test = f"answers: {answers}\ncalls: {{a call: [requested: POST /orders, ended]}}\n"
    made = folder(root, main=ORDER, settings="allowed_hosts: [a.example]\n", tests_main=test)
    (made / "functions.py").write_text(THANK, "utf-8")
    return made


def test_nothing_ever_goes_out(tmp_path: Path) -> None:
    root = order(tmp_path, "{POST /orders: 201, do thank: 'Thank you.'}")
    assert run(root).output == "1 passed, 0 failed\n"
    result = run(order(tmp_path, "{do thank: failed}"))
    assert result.exit_code == 1
    assert result.output.splitlines()[-2] == (
        "  > line 2: nothing answers POST https://a.example/orders: "
        "add it to answers:, or add  example:  to the step main"
    )


def test_coverage_counts_what_the_world_can_answer(tmp_path: Path) -> None:
    root = order(tmp_path, "{POST /orders: 201, do thank: 'Thank you.'}")
    lines = run(root, "--coverage").output.splitlines()
    assert lines == [
        "1 passed, 0 failed",
        f"{root}/main.yaml:8:12 info C001 no call has the outcome main/main: error",
        f"{root}/main.yaml:14:13 info C001 no call has the outcome main/more: failed",
        "coverage: steps 4/4 outcomes 4/6",
    ]
    told = msgspec.json.decode(run(root, "--coverage", "--json").output)
    assert told["coverage"]["summary"] == "coverage: steps 4/4 outcomes 4/6"
    [whole] = told["coverage"]["folders"]
    untouched = [each["outcome"] for each in whole["outcomes"] if not each["touched"]]
    assert untouched == ["error", "failed"]


def test_a_flow_that_others_run_is_tested_by_their_calls(tmp_path: Path) -> None:
    outer = FLOW.replace("{1: bye}", "{1: ask}") + "  ask: {run: inner, found: bye, lost: main}\n"
    inner = """
returns: [found, lost]
steps:
  ask: {say: "For yes, press 1.", menu: {1: yes_it_is}, fail: no_it_is_not}
  yes_it_is: {return: found}
  no_it_is_not: {return: lost}
"""
    calls = "calls: {a: [hears: Hello, presses: 1, hears: For yes, presses: 1, ended]}\n"
    root = folder(tmp_path, main=outer, inner=inner, numbers="default: main\n", tests_main=calls)
    assert run(root / "inner.yaml", "--coverage").output.splitlines()[-1] == (
        "coverage: steps 2/3 outcomes 1/2"
    )
