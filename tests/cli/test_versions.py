"""Versions of a folder: from disk and from git, whole and one flow of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ivr.cli.versions import in_git, on_disk, renamed
from ivr.errors import SettingsError

FLOW = "title: Line\nsteps:\n  main:\n    say: Hello.\n    goto: hangup\n"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder of a repository, committed, and changed since."""
    folder = tmp_path / "lines/flows"
    (folder / "tests").mkdir(parents=True)
    (folder / "main.yaml").write_text(FLOW, "utf-8")
    (folder / "tests/main.test.yaml").write_text("calls: {}\n", "utf-8")
    (folder / "tune.wav").write_bytes(b"old")
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)
    (folder / "main.yaml").write_text(FLOW.replace("Hello.", "Hi."), "utf-8")
    (folder / "tune.wav").write_bytes(b"new")
    return folder


def test_git_gives_the_older_version_of_a_folder_and_of_a_flow(flows: Path) -> None:
    then, now = in_git(flows, "HEAD"), on_disk(flows)
    assert then.folder.files == {"main.yaml": FLOW}
    assert then.folder.assets == now.folder.assets == {"tune.wav"}
    assert then.recordings != now.recordings
    assert then.name == f"{flows} at HEAD"
    assert in_git(flows / "main.yaml", "HEAD").only == "main.yaml"
    assert "main" in then.compiled("dev").flows.flows


@pytest.mark.parametrize(
    ("path", "revision", "said"),
    [
        ("", "nonsense", "git cannot give the older version"),
        ("", "--output=x", "--output=x is no revision"),
        ("other.yaml", "HEAD", "other.yaml at HEAD holds no flow"),
        ("nowhere", "HEAD", "there is no folder"),
    ],
)
def test_what_git_does_not_have_is_one_sentence(
    flows: Path, path: str, revision: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        in_git(flows / path, revision)


def test_a_single_flow_may_have_another_name_in_the_older_version(tmp_path: Path) -> None:
    for name in ("old.yaml", "new.yaml"):
        (tmp_path / name).write_text(FLOW.replace("Hello", name), "utf-8")
    version = renamed(on_disk(tmp_path / "old.yaml"), "new.yaml")
    assert version.only == "new.yaml"
    assert version.folder.files == {"new.yaml": FLOW.replace("Hello", "old.yaml")}
    same = renamed(on_disk(tmp_path / "new.yaml"), "new.yaml")
    assert same.folder.files == on_disk(tmp_path).folder.files


def test_only_flows_are_compared(tmp_path: Path) -> None:
    (tmp_path / "numbers.yaml").write_text("default: main\n")
    with pytest.raises(SettingsError, match="is no flow: compare folders"):
        on_disk(tmp_path / "numbers.yaml")
