"""How flow sets and their findings look to the studio's page, as JSON has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from ivr.flow.graph import as_data, draw
from ivr.flow.model import FlowSet
from ivr.server.editions import Finding
from ivr.server.sets import Sets
from ivr.server.studio.trials import Wrong

NO_TESTS: Mapping[str, object] = {"running": False, "passed": 0, "failed": []}
"""Where no tests are made."""


def shown_set(sets: Sets, tests: Mapping[str, object]) -> dict[str, object]:
    """The set in use, what is to be said of it, and why one that was saved later is not used."""
    now = sets.now
    told: dict[str, object] = {
        "hash": now.flows.hash,
        "number": now.number,
        "loaded_at": now.loaded_at.isoformat(timespec="milliseconds"),
        "ok": not sets.refused,
        "default": _first(now.flows),
        "flows": [
            {
                "id": flow.id,
                "title": flow.title,
                "languages": [each.code for each in flow.languages],
                "start": flow.start,
            }
            for flow in now.flows.flows.values()
        ],
        "findings": _findings(now.findings),
        "tests": tests,
    }
    if sets.refused:
        told["refused"] = {"findings": _findings(sets.refused)}
    return told


def shown_graph(sets: Sets, flow: str, language: str | None) -> dict[str, object]:
    """The picture of a flow of the set in use. Takes its time; raises :class:`Wrong`."""
    now = sets.now
    found = now.flows.flows.get(flow)
    if found is None:
        raise Wrong(404, f"there is no flow {flow!r}")
    if language is not None and language not in {each.code for each in found.languages}:
        raise Wrong(404, f"the flow {flow} does not speak {language!r}")
    counts = Counter(each.step for each in now.findings if each.flow == flow and each.step)
    named = {step: count for step, count in counts.items() if step is not None}
    return as_data(draw(found, language=language, findings=named))


def _first(flows: FlowSet) -> str | None:
    """The flow most calls begin with: numbers.yaml's default, or the one of its first number."""
    entries = (flows.default, *flows.numbers.values())
    return next((entry.flow for entry in entries if entry is not None), None)


def _findings(findings: Iterable[Finding]) -> list[dict[str, object]]:
    return [asdict(each) for each in findings]
