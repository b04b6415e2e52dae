"""What kinds with outcomes of their own have in common: reading them, and going where they lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ivr.flow.model import Destination, Edge
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OTHERWISE = "otherwise"
"""Leads all outcomes without a destination of their own."""


def read(
    reader: Reader, entry: MappingNode, names: frozenset[str] | None, but: Iterable[str] = ()
) -> dict[str, Destination]:
    """The destinations under these names; with None under every name that is not in ``but``."""
    left_out = frozenset(but)
    return {
        key.text: destination
        for key, node in entry.items
        if (key.text in names if names is not None else key.text not in left_out)
        and (destination := reader.destination(node)) is not None
    }


def edges(outcomes: Mapping[str, Destination]) -> Iterator[Edge]:
    """One for each outcome."""
    for name, destination in outcomes.items():
        yield Edge(name, destination)


def follow(run: Run, outcomes: Mapping[str, Destination], outcome: str) -> bool:
    """Go where the outcome leads, or where all others do; False if nothing is said about it."""
    destination = outcomes.get(outcome) or outcomes.get(OTHERWISE)
    return destination is not None and run.go(destination)
