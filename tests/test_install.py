"""Getting the line onto a machine: the Makefile's set-up and the locks.

The steps of the Dockerfile are performed in ``tests/image``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


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
    [
        ("requirements.lock", ("embedded", "postgres", "dev")),
        ("requirements-prod.lock", ("embedded", "postgres")),
        ("requirements-browser.lock", ("embedded", "postgres", "dev", "browser")),
    ],
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
    "lock",
    [
        "requirements-build.lock",
        "requirements.lock",
        "requirements-prod.lock",
        "requirements-browser.lock",
    ],
)
def test_a_lock_names_hashes_and_no_place_to_fetch_from(lock: str) -> None:
    assert all(hashes.startswith("--hash=sha256:") for hashes in locked(lock).values())
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert set(re.findall(r"^ *(--?[a-z-]+)", text, re.MULTILINE)) == {"--hash"}


def test_the_lock_of_the_editor_names_hashes_and_no_place_to_fetch_from() -> None:
    text = (ROOT / "tests/editor/package-lock.json").read_text("utf-8")
    assert "://" not in text
    assert '"integrity": "sha512-' in text


def test_a_server_gets_the_very_versions_that_were_tested() -> None:
    def versions(lock: str) -> dict[str, str]:
        return {pin.partition(" ;")[0]: hashes for pin, hashes in locked(lock).items()}

    everything, server = versions("requirements.lock"), versions("requirements-prod.lock")
    assert server.items() <= everything.items() <= versions("requirements-browser.lock").items()
    names = {canonicalize_name(Requirement(text).name) for text in server}
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "streamdouble"}


def test_every_dependency_is_named_with_its_license() -> None:
    page = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    rows = {cells[1].strip() for line in page.splitlines() if len(cells := line.split("|")) == 5}
    extras = ("embedded", "postgres", "dev", "browser")
    names = {want.name for want in wanted(*extras)} | {"setuptools"}
    assert names == rows - {"package", "---"}
