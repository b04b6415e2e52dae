"""How a set looks to the page."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ivr.calls.stage import Stage
from ivr.flow.load import load
from ivr.server.editions import Edition, Finding
from ivr.server.sets import FlowsInUse
from ivr.server.studio.shown import NO_TESTS, shown_graph, shown_set
from ivr.server.studio.trials import Wrong
from tests.server.line import FLOWS
from tests.server.studio.test_trials import NOW

FINDING = Finding("it is long", "warning", "P001", "cut it", "main.yaml", 9, 5, "main", "main")


class Two:
    """Sets as far as they are shown: one in use, and why the next is not."""

    def __init__(self, *refused: Finding) -> None:
        loaded = load(FLOWS)
        assert loaded.flows is not None
        stage = cast(Stage, type("Stage", (), {"number": 4}))
        nothing = cast(Any, ())
        self.now = FlowsInUse(
            Edition(loaded.flows), stage, nothing, (), (), (), (), NOW, (FINDING,)
        )
        self.refused = refused


def test_the_set_in_use_is_shown_whole_and_the_refused_one_by_its_findings() -> None:
    told = cast("dict[str, Any]", shown_set(cast("Any", Two(FINDING)), NO_TESTS))
    assert (told["number"], told["ok"], told["loaded_at"][:16]) == (4, False, "2026-11-22T10:15")
    assert told["flows"] == [
        {"id": "main", "title": "A line under test", "languages": ["en-US"], "start": "main"}
    ]
    assert told["default"] == "main"
    finding = told["findings"][0]
    assert {"code", "severity", "file", "line", "column", "message", "remedy", "flow", "step"} <= (
        finding.keys()
    )
    assert told["refused"]["findings"] == told["findings"]
    assert "refused" not in shown_set(cast("Any", Two()), NO_TESTS)


def test_a_picture_has_its_findings_and_only_flows_there_are() -> None:
    sets = cast("Any", Two())
    graph = cast("dict[str, Any]", shown_graph(sets, "main", None))
    counts = {node["step"]: node["findings"] for node in graph["nodes"]}
    assert (counts["main"], counts["bye"]) == (1, 0)
    for flow, language in (("other", None), ("main", "es-US")):
        with pytest.raises(Wrong):
            shown_graph(sets, flow, language)
