"""A flow as a picture: cards for steps, lines for the ways between them.

:func:`draw` is a pure function of a compiled flow and a language; the same flow always gives the
same drawing. What is drawn is decided in ``parts``, how much room words need in ``measure``, where
everything goes in ``layout``; ``svg`` and ``mermaid`` write it down. Used by ``ivr graph`` and by
the studio.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow.graph.drawing import Drawing, Line, LineKind, Node, as_data
from ivr.flow.graph.layout import lay_out
from ivr.flow.graph.parts import parts_of
from ivr.flow.model import Flow

__all__ = ["Drawing", "Line", "LineKind", "Node", "as_data", "draw"]


def draw(
    flow: Flow, *, language: str | None = None, findings: Mapping[str, int] | None = None
) -> Drawing:
    """The whole flow, its texts in this language (default: the one calls start in).

    ``findings`` are how many the checker has, by step; they are kept with the cards.
    """
    return lay_out(parts_of(flow, language), findings or {})
