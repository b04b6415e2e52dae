"""The image, built without Docker: the steps of the Dockerfile's build stage, one by one in a
scratch folder, with the paths of the image moved there.

That installs some thirty packages, most of it pip's work, and so has a command of its own:
``make image``. Without a network it is skipped, except in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ivr

ROOT = Path(__file__).parent.parent.parent
OFFLINE = re.compile(r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError")


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile, its continuation lines joined."""

    word: str
    text: str


def stages(dockerfile: str) -> list[list[Step]]:
    """The steps of each stage, comments left out."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found: list[list[Step]] = []
    for line in filter(str.strip, joined.splitlines()):
        word, _, text = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Step(word, " ".join(text.split())))
    return found


BUILD, FINAL = stages((ROOT / "Dockerfile").read_text("utf-8"))


def perform(steps: list[Step], prefix: Path) -> None:
    """Run the steps of a stage with ``prefix`` as the root of the image."""

    def moved(text: str) -> str:
        text = re.sub(r"(?<![\w.])/(opt|src)\b", rf"{prefix}/\1", text)
        return re.sub(r"^python ", f"{sys.executable} ", text)

    folder = prefix
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    # Whoever builds an image has not set it: the build stage compiles what it runs.
    quiet.pop("PYTHONDONTWRITEBYTECODE", None)
    for step in steps:
        match step.word:
            case "FROM":
                pass
            case "WORKDIR":
                folder = Path(moved(step.text))
                folder.mkdir(parents=True)
            case "COPY":
                *sources, target = step.text.split()
                for source in sources:
                    copy(ROOT / source, folder / target)
            case "RUN":
                done = subprocess.run(
                    moved(step.text),
                    shell=True,
                    cwd=folder,
                    env=quiet,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                said = done.stdout + done.stderr
                if done.returncode and OFFLINE.search(said) and "CI" not in os.environ:
                    pytest.skip("no network: the image's packages cannot be fetched")
                assert done.returncode == 0, f"{step.text}\n{said}"
            case other:
                pytest.fail(f"{other}: teach this test what the instruction does")


def copy(source: Path, target: Path) -> None:
    """COPY as Docker does it: a folder's contents go into the target."""
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The folder in which the build stage has run; gone afterwards, as it is large."""
    with tempfile.TemporaryDirectory(prefix="ivr-image-") as folder:
        perform(BUILD, Path(folder))
        yield Path(folder)


def in_image(image: Path, *command: str) -> str:
    done = subprocess.run(
        [image / "opt/ivr/bin" / command[0], *command[1:]],
        cwd=image / "opt",  # not where the sources are
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_the_image_has_an_ivr_that_runs(image: Path) -> None:
    assert ivr.__version__ in in_image(image, "ivr", "--version")
    place = in_image(image, "python", "-c", "import ivr; print(ivr.__file__)")
    assert Path(place).is_relative_to(image / "opt/ivr")


def test_the_image_finds_the_shipped_flows_in_order(image: Path) -> None:
    in_image(image, "ivr", "check", str(ROOT / "flows"))


def test_the_image_carries_every_file_of_the_package(image: Path) -> None:
    (wheel,) = (image / "src/dist").glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("ivr/")}
    there = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "ivr").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == there, "name new kinds of files in pyproject.toml, [tool.setuptools]"


def test_the_image_has_nothing_to_build_or_install_with(image: Path) -> None:
    missing = "import importlib.util as u; print(u.find_spec('pip'), u.find_spec('setuptools'))"
    assert in_image(image, "python", "-c", missing) == "None None"


def test_everything_the_dockerfile_copies_is_let_through_by_dockerignore() -> None:
    first, *rules = (
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert first == "*"
    copied = {
        source
        for step in (*BUILD, *FINAL)
        if step.word == "COPY" and not step.text.startswith("--from")
        for source in step.text.split()[:-1]
    }
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert all((ROOT / source).exists() for source in copied)
