"""A drawing as data: what the studio's page reads, and ``ivr graph --format json`` prints."""

from __future__ import annotations

import json

from ivr.flow.graph import as_data, draw
from tests.flow.graph.flows import shipped


def test_a_drawing_is_plain_json_with_findings_at_their_steps() -> None:
    data = as_data(draw(shipped("clinic"), language="es-US", findings={"main": 2}))
    assert json.loads(json.dumps(data)) == data
    by_step = {node["step"]: node for node in data["nodes"]}
    assert by_step["main"]["findings"] == 2
    assert by_step["welcome"]["start"] is True
    assert data["language"] == "es-US"
    (key,) = [e for e in data["edges"] if (e["from"], e["label"]) == ("main", "2")]
    assert (key["to"], key["kind"], len(key["label_at"])) == ("patient", "key", 2)
