"""The keys every action may have, whatever its kind."""

from __future__ import annotations

COMMON = frozenset(
    {
        "say",
        "play",
        "pause",
        "whole",
        "interrupt",
        "voice",
        "goto",
        "if",
        "fresh",
        "budget",
        "tag",
        "note",
        "was",
    }
)
