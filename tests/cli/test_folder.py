"""A flows folder on disk: what is read, what is left out, and how problems look."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.cli import folder as module
from ivr.cli.folder import load_folder, read_folder, show_problem, show_problems
from ivr.errors import SettingsError
from ivr.flow.problems import Problem, Severity, Span


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def test_yaml_is_read_and_audio_is_listed_by_its_path_in_the_folder(tmp_path: Path) -> None:
    root = write(
        tmp_path, {"main.yaml": "steps:", "shared/x.yaml": "texts:", "audio/a.wav": b"RIFF"}
    )
    read = read_folder(root)
    assert read.files == {"main.yaml": "steps:", "shared/x.yaml": "texts:"}
    assert read.assets == {"audio/a.wav"}
    assert read.read_audio() == {"audio/a.wav": b"RIFF"}


def test_tests_hidden_files_and_everything_else_are_left_out(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "main.yaml": "steps:",
            "tests/main.test.yaml": "calls:",
            ".ivr/x.yaml": "no",
            "..data/y.yaml": "a mounted ConfigMap keeps its versions so",
            "notes.md": "no",
        },
    )
    assert set(read_folder(root).files) == {"main.yaml"}
    assert read_folder(root).assets == frozenset()


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    root = write(tmp_path, {"main.yaml": b"\xef\xbb\xbfsteps:"})
    assert read_folder(root).files == {"main.yaml": "steps:"}


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read_folder(path).read_audio()
    return str(caught.value)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing")
    assert "is a file" in refusal(write(tmp_path, {"x": ""}) / "x")


def test_a_flow_file_with_the_wrong_ending_is_not_silently_left_out(tmp_path: Path) -> None:
    assert "rename it" in refusal(write(tmp_path, {"main.yml": "steps:"}))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    assert "main.yaml is no UTF-8 text" in refusal(write(tmp_path, {"main.yaml": b"\xff\xfe"}))


def test_a_file_that_is_far_too_long_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path, {"main.yaml": "x" * module.FILE_BYTES_MAX})
    read_folder(root)
    assert "longer than 1 MiB" in refusal(write(root, {"main.yaml": "x" * (1 << 20) + "x"}))
    monkeypatch.setattr(module, "AUDIO_BYTES_MAX", 1 << 20)
    assert "a.wav is longer" in refusal(
        write(root, {"main.yaml": "x", "a.wav": b"x" * (1 << 20) + b"x"})
    )


def test_a_folder_with_far_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILES_MAX", 2)
    root = write(tmp_path, {"a.yaml": "", "b.yaml": ""})
    read_folder(root)
    assert "more than 2 files" in refusal(write(root, {"c.txt": ""}))


# --------------------------------------------------------------------------- problems

LINES = "steps:\n  main:\n    goto: slaes\n"


def problem(**changes: object) -> Problem:
    fields: dict[str, object] = {
        "code": "F001",
        "message": "there is no step “slaes”",
        "span": Span("main.yaml", 3, 11, 3, 16),
        "help": "did you mean “sales”?",
    }
    return Problem(**(fields | changes))  # type: ignore[arg-type]


def test_a_problem_is_shown_with_its_place_its_line_and_its_remedy(tmp_path: Path) -> None:
    read = read_folder(write(tmp_path, {"main.yaml": LINES}))
    assert show_problem(problem(), read).splitlines() == [
        f"{tmp_path}/main.yaml:3:11 error F001 there is no step “slaes”",
        "    3 |     goto: slaes",
        "      |           ^^^^^",
        "   = help: did you mean “sales”?",
    ]


def test_a_problem_over_several_lines_is_marked_to_the_end_of_its_first(tmp_path: Path) -> None:
    read = read_folder(write(tmp_path, {"main.yaml": LINES}))
    shown = show_problem(problem(span=Span("main.yaml", 2, 3, 3, 16), help=""), read)
    assert shown.splitlines()[1:] == ["    2 |   main:", "      |   ^^^^^"]


@pytest.mark.parametrize(
    "span",
    [
        Span("main.yaml", 9, 1, 9, 2),
        Span("missing.yaml", 1, 1, 1, 1),
        Span(".", 1, 1, 1, 1),
        Span("main.yaml", 1, 40, 1, 40),
        Span("main.yaml", 1, 3, 1, 3),
    ],
)
def test_a_place_beyond_the_text_is_no_error(tmp_path: Path, span: Span) -> None:
    read = read_folder(write(tmp_path, {"main.yaml": LINES}))
    assert show_problem(problem(span=span), read).startswith(f"{tmp_path / span.file}:{span.line}:")


def test_a_very_long_line_is_shown_around_the_place(tmp_path: Path) -> None:
    text = "say: " + "a" * 5000 + "HERE" + "b" * 5000
    read = read_folder(write(tmp_path, {"main.yaml": text}))
    shown = show_problem(problem(span=Span("main.yaml", 1, 5006, 1, 5010)), read).splitlines()
    column = shown[2].index("^")
    assert shown[1][column : column + 4] == "HERE"
    assert shown[2].count("^") == 4
    assert len(shown[1]) < 200


def test_problems_are_counted_behind_the_last_one(tmp_path: Path) -> None:
    read = read_folder(write(tmp_path, {"main.yaml": LINES}))
    found = [
        problem(),
        problem(),
        problem(severity=Severity.WARNING),
        problem(severity=Severity.INFO),
        problem(severity=Severity.INFO),
    ]
    assert show_problems(found, read).splitlines()[-1] == "2 errors, 1 warning, 2 info"
    assert show_problems([], read) == ""


def test_settings_may_read_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_EN", "abc")
    (tmp_path / "main.yaml").write_text("steps: {main: {say: Hello., goto: hangup}}\n")
    settings = "voices: {a: {provider: elevenlabs, voice_id: '${env.VOICE_EN}'}}\n"
    (tmp_path / "settings.yaml").write_text(settings)
    flows = load_folder(read_folder(tmp_path), environment="dev").flows
    assert flows is not None
    assert flows.voices["a"].options["voice_id"] == "abc"


def test_what_a_provider_will_not_take_is_told_at_its_option(tmp_path: Path) -> None:
    settings = "voices:\n  ann: {provider: embedded, speed: fast}\n"
    flow = "steps:\n  main: {say: Hello., goto: hangup}\n"
    read = read_folder(write(tmp_path, {"main.yaml": flow, "settings.yaml": settings}))
    (warned,) = load_folder(read, environment="dev").problems
    assert (warned.span.line, warned.span.column, warned.severity) == (2, 36, Severity.WARNING)
    assert "ann" in warned.message
    used = read_folder(write(tmp_path, {"main.yaml": "voice: ann\n" + flow}))
    assert load_folder(used, environment="dev").flows is None
