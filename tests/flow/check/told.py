"""What a rule says of a flow, for its tests."""

from __future__ import annotations

from tests.flow.ring import loaded


def told(flow: str, code: str, /, **files: str) -> list[tuple[int, int]]:
    """The places (line, column) where a code is told."""
    found = loaded(flow, frozenset(), **files).problems
    return [(each.span.line, each.span.column) for each in found if each.code == code]
