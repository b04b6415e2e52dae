"""The language explained in words: what editors show on hovering, and what snippets they insert.

Used by the schema; the reference in Markdown has a form of its own (``reference``).
"""

from __future__ import annotations

from typing import Any as Anything
from typing import assert_never

from ivr.flow.reader import spell_ms
from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Duration,
    Field,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Page,
    Record,
    Shape,
    Whole,
    Word,
)


def plain(markdown: str) -> str:
    """Without the marks of code."""
    return markdown.replace("`", "")


def described(shape: Shape) -> str:
    """What may be written, in a few words of Markdown."""
    match shape:
        case Flag():
            return "`yes` or `no`"
        case Whole(low, high):
            return f"{low} to {high}"
        case Duration(low, high):
            return f"`{spell(low)}` to `{spell(high)}`"
        case Choice(choices):
            *most, last = [f"`{word}`" for word in choices]
            return f"{', '.join(most)} or {last}" if most else last
        case Word(what):
            return what
        case Any():
            return shape.value
        case ListOf(Any.TEXT):
            return "a text, or several"
        case ListOf(item):
            return f"{described(item)}, or a list"
        case OneOf(shapes):
            return ", or ".join(described(each) for each in shapes)
        case MapOf(keys):
            return f"a map of {keys}"
        case Record(fields):
            return "a map with " + ", ".join(f"`{each.name}`" for each in fields)
        case _:
            assert_never(shape)


def spell(ms: int) -> str:
    """A duration, in hours where it is whole ones."""
    return f"{ms // 3_600_000}h" if ms and ms % 3_600_000 == 0 else spell_ms(ms)


def default_of(default: str) -> str:
    """A default in Markdown: code where it could be written, words where it could not."""
    return default[1:-1] if default.startswith("(") else f"`{default}`"


def explained(field: Field) -> str:
    """A field with its default and an example."""
    parts = [field.about]
    if field.default:
        parts.append(f"Default: {default_of(field.default)}")
    if field.example:
        parts.append(_yaml(f"{field.name}: {field.example}"))
    return "\n\n".join(parts)


def page(page: Page) -> str:
    """A kind, with its options and an example."""
    parts = [page.about, page.value.about]
    if page.options:
        parts.append("Options: " + ", ".join(f"`{each.name}`" for each in page.options))
    ways = [f"`{each.name}`" for each in page.outcomes] + (["`goto`"] if page.goto else [])
    if ways:
        parts.append("Outcomes: " + ", ".join(ways))
    parts.append(_yaml(page.example))
    return "\n\n".join(part for part in parts if part)


def snippet(page: Page) -> dict[str, Anything]:
    """A whole step of a kind, to be inserted where a step is begun."""
    lines = page.example.rstrip("\n").split("\n")[1:]
    body = "\n".join(line[2:] for line in lines).replace("\\", "\\\\").replace("$", "\\$")
    return {"label": f"{page.name} …", "description": plain(page.about), "bodyText": body}


def _yaml(source: str) -> str:
    return f"```yaml\n{source.rstrip()}\n```"
