"""A drawing as Mermaid, which many places lay out by themselves: GitHub, GitLab, Notion, Obsidian.

Only what is there and how it hangs together; whoever shows it decides where things go. Called by
``ivr graph --format mermaid``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.graph.drawing import Drawing, Line, LineKind, Node

_ARROWS = {
    LineKind.KEY: "==>",
    LineKind.OUTCOME: "-->",
    LineKind.NEXT: "-->",
    LineKind.FAILURE: "-.->",
}
_ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "|": "#124;"}


def mermaid(drawing: Drawing) -> str:
    """The flow as a flowchart, from top to bottom."""
    names = {node.step: f"n{number}" for number, node in enumerate(drawing.nodes)}
    return "\n".join([*_rows(drawing, names), ""])


def _rows(drawing: Drawing, names: dict[str, str]) -> Iterator[str]:
    yield "---"
    yield f'title: "{_plain(drawing.title)}"'
    yield "---"
    yield "flowchart TD"
    for node in drawing.nodes:
        yield f"  {names[node.step]}{_shape(node)}"
    for line in drawing.edges:
        yield f"  {names[line.source]} {_ARROWS[line.kind]}{_label(line)} {names[line.target]}"
    start = next((node.step for node in drawing.nodes if node.start), None)
    if start is not None:
        yield f"  style {names[start]} stroke:#1a7f4b,stroke-width:3px"


def _shape(node: Node) -> str:
    if "/" in node.step:
        return f'(["{_escaped(node.title)}"])'
    rows = [f"<b>{_escaped(node.title)}</b>"]
    rows += [f"<i>{_escaped(node.about)}</i>"] if node.about else []
    # In one piece: Mermaid breaks lines by a measure of its own.
    rows += [_escaped(" ".join(node.lines))] if node.lines else []
    return f'["{"<br>".join(rows)}"]'


def _label(line: Line) -> str:
    return f'|"{_escaped(line.label)}"|' if line.label else ""


def _escaped(words: str) -> str:
    return "".join(_ENTITIES.get(letter, letter) for letter in words)


def _plain(words: str) -> str:
    """For the title, which is YAML."""
    return words.replace("\\", "\\\\").replace('"', '\\"')
