"""A key that has no business where it stands, and why: misspelt, of another kind, or of later.

Used where keys of actions are read: in steps and in ``defaults:``.
"""

from __future__ import annotations

from collections.abc import Set

from ivr.flow.near import did_you_mean
from ivr.flow.reader import Reader
from ivr.flow.source import Scalar
from ivr.flow.steps import KINDS, RESERVED
from ivr.flow.steps.menu import SPOKEN_INPUT


def refuse(reader: Reader, name: Scalar, kind: str, place: str, known: Set[str]) -> None:
    """Report a key that is not among the known ones, with the kind and place it stands at."""
    key = name.text
    owners = [kind for kind, spec in KINDS.items() if key in spec.options | spec.outcomes]
    if not refuse_later(reader, name):
        if owners:
            message = f"“{key}” belongs to {' and '.join(owners)}, not to {kind}"
            reader.report("S006", message, name.span, "leave it out")
        else:
            message = f"“{key}” is not known in {place}"
            remedy = did_you_mean(key, known) or "leave it out"
            reader.report("S001", message, name.span, remedy)


def refuse_later(reader: Reader, name: Scalar) -> bool:
    """Report a key of a later version, if it is one (S001)."""
    if name.text in RESERVED:
        message = f"“{name.text}” is kept for a later version of the language"
    elif name.text in SPOKEN_INPUT:
        message = f"“{name.text}” is kept for a later version, in which callers may speak"
    else:
        return False
    reader.report("S001", message, name.span, "leave it out")
    return True
