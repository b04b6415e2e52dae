"""Whether a value is the one a test expects, and how it is shown where it is not.

Part of ``caller.py``. A value is compared as its author wrote it: 0042 is the text 0042, as in a
flow. What is sensitive is shown by its mask only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ivr.flow.values import Value, equal, moment_in, plain_text
from ivr.rehearsal.script import Expected


def unlike(actual: Value, public: Value, expected: Sequence[Expected]) -> str:
    """What is wrong with a map of which these fields are expected; empty where nothing is.

    ``public`` is the map as it may be shown.
    """
    fields = actual if isinstance(actual, Mapping) else {}
    shown = public if isinstance(public, Mapping) else {}
    for wanted in expected:
        if wanted.name not in fields:
            return f"it has no “{wanted.name}”"
        if not fits_value(fields[wanted.name], wanted):
            return f"“{wanted.name}” is {shown_value(shown.get(wanted.name))}"
    return ""


def fits_value(actual: Value, wanted: Expected) -> bool:
    """Whether a value is the one the author wrote: 0042 is the text 0042, as in a flow."""
    if actual is None or wanted.value is None:
        return actual is wanted.value
    if equal(actual, wanted.value):
        return True
    written = wanted.written
    if written is None:
        return False
    if isinstance(actual, str):
        return actual == written
    return isinstance(actual, date) and equal(actual, moment_in(written))


def shown_value(value: Value) -> str:
    """A value in a sentence."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{value}”"
        case Mapping() | list():
            return _written(value)
        case _:
            return str(value)


def _written(value: Value) -> str:
    """A map or a list as authors write it."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{name}: {_written(v)}" for name, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case _:
            return plain_text(value) if value is not None else "null"
