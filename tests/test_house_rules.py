"""The house keeps its own rules: who may import whom, what never happens where, and what each
module must have. Every rule is a function from one module to its complaints; each complaint says
where, what, and what to do instead. The second half feeds the rules small bad sources, so that a
rule which no longer bites is noticed.
"""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent

# Low to high: a room may import what stands before a `<` that precedes it. Names joined by | are
# strangers. What no line allows is forbidden.
ORDER = """
errors < audio < flow | carriers < voices | outside < prompts | stores < calls < rehearsal < server | importers < cli
errors < audio < phone | fakes < cli
errors < settings < server
settings < cli
voices.embedded < fakes
"""  # noqa: E501

# Imports that only name a type, against the order, each with its reason.
TYPE_ONLY = {("ivr.errors", "ivr.flow.problems"): "FlowError carries the problems it is about"}

PURE_ROOMS = {"flow", "audio", "carriers"}
IMPURE_MODULES = {
    *("asyncio", "concurrent", "multiprocessing", "subprocess", "threading", "signal"),
    *("time", "random", "secrets", "logging"),
    *("os", "pathlib", "shutil", "glob", "tempfile", "importlib.resources"),
    *("socket", "ssl", "select", "selectors", "http", "urllib.request"),
    *("aiohttp", "requests", "uvicorn", "websockets", "twilio.rest"),
}
PURE_EXCEPTIONS = {"pathlib.PurePath", "pathlib.PurePosixPath"}
IMPURE_CALLS = {"open", "input", "now", "utcnow", "today", "uuid1", "uuid4"}
ASKS_THE_WORLD = {
    *IMPURE_CALLS,
    "builtins",
    "datetime",
    "date",
    "uuid",
}  # what such a call hangs on
IMPURE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes"}

PROGRAMS = {"bench", "failover"}
"""Folders under ``tests`` that are run by hand or by make: callers and servers in real time."""

MARKERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


@dataclass(frozen=True)
class Module:
    """One Python file of the house, by its path from the root, with its source."""

    path: PurePosixPath
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def calls(self) -> tuple[tuple[ast.Call, str], ...]:
        """Every call with the dotted text of what is called."""
        found = (node for node in self.nodes if isinstance(node, ast.Call))
        return tuple((call, ast.unparse(call.func)) for call in found)

    @cached_property
    def groups(self) -> frozenset[str]:
        """The names that are task groups."""
        return frozenset(task_groups(self))

    @cached_property
    def imports(self) -> tuple[tuple[ast.stmt, str, bool], ...]:
        """Every import as (statement, dotted name of the imported thing, for types only)."""
        return tuple(_imports(self))

    @property
    def name(self) -> str:
        """Dotted, as it is imported."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """The folder or file directly under ``ivr``; empty for the package itself."""
        return self.name.split(".")[1] if self.name.startswith("ivr.") else ""

    def at(self, node: ast.AST, what: str) -> str:
        """A complaint about one place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


Rule = Callable[[Module], Iterator[str]]


def in_product(module: Module) -> bool:
    return module.path.parts[0] == "ivr"


