"""Reads what callers hear: ``say`` and the other texts of a step, by language, with conditions.

Named texts (``${texts.closing}``) and the menu written out (``${options}``) are put in here, by
language and before the text is compiled, so that all who come later see the final text. The methods
``prompt`` and ``prompts`` of :class:`ivr.flow.reader.Reader` are these functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.flow.expression import Expression
from ivr.flow.model import Item, Prompt, SayItem
from ivr.flow.near import did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.reader import Reader

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
"""How a language is written: ``en``, ``es-US``."""
_NAMED_TEXT = re.compile(r"\$\{\s*texts\.([A-Za-z_][A-Za-z0-9_]*)\s*\}")
_OPTIONS = re.compile(r"\$\{\s*options\s*\}")
_ABOUT = ("if", "language", "whole")
"""Keys of an item that are no texts."""


def prompt(reader: Reader, node: Node) -> Prompt | None:
    """What ``say`` may hold: a text, texts by language, or a list of items."""
    if isinstance(node, Sequence):
        items = [i for entry in node.items if (i := _item(reader, entry)) is not None]
        flat = tuple(item for group in items for item in group)
        return Prompt(flat, node.span) if flat else None
    items_of = _say_items(reader, node, None, None)
    return Prompt(items_of, node.span) if items_of else None


def prompts(reader: Reader, node: Node) -> tuple[Prompt, ...]:
    """One text, or one for the first time, one for the second …"""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    return tuple(found for each in nodes if (found := prompt(reader, each)) is not None)


def whole_texts(items: Iterable[Item]) -> tuple[Item, ...]:
    """The same items, their texts spoken in one go."""
    return tuple(replace(i, whole=True) if isinstance(i, SayItem) else i for i in items)


def by_language(reader: Reader, node: Node) -> dict[str, str]:
    """The words of a text in each language, as they can be put into other texts.

    A text without a language is one in the flow's first. What is wrong in it is told at its place.
    """
    if isinstance(node, Scalar):
        node = MappingNode(((Scalar(reader.languages[0], False, node.span), node),), node.span)
    entry = reader.mapping(node, "a text, or texts by language")
    texts = _by_language(reader, entry) if entry is not None else {}
    return {code: template.source for code, template in texts.items()}


def _item(reader: Reader, node: Node) -> tuple[Item, ...] | None:
    if isinstance(node, Scalar):
        return _say_items(reader, node, None, None)
    entry = reader.mapping(node, "a text, or an entry with say, play or pause")
    if entry is None:
        return None
    condition = entry.get("if")
    compiled = reader.expression(condition) if condition is not None else None
    language, whole = entry.get("language"), entry.get("whole")
    code = reader.declared_language(language) if language is not None else None
    items = _texts_of(reader, entry, compiled, code)
    if whole is not None and items and reader.flag(whole):
        items = whole_texts(items)
    return items


def _texts_of(
    reader: Reader, entry: MappingNode, compiled: Expression | None, code: str | None
) -> tuple[Item, ...] | None:
    for name, value in entry.items:
        match name.text:
            case "play":
                clip = reader.clip(value, compiled)
                return (clip,) if clip else None
            case "pause":
                return (reader.pause(value, compiled),)
            case "say":
                reader.only(entry, {"say", *_ABOUT})
                return _say_items(reader, value, compiled, code)
    texts = tuple(pair for pair in entry.items if pair[0].text not in _ABOUT)
    return _say_items(reader, MappingNode(texts, entry.span), compiled, code)


def _say_items(
    reader: Reader, node: Node, condition: Expression | None, language: str | None
) -> tuple[Item, ...]:
    if isinstance(node, Scalar):
        named = _NAMED_TEXT.fullmatch(node.text.strip())
        if named:
            return _named(reader, named[1], node)
        alone = _OPTIONS.fullmatch(node.text.strip()) is not None and language is None
        codes = tuple(reader.options or ()) if alone else (language or reader.languages[0],)
        found = {code: _template(reader, node, code) for code in codes or reader.languages[:1]}
        texts = {code: template for code, template in found.items() if template is not None}
    else:
        entry = reader.mapping(node, "a text, or texts by language")
        texts = _by_language(reader, entry) if entry is not None else {}
    return (SayItem(texts, language, condition, node.span),) if texts else ()


def _template(reader: Reader, node: Scalar, code: str) -> Template | None:
    return reader.template(node, _spliced(reader, node, code))


def _by_language(reader: Reader, entry: MappingNode) -> dict[str, Template]:
    texts: dict[str, Template] = {}
    for name, value in entry.items:
        codes = [c for c in reader.languages if c == name.text or c.startswith(name.text + "-")]
        if not codes and reader.included(name) and LANGUAGE.fullmatch(name.text):
            continue  # shared with flows that speak more languages than this one
        if not codes and LANGUAGE.fullmatch(name.text):
            message = f"the language {name.text} is not declared in languages:"
            reader.report("L002", message, name.span, did_you_mean(name.text, reader.languages))
        elif not codes:
            known = ("say", "play", "pause", *_ABOUT, *reader.languages)
            remedy = did_you_mean(name.text, known)
            reader.report("S001", f"“{name.text}” is not known here", name.span, remedy)
        elif not isinstance(value, Scalar):
            reader.wrong_type(value, "a text")
        else:
            for code in codes:
                template = _template(reader, value, code)
                if template is not None:
                    texts.setdefault(code, template)
    return texts


# --------------------------------------------------------------------------- what is put in


def _named(reader: Reader, name: str, node: Scalar) -> tuple[Item, ...]:
    found = reader.texts.get(name)
    if found is None:
        remedy = did_you_mean(name, reader.texts) or "add it to texts:"
        reader.report("X002", f"there is no text called “{name}” in texts:", node.span, remedy)
        return ()
    if isinstance(found, Scalar) and _NAMED_TEXT.search(found.text):
        reader.report("X002", "a named text cannot hold another one", found.span, "write it out")
        return ()
    said = prompt(reader, found)
    if said is None and reader.included(found) and isinstance(found, MappingNode):
        languages = ", ".join(reader.languages)
        message = f"the text “{name}” of {found.span.file} is in none of {languages}"
        reader.report("L002", message, node.span, "add a language to languages:, or to the text")
    return said.items if said else ()


def _spliced(reader: Reader, node: Scalar, language: str) -> str:
    """The text with the menu written out, and named texts put in, in the same language."""
    if "${" not in node.text:
        return node.text

    def written_out(_: re.Match[str]) -> str:
        if reader.options:
            return reader.options.get(language, "")
        message = "${options} writes out the menu of its step, and this step has none"
        remedy = "put it into the text of a menu"
        if reader.options is not None:
            message = "${options} writes out the choices that have  for:, and none has"
            remedy = "write  1: {goto: step, for: our opening hours}"
        reader.report("X002", message, node.span, remedy)
        return ""

    def named(found: re.Match[str]) -> str:
        text = reader.texts.get(found[1])
        if isinstance(text, MappingNode):
            text = text.get(language) or text.get(language.split("-")[0])
        if isinstance(text, Scalar):
            return text.text
        remedy = did_you_mean(found[1], reader.texts) or "add it to texts:"
        message = f"there is no text called “{found[1]}” in {language}"
        reader.report("X002", message, node.span, remedy)
        return ""

    return _OPTIONS.sub(written_out, _NAMED_TEXT.sub(named, node.text))
