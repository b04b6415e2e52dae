"""The checker: what a flow set says that callers would stumble over, found before they call.

Loading finds what cannot be read; the rules here look at the compiled set as a whole. One function
a rule, its docstring is the rule's page. Called by :mod:`ivr.flow.load`.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from ivr.flow.check.budget import budget_never_held
from ivr.flow.check.graph import dead_end, no_such_destination, unreachable
from ivr.flow.check.languages import missing_translation
from ivr.flow.check.variables import never_set
from ivr.flow.model import FlowSet
from ivr.flow.problems import Problem


def check(flows: FlowSet, known: Set[str], broken: Set[str]) -> Iterator[Problem]:
    """Every finding of every rule.

    ``known`` are the ids of all flows of the folder; ``broken`` the files that could not be read
    whole: rules that would only repeat that stay silent about them.
    """
    for flow in flows.flows.values():
        astray = list(no_such_destination(flow, known))
        yield from astray
        yield from missing_translation(flow)
        yield from budget_never_held(flow, flows.voices)
        if flow.span.file not in broken:
            # Where a destination is misspelt, what it leads to is not lost.
            yield from () if astray else unreachable(flow)
            yield from dead_end(flow)
            yield from never_set(flow)
