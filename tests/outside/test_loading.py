"""Where functions are found, and what is said of those that cannot be imported."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.outside import function
from ivr.outside.functions import Registry
from ivr.outside.loading import FILE, MODULE, beside_the_flows, installed, marked

HEAD = "from ivr.outside import function, Outcome\n"
ONE = HEAD + "@function\ndef one() -> str:\n    return 'one'\n"


def folder(path: Path, text: str, name: str = FILE) -> Path:
    path.mkdir(exist_ok=True)
    (path / name).write_text(text, "utf-8")
    return path


def complaint(path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as wrong:
        Registry.load(folder(path, text), ())
    said = str(wrong.value)
    assert "\n" not in said
    return said


def test_a_folder_without_functions_has_none(tmp_path: Path) -> None:
    assert beside_the_flows(tmp_path) is None
    assert Registry.load(tmp_path, ()).specs() == {}
    assert Registry.load(None, ()).specs() == {}


def test_marked_functions_of_the_folder_are_found_and_others_are_not(tmp_path: Path) -> None:
    text = ONE + "def two() -> str:\n    return 'two'\n"
    assert list(Registry.load(folder(tmp_path, text), ()).specs()) == ["one"]


def test_nothing_of_an_import_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder(tmp_path, ONE, "neighbour_of_flows.py")
    before, modules = list(sys.path), set(sys.modules)
    text = "import neighbour_of_flows\none = neighbour_of_flows.one\n"
    assert list(Registry.load(folder(tmp_path, text), ()).specs()) == ["one"]
    assert sys.path == before
    assert set(sys.modules) - modules == set()
    assert sys.dont_write_bytecode is False
    assert not list(tmp_path.rglob("*.pyc"))


def test_nothing_is_left_behind_by_an_import_that_fails_either(tmp_path: Path) -> None:
    before, modules = list(sys.path), set(sys.modules)
    complaint(tmp_path, "import sys\nsys.path.insert(0, 'x')\nraise RuntimeError('no')\n")
    assert sys.path == before
    assert set(sys.modules) - modules == set()


def test_a_neighbour_cannot_hide_an_installed_module(tmp_path: Path) -> None:
    folder(tmp_path, "raise RuntimeError('hidden')\n", "colorsys.py")
    sys.modules.pop("colorsys", None)
    text = ONE + "import colorsys\ncolorsys.rgb_to_hls\n"
    assert list(Registry.load(folder(tmp_path, text), ()).specs()) == ["one"]


def test_what_was_saved_a_moment_ago_is_what_runs(tmp_path: Path) -> None:
    for word in ("one", "two", "six"):  # as long as each other, and saved in the same second
        folder(tmp_path, ONE.replace("one", word), "neighbour_of_flows.py")
        names = Registry.load(folder(tmp_path, "from neighbour_of_flows import *\n"), ()).specs()
        assert list(names) == [word]


def test_a_module_can_look_itself_up_while_it_is_imported(tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + ONE
    text += "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int | None = None\n"
    assert list(Registry.load(folder(tmp_path, text), ()).specs()) == ["one"]
    assert MODULE not in sys.modules


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("x = 1\nimport acme_is_not_here\n", 2, "ModuleNotFoundError: No module named 'acme_is"),
        ("x = 1\n\ndef f(:\n", 3, "SyntaxError: invalid syntax"),
        ("def f():\n  raise OSError\nf()\n", 2, "(OSError)"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        ("\x00", 1, "null bytes"),
        ("# coding: nonsense\n", 1, "unknown encoding"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith(f"{tmp_path / FILE}:{line}: ")
    assert why in said
    assert said.endswith("mend the file, or take it out of the folder")


def test_a_signature_that_cannot_be_called_is_told_with_its_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, HEAD + "\n@function\nasync def look_up(number) -> None: ...\n")
    assert said.startswith(f"{tmp_path / FILE}:3: the function look_up has the parameter number")


def test_two_functions_with_one_name_are_told_with_both_places(tmp_path: Path) -> None:
    text = ONE + "again = one\n@function\ndef one() -> str:\n    return 'two'\n"
    said = complaint(tmp_path, text)
    here = tmp_path / FILE
    what = "the function one is already at"
    assert said.startswith((f"{here}:2: {what} {here}:6; ", f"{here}:6: {what} {here}:2; "))


def test_a_file_that_is_too_large_is_not_read_as_one(tmp_path: Path) -> None:
    assert "larger than 1,048,576 bytes" in complaint(tmp_path, "#" * (1 << 20) + "\n")


# --- entry points --------------------------------------------------------------------------------


def package(path: Path, module: str, text: str, points: str) -> None:
    """An installed package, as pip would leave it."""
    folder(path, text, f"{module}.py")
    info = path / f"{module}-1.0.dist-info"
    folder(info, f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "METADATA")
    folder(info, f"[ivr.functions]\n{points}\n", "entry_points.txt")


def test_installed_packages_bring_functions_modules_and_collections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    text = HEAD + "".join(
        f"@function\nasync def {name}() -> None: ...\n" for name in ("one", "two", "six")
    )
    package(tmp_path, "acme_one", text, "all = acme_one")
    package(tmp_path, "acme_two", text.replace("def ", "def b_"), "x = acme_two:b_one")
    more = text.replace("def ", "def c_") + "some = [c_one, {'x': c_two}]\n"
    package(tmp_path, "acme_six", more, "x = acme_six:some")
    found = Registry.load(folder(tmp_path / "flows", "from acme_two import b_one\n")).specs()
    assert sorted(found) == ["b_one", "c_one", "c_two", "one", "six", "two"]


@pytest.mark.parametrize(
    ("text", "points", "why"),
    [
        ("x = 1\nraise OSError('no disk')\n", "x = acme_bad", ":2: the entry point x = acme_bad"),
        ("raise SystemExit(3)\n", "x = acme_bad", "cannot be imported (SystemExit: 3)"),
        ("def f(:\n", "x = acme_bad", "acme_bad.py:1: the entry point x = acme_bad"),
        ("", "x = acme_bad:missing", "cannot be imported (AttributeError: module 'acme_bad'"),
        ("", "x = acme_gone", "cannot be imported (ModuleNotFoundError: No module named"),
        ("def plain(): ...\n", "x = acme_bad:plain", "put @function above it"),
        ("number = 5\n", "x = acme_bad:number", "holds a int, which is not marked"),
    ],
)
def test_an_entry_point_that_gives_nothing_usable_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, points: str, why: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_bad", raising=False)
    package(tmp_path, "acme_bad", text, points)
    with pytest.raises(SettingsError) as wrong:
        Registry.load()
    monkeypatch.delitem(sys.modules, "acme_bad", raising=False)
    assert why in str(wrong.value)
    assert "of acme_bad" in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_an_entry_point_without_a_package_is_named_by_itself() -> None:
    point = EntryPoint("x", "acme_is_not_here", "ivr.functions")
    with pytest.raises(SettingsError, match="the entry point x = acme_is_not_here cannot"):
        list(installed((point,)))


def test_a_function_is_found_once_however_often_it_is_named() -> None:
    @function
    def same() -> None: ...

    assert list(marked("x", (same, [same], {"a": same}))) == [same] * 3
    assert list(Registry(marked("x", (same, [same]))).specs()) == ["same"]
