"""The picture as Mermaid: every card and line, and no word that Mermaid would take for its own."""

from __future__ import annotations

from ivr.flow.graph import draw
from ivr.flow.graph.mermaid import mermaid
from tests.flow.graph.flows import flow

_FLOW = """\
title: Desk
steps:
  main: {say: "For sales, press 1.", menu: {1: sales}, fail: sales}
  sales: {transfer: +13125550123, otherwise: nobody}
  nobody: {say: Goodbye., goto: hangup}
"""


def test_a_flow_as_a_flowchart() -> None:
    assert mermaid(draw(flow(_FLOW))).splitlines() == [
        "---",
        'title: "Desk"',
        "---",
        "flowchart TD",
        '  n0["<b>main</b><br><i>menu</i><br>For sales, press 1."]',
        '  n1["<b>sales</b><br><i>transfer +13125550123</i>"]',
        '  n2["<b>nobody</b><br>Goodbye."]',
        '  n3(["hang up"])',
        '  n0 ==>|"1"| n1',
        '  n0 -.->|"fail"| n1',
        '  n1 -.->|"otherwise"| n2',
        "  n2 --> n3",
        "  style n0 stroke:#1a7f4b,stroke-width:3px",
    ]


def test_words_of_authors_are_escaped() -> None:
    text = mermaid(
        draw(flow('title: a "b"\nsteps:\n  x: {say: "a <b> \\"c\\" #1 | d & e", goto: hangup}\n'))
    )
    assert 'title: "a \\"b\\""' in text
    assert "a #lt;b#gt; #quot;c#quot; #35;1 #124; d #amp; e" in text
