"""Which flow a simulated call leads to, and by which number."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ivr.errors import SettingsError
from ivr.flow.model import Entry, Flow, FlowSet

NUMBER: Final = "+13125550100"
"""What is called where no number of numbers.yaml leads to the flow."""


def choose_flow(
    flows: FlowSet, wanted: str | None, number: str | None, language: str | None
) -> tuple[FlowSet, Flow, str]:
    """Which flow answers, by which number; the set is changed so that this number leads there.

    Raises :class:`~ivr.errors.SettingsError` naming what there is to choose from.
    """
    there = ", ".join(sorted(flows.flows))
    entry = flows.entry_for(number) if number is not None else flows.default
    if wanted is None:
        wanted = entry.flow if entry is not None else None
    entries = [flow.id for flow in flows.flows.values() if not flow.returns]
    if wanted is None and len(entries) == 1:
        wanted = entries[0]
    if wanted is None:
        raise SettingsError(f"there are several flows; name the one to call: {there}")
    flow = flows.flows.get(wanted)
    if flow is None:
        raise SettingsError(f"there is no flow {wanted!r}; there are {there}")
    if language is not None and language not in {each.code for each in flow.languages}:
        spoken = ", ".join(each.code for each in flow.languages)
        raise SettingsError(f"the flow {wanted} does not speak {language!r}; it speaks {spoken}")
    leading = [called for called, each in flows.numbers.items() if each.flow == wanted]
    plain = [called for called in leading if flows.numbers[called].language is None]
    called = number or next(iter((*plain, *leading)), NUMBER)
    before = flows.entry_for(called)
    if before is None or before.flow != wanted:
        before = Entry(wanted, None)
    numbers = {**flows.numbers, called: replace(before, language=language or before.language)}
    return replace(flows, numbers=numbers), flow, called