def _imports(module: Module) -> Iterator[tuple[ast.stmt, str, bool]]:
    typing_only = {
        id(inner)
        for node in module.nodes
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    package = module.name if module.path.stem == "__init__" else module.name.rpartition(".")[0]
    for node in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            for alias in node.names:
                yield node, f"{base}.{alias.name}", id(node) in typing_only


def is_or_under(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def allowed_rooms() -> dict[str, set[str]]:
    """What each room may import, read from ORDER."""
    allowed: dict[str, set[str]] = {}
    for line in ORDER.strip().splitlines():
        below: set[str] = set()
        for level in line.split("<"):
            rooms = {room.strip() for room in level.split("|")}
            for room in rooms:
                allowed.setdefault(room, set()).update(below)
            below |= rooms
    return allowed


ALLOWED = allowed_rooms()


# --- rules ---------------------------------------------------------------------------------------


def rooms_import_only_what_is_below_them(module: Module) -> Iterator[str]:
    if not module.room or module.room == "__main__":
        return
    if module.room not in ALLOWED:
        yield module.at(module.tree, f"the room {module.room} has no place in ORDER; give it one")
        return
    for node, name, for_types in module.imports:
        if not name.startswith("ivr.") or (room := name.split(".")[1]) == module.room:
            continue
        if name == "ivr.__version__" or any(
            is_or_under(name, "ivr." + each) for each in ALLOWED[module.room]
        ):
            continue
        if for_types and any(
            module.name == who and is_or_under(name, what) for who, what in TYPE_ONLY
        ):
            continue
        below = ", ".join(sorted(ALLOWED[module.room])) or "nothing"
        yield module.at(
            node,
            f"{module.room} must not import {room} (it may import: {below}); move the code to "
            "where both may reach it, or let the caller hand the value in",
        )


def only_the_server_knows_starlette(module: Module) -> Iterator[str]:
    for node, name, _ in module.imports:
        if in_product(module) and module.room != "server" and is_or_under(name, "starlette"):
            yield module.at(node, "starlette belongs to ivr/server; speak in plain data here")


def pure_rooms_stay_pure(module: Module) -> Iterator[str]:
    if module.room not in PURE_ROOMS:
        return
    remedy = f"{module.room} is pure: let the caller hand in time, chance and text"
    for node, name, _ in module.imports:
        if name not in PURE_EXCEPTIONS and any(is_or_under(name, bad) for bad in IMPURE_MODULES):
            yield module.at(node, f"imports {name}; {remedy}")
    for call, called in module.calls:
        last = called.rpartition(".")[2]
        asks_the_world = last in IMPURE_CALLS and called.split(".")[0] in ASKS_THE_WORLD
        if asks_the_world or ("." in called and last in IMPURE_METHODS):
            yield module.at(call, f"calls {called}; {remedy}")
    for inner in module.nodes:
        if isinstance(inner, ast.AsyncFunctionDef | ast.Await):
            yield module.at(inner, f"waits for something; {remedy}")


def modules_say_what_they_are(module: Module) -> Iterator[str]:
    if module.source.strip() and ast.get_docstring(module.tree) is None:
        yield module.at(
            module.tree, "no docstring: say what it is, what it is not and who calls it"
        )


def tasks_have_a_parent(module: Module) -> Iterator[str]:
    for call, called in module.calls:
        owner, _, last = called.rpartition(".")
        field = owner.rpartition(".")[2] if "." in owner else ""
        held = owner in module.groups or field in group_fields()
        if last == "ensure_future" or (last == "create_task" and not held):
            yield module.at(
                call,
                f"{called}: start it in a TaskGroup, made by `async with asyncio.TaskGroup() as` "
                "or handed in as a parameter of that type",
            )


def task_groups(module: Module) -> Iterator[str]:
    """The names that are task groups, by how they are bound."""
    for node in module.nodes:
        match node:
            case ast.withitem(context_expr=made, optional_vars=ast.expr() as name):
                kind = ast.unparse(made).removesuffix("()")
            case ast.arg(arg=parameter, annotation=ast.expr() as made):
                kind, name = ast.unparse(made), ast.Name(parameter)
            case (
                ast.AnnAssign(target=name, annotation=made) | ast.Assign(targets=[name], value=made)
            ):
                kind = ast.unparse(made)
            case _:
                continue
        if re.search(r"\bTaskGroup\b", kind):
            yield ast.unparse(name)
            if isinstance(node, ast.AnnAssign) and isinstance(name, ast.Name):
                yield f"self.{name.id}"  # a field of a dataclass


@cache
def group_fields() -> frozenset[str]:
    """The names of fields that hold a task group, wherever in the house their class stands."""
    names = (name for module in house("ivr", "tests") for name in module.groups)
    return frozenset(name.removeprefix("self.") for name in names if name.startswith("self."))


def nothing_sleeps_by_the_wall(module: Module) -> Iterator[str]:
    names = {name for _, name, _ in module.imports}
    for call, called in module.calls:
        if called == "time.sleep" or (called == "sleep" and "time.sleep" in names):
            yield module.at(call, "time.sleep stops every call; wait for an event with a time-out")
        elif is_a_test(module) and (
            called == "asyncio.sleep" or (called == "sleep" and "asyncio.sleep" in names)
        ):
            yield module.at(
                call,
                "tests do not sleep: `await pass_time(...)` on the virtual clock of "
                "tests/virtual.py, or wait for the event itself under a time-out",
            )


def is_a_test(module: Module) -> bool:
    """What pytest runs, and what that stands on; the programs beside the tests are none."""
    return not in_product(module) and module.path.parts[1] not in PROGRAMS


def only_the_terminal_prints(module: Module) -> Iterator[str]:
    if not in_product(module) or module.room == "cli" or module.name == "ivr.phone.display":
        return
    for call, called in module.calls:
        if called == "print":
            yield module.at(call, "print belongs to ivr/cli; return the text, or log it")


def no_error_is_swallowed(module: Module) -> Iterator[str]:
    remedy = "name the error that is expected, or let it through"
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            silent = all(
                isinstance(each, ast.Pass | ast.Continue)
                or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
                for each in node.body
            )
            if silent and caught in {"everything", "Exception", "BaseException"}:
                yield module.at(node, f"swallows {caught}; {remedy}")
    for call, called in module.calls:
        if called.rpartition(".")[2] == "suppress" and any(
            ast.unparse(each) in {"Exception", "BaseException"} for each in call.args
        ):
            yield module.at(call, f"suppresses everything; {remedy}")


def nothing_is_left_for_later(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.source.splitlines(), 1):
        if found := MARKERS.search(line):
            yield f"{module.path}:{number}: {found[0]}: do it now, or open an issue and say nothing"


RULES: tuple[Rule, ...] = (
    rooms_import_only_what_is_below_them,
    only_the_server_knows_starlette,
    pure_rooms_stay_pure,
    modules_say_what_they_are,
    tasks_have_a_parent,
    nothing_sleeps_by_the_wall,
    only_the_terminal_prints,
    no_error_is_swallowed,
    nothing_is_left_for_later,
)

# What a test of a rule must itself do against it.
EXCEPTIONS = {
    ("tasks_have_a_parent", "tests/test_virtual.py"): "leaves a task behind to see it reported",
    ("nothing_sleeps_by_the_wall", "tests/virtual.py"): "is where sleeping becomes virtual",
}


def only_declares(module: Module) -> bool:
    """Whether nothing in it runs beyond definitions: types, constants, protocols without a body."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if not all(isinstance(each, ast.Expr | ast.Pass) for each in body) or any(
                isinstance(each, ast.Expr) and not isinstance(each.value, ast.Constant)
                for each in body
            ):
                return False
    return True


def places_of_tests(module: Module) -> tuple[PurePosixPath, ...]:
    """Where the tests of a module may stand: the same place under ``tests``, or one folder up.

    What needs a PostgreSQL server is tested in a folder of its own.
    """
    room, *folders = module.path.parts[1:-1] or ("",)
    below = "_".join([*folders, module.path.name])
    if room == "stores" and below.startswith("postgres"):
        return (PurePosixPath("tests", "postgres", f"test_{below}"),)
    return (
        PurePosixPath("tests", room, *folders, f"test_{module.path.name}"),
        PurePosixPath("tests", room, f"test_{below}"),
    )


# --- the house -----------------------------------------------------------------------------------


def house(*folders: str) -> tuple[Module, ...]:
    return tuple(module for folder in folders for module in modules_of(folder))


@cache
def modules_of(folder: str) -> tuple[Module, ...]:
    """Each is read and parsed once, whatever is asked of it."""
    return tuple(
        Module(PurePosixPath(path.relative_to(ROOT)), path.read_text("utf-8"))
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


@pytest.fixture(autouse=True, scope="module")
def only_for_these_tests() -> Generator[None, None, None]:
    """The trees of the house are a million objects and hold no garbage: they are not searched for
    any, which would take as long as all the rules, and they are gone before the next test file."""
    gc.disable()
    yield
    modules_of.cache_clear()
    gc.enable()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__))
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    complaints = [
        complaint
        for module in house("ivr", "tests")
        if (rule.__name__, str(module.path)) not in EXCEPTIONS
        for complaint in rule(module)
    ]
    assert not complaints, "\n" + "\n".join(complaints)


def test_every_module_has_its_own_test_module() -> None:
    missing = [
        f"{module.path}: write {places_of_tests(module)[0]}"
        for module in house("ivr")
        if module.path.stem not in {"__init__", "__main__"}
        and not only_declares(module)
        and not any((ROOT / place).exists() for place in places_of_tests(module))
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {module.path.parent for module in house("ivr", "tests")}
    missing = [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()]
    assert not missing, (
        f"two modules of one name would be taken for one; add __init__.py: {missing}"
    )


def test_every_exception_is_still_needed() -> None:
    rules = {rule.__name__: rule for rule in RULES}
    modules = {str(module.path): module for module in house("ivr", "tests")}
    unneeded = [
        f"{rule} for {path}" for rule, path in EXCEPTIONS if not list(rules[rule](modules[path]))
    ]
    unneeded += [
        f"{who} imports {what}"
        for who, what in TYPE_ONLY
        if not any(
            for_types and is_or_under(name, what)
            for module in modules.values()
            if module.name == who
            for _, name, for_types in module.imports
        )
    ]
    assert not unneeded, unneeded


# --- teeth ---------------------------------------------------------------------------------------


def complaints(rule: Rule, path: str, source: str) -> list[str]:
    return list(rule(Module(PurePosixPath(path), source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ivr/flow/x.py", "from ivr.calls.session import converse"),
        ("ivr/flow/x.py", "import ivr.carriers.twilio"),
        ("ivr/flow/steps/x.py", "from ...voices import base"),
        ("ivr/flow/x.py", "from ivr import voices"),
        ("ivr/flow/x.py", "def late():\n    from ivr.cli import main"),
        ("ivr/carriers/x.py", "from ivr.flow.model import Flow"),
        ("ivr/phone/x.py", "from ivr.carriers import twilio"),
        ("ivr/phone/x.py", "from ivr.fakes import elevenlabs"),
        ("ivr/fakes/x.py", "from ivr.voices.elevenlabs import client"),
        ("ivr/calls/x.py", "from ivr.settings import Settings"),
        ("ivr/calls/x.py", "if TYPE_CHECKING:\n    from ivr.server.app import create_app"),
        ("ivr/errors.py", "from ivr.flow.problems import Problem"),
        ("ivr/attic/x.py", "import json"),
    ],
)
def test_an_import_against_the_order_is_reported(path: str, source: str) -> None:
    assert len(complaints(rooms_import_only_what_is_below_them, path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ivr/flow/x.py", "from ivr.audio import mulaw\nfrom ivr.errors import FlowError"),
        ("ivr/flow/steps/x.py", "from ..model import Flow"),
        ("ivr/calls/x.py", "from ivr.carriers import twilio\nfrom ivr.flow import machine"),
        ("ivr/cli/x.py", "from ivr.phone import telephone\nfrom ivr.settings import Settings"),
        ("ivr/cli/x.py", "from ivr import __version__"),
        ("ivr/fakes/x.py", "from ivr.voices.embedded import Embedded"),
        ("ivr/errors.py", "if TYPE_CHECKING:\n    from ivr.flow.problems import Problem"),
    ],
)
def test_an_import_along_the_order_is_not(path: str, source: str) -> None:
    assert complaints(rooms_import_only_what_is_below_them, path, source) == []


BAD_SOURCES: tuple[tuple[Rule, str, str], ...] = (
    (only_the_server_knows_starlette, "ivr/calls/x.py", "from starlette.requests import Request"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "import asyncio"),
    (pure_rooms_stay_pure, "ivr/audio/x.py", "from pathlib import Path"),
    (pure_rooms_stay_pure, "ivr/carriers/x.py", "import urllib.request"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "text = open('a').read()"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "text = path.read_text()"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "now = datetime.now(UTC)"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "now = datetime.datetime.utcnow()"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "async def f() -> None: ..."),
    (modules_say_what_they_are, "ivr/flow/x.py", "import json"),
    (tasks_have_a_parent, "ivr/calls/x.py", "asyncio.create_task(f())"),
    (tasks_have_a_parent, "ivr/calls/x.py", "asyncio.get_running_loop().create_task(f())"),
    (tasks_have_a_parent, "ivr/calls/x.py", "create_task(f())"),
    (tasks_have_a_parent, "ivr/calls/x.py", "def f(tg: Loop): tg.create_task(g())"),
    (tasks_have_a_parent, "tests/x.py", "asyncio.ensure_future(f())"),
    (nothing_sleeps_by_the_wall, "ivr/calls/x.py", "time.sleep(1)"),
    (nothing_sleeps_by_the_wall, "ivr/calls/x.py", "from time import sleep\nsleep(1)"),
    (nothing_sleeps_by_the_wall, "tests/x.py", "async def f():\n    await asyncio.sleep(1)"),
    (only_the_terminal_prints, "ivr/calls/x.py", "print('hello')"),
    (no_error_is_swallowed, "ivr/calls/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (no_error_is_swallowed, "ivr/calls/x.py", "try:\n    f()\nexcept:\n    ..."),
    (no_error_is_swallowed, "tests/x.py", "with contextlib.suppress(Exception):\n    f()"),
    (nothing_is_left_for_later, "ivr/calls/x.py", "x = 1  # TO" + "DO: later"),
)

GOOD_SOURCES: tuple[tuple[Rule, str, str], ...] = (
    (only_the_server_knows_starlette, "ivr/server/x.py", "from starlette.requests import Request"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "from pathlib import PurePosixPath"),
    (pure_rooms_stay_pure, "ivr/flow/x.py", "from datetime import datetime\nday = now.date()"),
    (pure_rooms_stay_pure, "ivr/calls/x.py", "import asyncio\nasync def f(): await g()"),
    (modules_say_what_they_are, "ivr/flow/__init__.py", ""),
    (
        tasks_have_a_parent,
        "ivr/calls/x.py",
        "async with TaskGroup() as tg:\n    tg.create_task(f())",
    ),
    (
        tasks_have_a_parent,
        "ivr/calls/x.py",
        "def f(pool: asyncio.TaskGroup): pool.create_task(g())",
    ),
    (
        tasks_have_a_parent,
        "ivr/calls/x.py",
        "class A:\n    pool: TaskGroup\n    def f(self): self.pool.create_task(g())",
    ),
    (nothing_sleeps_by_the_wall, "ivr/fakes/x.py", "async def f():\n    await asyncio.sleep(1)"),
    (nothing_sleeps_by_the_wall, "tests/x.py", "async def f():\n    await pass_time(1)"),
    (only_the_terminal_prints, "ivr/cli/x.py", "print('hello')"),
    (no_error_is_swallowed, "ivr/calls/x.py", "try:\n    f()\nexcept KeyError:\n    pass"),
    (no_error_is_swallowed, "ivr/calls/x.py", "try:\n    f()\nexcept Exception:\n    log()"),
)


@pytest.mark.parametrize(("rule", "path", "source"), BAD_SOURCES)
def test_what_a_rule_forbids_is_reported_with_its_place(rule: Rule, path: str, source: str) -> None:
    found = complaints(rule, path, source)
    assert found
    assert all(re.match(rf"{path}:\d+: ", each) for each in found)


@pytest.mark.parametrize(("rule", "path", "source"), GOOD_SOURCES)
def test_what_a_rule_allows_is_not(rule: Rule, path: str, source: str) -> None:
    assert complaints(rule, path, source) == []


def test_every_rule_is_seen_to_bite() -> None:
    assert {rule for rule, _, _ in BAD_SOURCES} | {rooms_import_only_what_is_below_them} == set(
        RULES
    )


def test_a_module_of_types_needs_no_test_module_and_one_with_code_does() -> None:
    def module(source: str) -> Module:
        return Module(PurePosixPath("ivr/flow/steps/x.py"), source)

    protocol = 'class Voice(Protocol):\n    def speak(self) -> None:\n        """Speaks."""\n'
    assert only_declares(module(protocol + "LEAD_MS = 1_000\n"))
    assert not only_declares(module("def lead() -> int:\n    return 1\n"))
    assert not only_declares(module("def lead() -> None:\n    send()\n"))


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("ivr/settings.py", {"tests/test_settings.py"}),
        ("ivr/audio/wav.py", {"tests/audio/test_wav.py"}),
        ("ivr/flow/steps/x.py", {"tests/flow/steps/test_x.py", "tests/flow/test_steps_x.py"}),
    ],
)
def test_the_tests_of_a_module_stand_where_it_stands(path: str, places: set[str]) -> None:
    assert {str(place) for place in places_of_tests(Module(PurePosixPath(path), ""))} == places
