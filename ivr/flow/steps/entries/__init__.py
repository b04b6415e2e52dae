"""The types of ``ask … as``: one small class each, one line in the table.

What keys a type takes, when it is complete, what the keys come to, how the value is read back, and
what the line says of its own accord when it does not fit. To add a type, write the class
(:class:`~ivr.flow.steps.entries.entry.Entry`), its loader, and a line here. LANGUAGE.md §2.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.reader import Reader
from ivr.flow.steps.entries.amounts import load_money, load_number
from ivr.flow.steps.entries.digits import load_card, load_digits, load_pin
from ivr.flow.steps.entries.entry import Entry, Ground, Misfit, Progress
from ivr.flow.steps.entries.moments import load_date, load_time
from ivr.flow.steps.entries.phone import load_phone
from ivr.flow.steps.entries.yes_no import load_yes_no

__all__ = ["ENTRIES", "OPTIONS", "Entry", "EntrySpec", "Ground", "Misfit", "Progress"]


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """What the loader needs to know of a type."""

    load: Callable[[Reader, source.Mapping], Entry]
    options: frozenset[str]
    """Which of :data:`OPTIONS` it has."""


_ASKED = frozenset({"check", "confirm", "end_key", "sensitive"})


def _spec(load: Callable[[Reader, source.Mapping], Entry], *options: str) -> EntrySpec:
    return EntrySpec(load, _ASKED.union(options))


ENTRIES: Mapping[str, EntrySpec] = {
    "digits": _spec(load_digits, "digits", "starts_with"),
    "pin": _spec(load_pin, "digits"),
    "card": _spec(load_card, "digits", "starts_with"),
    "phone": _spec(load_phone, "country"),
    "date": _spec(load_date, "min", "max", "format"),
    "time": _spec(load_time, "format"),
    "money": _spec(load_money, "min", "max", "format"),
    "number": _spec(load_number, "min", "max"),
    "yes_no": EntrySpec(load_yes_no, frozenset({"sensitive"})),
}
"""By what stands behind ``as:``."""

OPTIONS = frozenset().union(*(spec.options for spec in ENTRIES.values()))
"""Those that not every type has, and those that all but ``yes_no`` have."""
