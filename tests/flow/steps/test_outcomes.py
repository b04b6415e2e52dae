"""Outcomes with destinations of their own: read, listed, and followed."""

from __future__ import annotations

import pytest

from ivr.flow import source
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping
from ivr.flow.steps import outcomes
from tests.flow.ring import Ring

STEP = "queue: agents\ndone: thanks\nfull: later\nlimit: 5m\notherwise: goodbye\n"


def entry() -> tuple[Reader, Mapping]:
    document = source.read("main.yaml", STEP)
    assert isinstance(document.root, Mapping)
    return Reader(document), document.root


def test_only_the_names_that_are_outcomes_are_read() -> None:
    reader, root = entry()
    found = outcomes.read(reader, root, frozenset({"done", "full", "failed"}))
    assert {name: ways[0].target for name, ways in found.items()} == {
        "done": "thanks",
        "full": "later",
    }
    assert reader.problems == []


def test_where_outcomes_are_named_elsewhere_every_other_key_is_one() -> None:
    reader, root = entry()
    found = outcomes.read(reader, root, None, {"queue", "limit"})
    assert list(found) == ["done", "full", "otherwise"]
    assert [edge.label for edge in outcomes.edges(found)] == ["done", "full", "otherwise"]


@pytest.mark.parametrize(
    ("outcome", "step"), [("busy", "own"), ("gone", "rest"), ("otherwise", "rest")]
)
def test_an_outcome_leads_where_it_says_or_where_all_others_lead(outcome: str, step: str) -> None:
    call = Ring(f"""
        steps:
          main: {{do: work, busy: own, otherwise: rest}}
          own: {{say: "own {outcome}", goto: hangup}}
          rest: {{say: "rest {outcome}", goto: hangup}}
    """)
    call.done(outcome)
    assert call.said == [f"{step} {outcome}"]
