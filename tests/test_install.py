"""Getting the line onto a machine: the Dockerfile's build steps, the Makefile's set-up, the locks.

The image is built without Docker: the steps of the build stage run one by one in a scratch folder,
with the paths of the image moved there. That installs some thirty packages and is by far the
slowest test of the house (15 to 20 s, most of it pip); without a network it is
skipped, except in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ivr

ROOT = Path(__file__).parent.parent
OFFLINE = re.compile(r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


# --- the image -----------------------------------------------------------------------------------


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


# --- make ----------------------------------------------------------------------------------------

FAKE_PYTHON = """#!/bin/sh
# An interpreter that only writes down what it is asked; `-m venv` gives it a home of its own.
echo "$*" >>"{log}"
case "$*" in
  *ensurepip*) exit {without_venv:d} ;;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/ivr" ;;
  *_base_executable*) echo "{path}" ;;
  --version) echo "Python 3.12.0" ;;
esac
"""


class Checkout:
    """A copy of what the set-up reads, on a machine whose only programs we chose."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.log = folder / "ivr", folder / "bin", folder / "log"
        self.folder.mkdir()
        self.bin.mkdir()
        self.log.touch()
        for name in ("Makefile", "pyproject.toml", "requirements-build.lock", "requirements.lock"):
            shutil.copy(ROOT / name, self.folder)
        for tool in ("sh", "make", "cp", "echo", "grep", "mkdir", "rm", "tail", "touch"):
            found = shutil.which(tool)
            assert found, f"{tool} is missing on this machine"
            (self.bin / tool).symlink_to(found)

    def interpreter(self, name: str, source: str = FAKE_PYTHON, *, venv: bool = True) -> None:
        path = self.bin / name
        path.write_text(source.format(log=self.log, path=path, without_venv=not venv), "utf-8")
        path.chmod(0o755)

    def make(self, *arguments: str) -> tuple[int, str]:
        """The exit code and everything said; the log starts anew."""
        self.log.write_text("", "utf-8")
        done = subprocess.run(
            [str(self.bin / "make"), *arguments],
            cwd=self.folder,
            env={"PATH": str(self.bin), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def change(self, name: str) -> None:
        """Everything was made a while ago, in order; after that a file was changed."""
        now = time.time()
        for path in self.folder.iterdir():
            os.utime(path, (now - 50, now - 50))
        for age, made in ((40, "packages"), (30, "ready")):
            os.utime(self.folder / ".venv" / made, (now - age, now - age))
        os.utime(self.folder / name, (now - 20, now - 20))

    @property
    def asked(self) -> list[str]:
        """What the fake interpreters were asked since the last make."""
        return self.log.read_text("utf-8").splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_name_on_the_path_that_does_not_run_is_passed_over(checkout: Checkout) -> None:
    checkout.interpreter("python3.13", "#!/bin/sh\necho shim: command not found >&2\nexit 127\n")
    checkout.interpreter("python3.12")
    code, said = checkout.make("call")
    assert code == 0, said
    assert "shim" not in said
    assert checkout.asked[-1] == "call"


def test_what_is_installed_is_checked_against_its_hashes(checkout: Checkout) -> None:
    checkout.interpreter("python3")
    checkout.make(".venv/ready")
    installs = [asked for asked in checkout.asked if " install " in asked]
    assert [each.split(" install ")[1] for each in installs] == [
        "--require-hashes -r requirements-build.lock",
        "--require-hashes --no-deps --no-build-isolation -r requirements.lock",
        "--no-deps --no-build-isolation --editable .",
    ]


def test_set_up_happens_once_and_again_only_for_a_changed_dependency_file(
    checkout: Checkout,
) -> None:
    checkout.interpreter("python3.11")
    checkout.make("call")
    assert "-m venv .venv" in checkout.asked
    checkout.make("call")
    assert checkout.asked == ["call"]

    checkout.change("requirements.lock")
    checkout.make("call")
    assert "-m venv .venv" in checkout.asked

    checkout.change("pyproject.toml")
    checkout.make("call")
    (again, call) = checkout.asked
    assert again.endswith("--editable .")
    assert call == "call"


def test_a_new_environment_keeps_the_python_of_the_old_one(checkout: Checkout) -> None:
    checkout.interpreter("my-python")
    checkout.make("call", "PYTHON=my-python")
    checkout.interpreter("python3.13", "#!/bin/sh\necho another python >>{log}\n")
    checkout.change("requirements.lock")
    code, _ = checkout.make("call")
    assert code == 0
    assert "another python" not in checkout.asked


def test_keys_and_flow_reach_the_call_as_they_were_typed(checkout: Checkout) -> None:
    checkout.interpreter("python3.11", FAKE_PYTHON.replace('"$*" >>', '"$# $*" >>'))
    checkout.make("call", "KEYS=1 2 #*")
    assert checkout.asked[-1] == "3 call --keys 1 2 #*"
    checkout.make("call", "FLOW=flows/my clinic.yaml", "ARGS=--fast --save")
    assert checkout.asked[-1] == "4 call flows/my clinic.yaml --fast --save"


def test_no_python_is_one_sentence_with_the_remedy(checkout: Checkout) -> None:
    code, said = checkout.make("test")
    assert code
    (sentence,) = (line for line in said.splitlines() if not line.startswith("make:"))
    assert sentence.startswith("No Python 3.11 to 3.14 found: install one")


def test_a_chosen_python_that_does_not_fit_is_one_sentence_too(checkout: Checkout) -> None:
    checkout.interpreter("python3.12")
    code, said = checkout.make("test", "PYTHON=/no/such/python")
    assert code
    (sentence,) = (line for line in said.splitlines() if not line.startswith("make:"))
    assert sentence.startswith("/no/such/python is no Python 3.11 to 3.14 that runs: install one")


def test_a_python_without_venv_is_named_with_the_package_to_install(checkout: Checkout) -> None:
    checkout.interpreter("python3.12", venv=False)
    code, said = checkout.make("test")
    assert code
    assert "python3.12 cannot make virtual environments" in said
    assert "apt install python3-venv" in said


def test_a_failed_installation_shows_its_error_and_is_tried_again(checkout: Checkout) -> None:
    fails = FAKE_PYTHON.replace("esac", '  *.lock) echo "ERROR: hashes differ"; exit 1 ;;\nesac')
    checkout.interpreter("python3.12", fails)
    code, said = checkout.make("call")
    assert code
    assert "ERROR: hashes differ" in said
    assert "everything pip said is in .venv/setup.log" in said
    code, _ = checkout.make("call")
    assert code
    assert any("requirements-build.lock" in asked for asked in checkout.asked)


def test_make_alone_explains_every_command(checkout: Checkout) -> None:
    code, said = checkout.make()
    assert code == 0, said
    for command in ("call", "test", "check", "serve", "lock", "clean"):
        assert f"make {command} " in said


# --- versions ------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Each requirement of a lock, ``name==version ; marker``, with its hashes."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    found = (re.split(r" *\\\n *", block, maxsplit=1) for block in re.split(r"\n(?=\S)", text))
    return {requirement: hashes.strip() for requirement, hashes in found}


def wanted(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    texts = [*PROJECT["dependencies"]]
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ("embedded", "dev")), ("requirements-prod.lock", ("embedded",))],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    pins = [Requirement(text) for text in locked(lock)]
    for want in wanted(*extras):
        fitting = [
            pin
            for pin in pins
            if canonicalize_name(pin.name) == canonicalize_name(want.name)
            and want.specifier.contains(str(pin.specifier).removeprefix("=="))
        ]
        assert fitting, f"{want} is not in {lock}: run `make lock`"


@pytest.mark.parametrize(
    "lock", ["requirements-build.lock", "requirements.lock", "requirements-prod.lock"]
)
def test_a_lock_names_hashes_and_no_place_to_fetch_from(lock: str) -> None:
    assert all(hashes.startswith("--hash=sha256:") for hashes in locked(lock).values())
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert set(re.findall(r"^ *(--?[a-z-]+)", text, re.MULTILINE)) == {"--hash"}


def test_a_server_gets_the_very_versions_that_were_tested() -> None:
    def versions(lock: str) -> dict[str, str]:
        return {pin.partition(" ;")[0]: hashes for pin, hashes in locked(lock).items()}

    everything, server = versions("requirements.lock"), versions("requirements-prod.lock")
    assert server.items() <= everything.items()
    names = {canonicalize_name(Requirement(text).name) for text in server}
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "streamdouble"}


def test_every_dependency_is_named_with_its_license() -> None:
    page = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    rows = {cells[1].strip() for line in page.splitlines() if len(cells := line.split("|")) == 5}
    names = {want.name for want in wanted("embedded", "dev")} | {"setuptools"}
    assert names == rows - {"package", "---"}
