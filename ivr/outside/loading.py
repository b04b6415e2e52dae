"""Finds the functions a flow folder and the installed packages bring, and imports them.

``functions.py`` of the folder is run as a module of its own: it may import what lies beside it, but
neither it nor its neighbours stay behind under a name that something else could import, and the
folder does not stay on ``sys.path``. Its text is compiled anew each time, never taken from a
``__pycache__``, so that what was saved a moment ago is what runs. Used by
:mod:`ivr.outside.functions`.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from ivr.errors import SettingsError

GROUP = "ivr.functions"
"""Of entry points, in a package's metadata."""
FILE = "functions.py"
"""Of the flow folder."""
MODULE = "ivr_flow_functions"
"""The name of the module that file becomes."""
FILE_BYTES_MAX = 1 << 20
MARK = "__ivr_function__"
"""The attribute the decorator leaves on a function."""

Function = Callable[..., object]


def installed(points: Iterable[EntryPoint] | None = None) -> Iterator[tuple[str, object]]:
    """What each entry point of the group holds, with a description of the point itself.

    Raises :class:`~ivr.errors.SettingsError` for one that cannot be imported.
    """
    for point in entry_points(group=GROUP) if points is None else points:
        package = f" of {point.dist.name}" if point.dist is not None else ""
        where = f"the entry point {point.name} = {point.value}{package}"
        try:
            held = point.load()
        except (Exception, SystemExit) as error:
            place = _innermost(error)
            remedy = "mend it, or uninstall the package"
            message = f"{place}{where} cannot be imported ({_told(error)}); {remedy}"
            raise SettingsError(message) from None
        yield where, held


def beside_the_flows(folder: Path) -> ModuleType | None:
    """The module ``functions.py`` of a flow folder makes; None if there is no such file.

    Raises :class:`~ivr.errors.SettingsError` if it cannot be read or run.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    remedy = "mend the file, or take it out of the folder"
    try:
        source = path.read_bytes()
        if len(source) > FILE_BYTES_MAX:
            raise SettingsError(f"{path}: larger than {FILE_BYTES_MAX:,} bytes; {remedy}")
        code = compile(source, str(path), "exec", dont_inherit=True)
        module = ModuleType(MODULE)
        module.__file__ = str(path)
        with _neighbours_of(folder, module):
            exec(code, module.__dict__)
    except (SyntaxError, ValueError) as error:
        raise SettingsError(f"{_line(error, path)}: {_told(error)}; {remedy}") from None
    except SettingsError:
        raise
    except (Exception, SystemExit) as error:
        message = f"{_line(error, path)}: the functions cannot be imported ({_told(error)})"
        raise SettingsError(f"{message}; {remedy}") from None
    return module


@contextmanager
def _neighbours_of(folder: Path, module: ModuleType) -> Iterator[None]:
    """While the module runs, files beside it can be imported; afterwards nothing of it is left."""
    here = folder.resolve()
    before = dict(sys.modules)
    path, no_bytecode = list(sys.path), sys.dont_write_bytecode
    sys.path.append(str(here))  # behind all others: a file here cannot hide an installed package
    sys.modules[MODULE] = module  # dataclasses look their own module up
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = no_bytecode
        sys.path[:] = path
        for name, made in list(sys.modules.items()):
            if made is module or (name not in before and _lies_in(made, here)):
                del sys.modules[name]
        if MODULE in before:
            sys.modules[MODULE] = before[MODULE]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).resolve().is_relative_to(folder)


def marked(where: str, held: object) -> Iterator[Function]:
    """The functions in what an entry point or ``functions.py`` holds.

    A module gives those with the decorator; a function and a collection are meant as they are, so
    one without the decorator is a :class:`~ivr.errors.SettingsError`.
    """
    match held:
        case ModuleType():
            yield from (each for each in vars(held).values() if _is_marked(each))
        case list() | tuple() | set() | frozenset():
            for each in held:
                yield from marked(where, each)
        case Mapping():
            for each in held.values():
                yield from marked(where, each)
        case _ if callable(held) and _is_marked(held):
            yield held
        case _:
            kind = getattr(held, "__qualname__", None) or f"a {type(held).__name__}"
            message = f"{where} holds {kind}, which is not marked as a function for flows"
            raise SettingsError(f"{message}; put @function above it")


def _is_marked(thing: object) -> bool:
    return callable(thing) and MARK in getattr(thing, "__dict__", {})


def _told(error: BaseException) -> str:
    """An error at import as its developer knows it: there was no caller yet whose words it had."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line(error: BaseException, path: Path) -> str:
    """The file and the line of it that was running; the first, where the error does not say."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}:{error.lineno or 1}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"{path}:{lines[-1] if lines else 1}"


def _innermost(error: BaseException) -> str:
    """The place an import failed at, where that is in the package and not in the machinery."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}: "
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if "importlib" not in frame.filename and frame.filename != __file__:
            return f"{frame.filename}:{frame.lineno}: "
    return ""
