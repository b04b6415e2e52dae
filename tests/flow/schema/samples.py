"""Values that a shape takes and values that it refuses, as YAML in one line.

Used to hold the table of the language to the loader, and the schema of editors to both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any as Anything
from typing import assert_never

from ivr.flow import source
from ivr.flow.schema.shapes import (
    Any,
    Choice,
    Duration,
    Field,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Shape,
    Whole,
    Word,
)

FILE = "music/soft-piano.wav"


def taken(field: Field) -> Iterator[str]:
    """Values that have to be taken under a field: its example, its default, all of its shape."""
    if field.example:
        yield field.example
    if field.default and not field.default.startswith("("):
        yield field.default
    yield from good(field.shape)


def good(shape: Shape) -> Iterator[str]:
    """Values of a shape, its ends among them."""
    match shape:
        case Flag():
            yield from ("yes", "no", "true", "Off")
        case Whole(low, high):
            yield from (str(low), f"'{high}'")
        case Duration(low, high):
            yield from (f"{low}ms", f"{high // 1000}s", f"{high}ms")
        case Choice(choices):
            yield from (f"'{word}'" if word == "#" else word for word in choices)
        case Word(_, _, like):
            yield from like
        case Any.TEXT:
            yield from ("Hello.", "{en: Hello., es: Hola.}", "['Hello.', {pause: 300ms}]", "yes")
        case Any.BY_LANGUAGE:
            yield from ("Hello.", "{en-US: Hello., es: Hola.}")
        case Any.DESTINATION:
            yield from ("main", "hangup", "/other", "[{if: 1 > 2, goto: main}, {else: back}]")
        case Any.NUMBER:
            yield from ("+13125550123", "front_desk")
        case Any.FILE:
            yield FILE
        case Any.CONDITION:
            yield from ("call.minutes > 3", "true")
        case Any.VALUE:
            yield from ("text", "12", "{a: [1, 2]}")
        case Any.VALUES:
            yield "{name: value}"
        case Any.LANGUAGE:
            yield from ("en-US", "es-US")
        case Any.VARIABLE:
            yield "found"
        case ListOf(item, _, alone):
            # A list in it would be taken for the list itself.
            values = [value for value in good(item) if not value.startswith("[")]
            yield from (f"[{value}]" for value in values)
            yield from values if alone else ()
        case OneOf(shapes):
            for each in shapes:
                yield from good(each)
        case MapOf() | Record():
            return
        case _:
            assert_never(shape)


def bad(shape: Shape) -> Iterator[str]:
    """Values that no author can have meant."""
    match shape:
        case Flag():
            yield from ("maybe", "[yes]")
        case Whole(low, high):
            yield from (str(low - 1), str(high + 1), "many", "{a: 1}")
        case Duration():
            yield from ("5", "5 minutes", "soon", "[5s]")
        case Choice():
            yield from ("nothing_known", "{a: b}")
        case Word(_, pattern, _):
            yield from ("§",) if pattern else ()
            yield "{a: b}"
        case Any.TEXT:
            yield from ("{english: Hello.}", "[{speak: Hello.}]")
        case Any.BY_LANGUAGE:
            yield from ("{english: Hello.}", "[Hello.]")
        case Any.DESTINATION:
            yield from ("{step: main}", "[{when: 1 > 2, goto: main}]", "[main]")
        case Any.NUMBER | Any.FILE | Any.CONDITION:
            yield "{a: b}"
        case Any.VALUE:
            return
        case Any.VALUES:
            yield from ("text", "[1]")
        case Any.LANGUAGE:
            yield from ("english", "EN", "{a: b}")
        case Any.VARIABLE:
            yield from ("Two words", "UPPER", "[found]")
        case ListOf(item, most):
            value = next(good(item), None)
            if most and value is not None:
                yield f"[{', '.join([value] * (most + 1))}]"
        case OneOf():
            return
        case MapOf(_, pattern, value):
            yield "text"
            if pattern:
                yield f"{{§: {next(good(value), 'a')}}}"
        case Record():
            yield from ("{nothing_known: 1}",)
        case _:
            assert_never(shape)


def beyond(shape: Shape) -> Iterator[str]:
    """Values just out of bounds that only the loader can tell."""
    if isinstance(shape, Duration):
        yield from (f"{shape.low_ms - 1}ms", f"{shape.high_ms + 1}ms")


def as_editors_read(text: str) -> Anything:
    """YAML 1.2, core schema: what a value is to an editor (yaml.org/spec/1.2.2, section 10.3.2)."""
    document = source.read("sample.yaml", text)
    assert document.root is not None
    return _value(document.root)


def _value(node: source.Node) -> Anything:
    match node:
        case source.Mapping():
            return {_key(name.text): _value(value) for name, value in node.items}
        case source.Sequence():
            return [_value(each) for each in node.items]
        case source.Scalar(text, quoted):
            if quoted:
                return text
            if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
                return text.lower() == "true"
            if re.fullmatch(r"[-+]?[0-9]+", text):
                return int(text)
            if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
                return float(text)
            return None if text in ("", "~", "null") else text


def _key(text: str) -> str:
    return str(int(text)) if re.fullmatch(r"\+[0-9]+", text) else text
