"""The shapes as JSON Schema, in the dialect that yaml-language-server reads (draft 7 and its own).

What differs from a schema for machines, and why:

* Which keys an action may have is chosen by its kind with ``if``, ``then`` and ``else``: with
  ``oneOf`` one slip would be told as “Missing property "menu"” of a transfer. So a slip is told at
  its key, and inside a menu nothing is offered that belongs to a transfer.
* Several shapes of one value are one schema with several types, for the same reason. What is said
  of lists and maps then stands in ``allOf``, or editors would begin a list wherever one may stand.
* What is worth offering stands in ``defaultSnippets``: ``examples`` would be shown at every hover.
* Editors read YAML 1.2: ``yes`` is a text there and ``+1312…`` a number. Where the loader reads
  words, both are let through.
* Bounds of durations, names of steps, files and voices are the checker's: ``ivr check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any as Anything
from typing import assert_never

from ivr.flow.schema import folder, outside, rehearsals, words
from ivr.flow.schema.kinds import ACTION, PAGES
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

Schema = dict[str, Anything]

DIALECT = "http://json-schema.org/draft-07/schema#"
_SCALAR = ("string", "number", "boolean")
_RESERVED = ("hangup", "repeat", "back", "start")
_VARIABLE = r"^[a-z][a-z0-9_]{0,63}$"


def files() -> Mapping[str, Schema]:
    """Every schema, by the name of its file."""
    flow = _root("A flow", _record(folder.FLOW))
    flow["properties"][folder.STEPS] = {
        **_described(folder.FLOW[-1]),
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/definitions/step"},
    }
    flow["definitions"] |= _steps()
    return {
        "flow.schema.json": flow,
        "shared.schema.json": _root("Shared definitions", _record(folder.DEFINITIONS)),
        "settings.schema.json": _root("Settings", _record(outside.SETTINGS)),
        "numbers.schema.json": _root("Numbers", _shape(outside.NUMBERS)),
        "texts.schema.json": _root("Translations", _shape(outside.TRANSLATION)),
        "test.schema.json": _root("Flow tests", _shape(rehearsals.SHAPE)),
    }


def _root(title: str, schema: Schema) -> Schema:
    tucked = {name: _tucked(each) for name, each in _definitions().items()}
    return {"$schema": DIALECT, "$comment": title, **schema, "definitions": tucked}


# --------------------------------------------------------------------------- shapes


def _shape(shape: Shape) -> Schema:
    match shape:
        case Flag():
            return {
                "type": ["string", "boolean"],
                "pattern": "^(?:[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|[Tt]rue|[Ff]alse)$",
                "patternErrorMessage": "write yes or no",
                "errorMessage": "write yes or no",
                "defaultSnippets": _offered(("yes", "no")),
            }
        case Whole(low, high):
            wanted = f"write a whole number from {low} to {high}"
            return {
                "type": ["integer", "string"],
                "minimum": low,
                "maximum": high,
                "pattern": "^[0-9]{1,9}$",
                "patternErrorMessage": wanted,
                "errorMessage": wanted,
            }
        case Duration():
            wanted = "write a duration like 5s, 500ms or 3m"
            return {
                "type": "string",
                "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h)\s*$",
                "patternErrorMessage": wanted,
                "errorMessage": wanted,
            }
        case Choice(choices):
            numbers = [int(word) for word in choices if word.isdecimal()]
            return {"type": ["string", "integer"], "enum": [*choices, *numbers]}
        case Word(what, pattern, like):
            return _word(what, pattern, like)
        case Any():
            return _known(shape)
        case ListOf(item, most, alone):
            return _list(item, most) if alone else {"type": "array", "items": _shape(item)}
        case OneOf(shapes):
            return _merged([_inline(each) for each in shapes])
        case MapOf(keys, pattern, value, likely):
            return _map(keys, pattern, value, likely)
        case Record(fields):
            return _record(fields)
        case _:
            assert_never(shape)


def _word(what: str, pattern: str, like: tuple[str, ...]) -> Schema:
    offered = {"defaultSnippets": _offered(like)} if like else {}
    if not pattern:
        return {"type": [*_SCALAR], **offered}
    wanted = f"write {words.plain(what)}"
    return {
        "type": ["string", "number"],
        "pattern": f"^{pattern}$",
        "patternErrorMessage": wanted,
        "errorMessage": wanted,
        **offered,
    }


def _known(shape: Any) -> Schema:
    match shape:
        case Any.TEXT | Any.BY_LANGUAGE | Any.DESTINATION:
            return {"$ref": f"#/definitions/{shape.name.lower()}"}
        case Any.NUMBER | Any.FILE | Any.CONDITION:
            return {"type": [*_SCALAR]}
        case Any.VALUE:
            return {}
        case Any.VALUES:
            return {"type": "object", "errorMessage": "write a map, like  name: value"}
        case Any.LANGUAGE:
            return _word("a language like en-US", folder.LANGUAGE_CODE, ("en-US", "es-US"))
        case Any.VARIABLE:
            return {
                "type": "string",
                "pattern": _VARIABLE,
                "patternErrorMessage": "write a name in lower case, like patient_number",
            }
        case _:
            assert_never(shape)


def _list(item: Shape, most: int) -> Schema:
    """One, or several in a list; flat, so that what is wrong is told at its place."""
    single = _shape(item)
    flat = _inline(item)
    return {
        **{key: value for key, value in flat.items() if key not in ("type", "items")},
        "type": [*_types(flat), *(["array"] if "array" not in _types(flat) else [])],
        "items": single,
        **({"maxItems": most} if most else {}),
    }


def _map(keys: str, pattern: str, value: Shape, likely: tuple[Field, ...]) -> Schema:
    known = {"properties": {each.name: _field(each) for each in likely}} if likely else {}
    if not pattern:
        return {"type": "object", **known, "additionalProperties": _shape(value)}
    return {
        "type": "object",
        **known,
        "patternProperties": {f"^(?:{pattern})$": _shape(value)},
        "additionalProperties": False,
        "errorMessage": f"keys are here: {keys}",
    }


def _record(fields: Iterable[Field]) -> Schema:
    fields = tuple(fields)
    needed = [each.name for each in fields if each.needed]
    return {
        "type": "object",
        "properties": {each.name: _field(each) for each in fields},
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    return {**_tucked(_shape(field.shape)), **_described(field)}


def _tucked(schema: Schema) -> Schema:
    """A schema of scalars and more, with what it says of lists and maps out of the way."""
    compound = ("items", "properties", "patternProperties", "additionalProperties", "required")
    if not {*_SCALAR, "integer"} & {*_types(schema)} or not any(key in schema for key in compound):
        return schema
    inner = {key: value for key, value in schema.items() if key in compound}
    return {**{k: v for k, v in schema.items() if k not in compound}, "allOf": [inner]}


def _offered(values: Iterable[Anything]) -> list[Schema]:
    return [{"label": str(value), "body": str(value)} for value in values]


def _described(field: Field) -> Schema:
    return {
        "title": field.name,
        "description": words.plain(field.about),
        "markdownDescription": words.explained(field),
    }


def _inline(shape: Shape) -> Schema:
    """A shape's schema without a reference, so that it can be merged with others."""
    schema = _shape(shape)
    name = schema.get("$ref", "").rpartition("/")[2]
    return {**_definitions()[name]} if name else schema


def _merged(schemas: list[Schema]) -> Schema:
    """Shapes of different types as one schema; what is said of texts counts if one alone says it.

    An object or a list has its own keywords, so these cannot get in each other's way.
    """
    merged: Schema = {}
    types: list[str] = []
    about_texts = ("pattern", "patternErrorMessage")
    textual = [each for each in schemas if "string" in _types(each)]
    for schema in schemas:
        types += [each for each in _types(schema) if each not in types]
        for key, value in schema.items():
            if key == "defaultSnippets" or (key == "enum" and len(textual) > 1):
                more = value if key == "defaultSnippets" else _offered(value)
                merged["defaultSnippets"] = [*merged.get("defaultSnippets", ()), *more]
            elif key not in ("type", "errorMessage") and not (
                key in about_texts and len(textual) > 1
            ):
                merged[key] = value
    return {"type": types, **merged}


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [*_SCALAR, "object", "array", "null"])
    return [types] if isinstance(types, str) else [*types]


# --------------------------------------------------------------------------- texts and ways


def _definitions() -> dict[str, Schema]:
    language = f"^(?:{folder.LANGUAGE_CODE})$"
    scalar: Schema = {"type": [*_SCALAR]}
    branch = Record(
        (
            Field("if", Any.CONDITION, "Taken if this holds.", example="hours.clinic.open"),
            Field("goto", Word("a step's name", like=_RESERVED), "Where it leads."),
            Field("else", Word("a step's name", like=_RESERVED), "Where all others lead."),
        )
    )
    about = (
        Field("say", Any.BY_LANGUAGE, "A text, in the language beside it."),
        Field("play", Any.FILE, "A recorded file.", example="music/soft-piano.wav"),
        Field("pause", Duration(20, 10_000), "Silence on purpose.", example="500ms"),
        Field("if", Any.CONDITION, "Said only if this holds.", example="count > 0"),
        Field("language", Any.LANGUAGE, "Said in this language, whatever the call is in."),
        Field("whole", Flag(), "Spoken in one go."),
    )
    by_language: Schema = {
        "type": [*_SCALAR, "object"],
        "patternProperties": {language: scalar},
        "additionalProperties": False,
    }
    item: Schema = {
        **by_language,
        "properties": {each.name: _field(each) for each in about},
    }
    return {
        "by_language": by_language,
        "item": item,
        "text": {
            **by_language,
            "type": [*by_language["type"], "array"],
            "items": {"$ref": "#/definitions/item"},
        },
        "destination": {
            "type": [*_SCALAR, "array"],
            "defaultSnippets": _offered(_RESERVED),
            "items": {
                "type": "object",
                "properties": {each.name: _field(each) for each in branch.fields},
                "additionalProperties": False,
            },
        },
    }


# --------------------------------------------------------------------------- steps


def _steps() -> dict[str, Schema]:
    """A step, an action, and which keys it may have."""
    rules = _without_a_kind()
    for page in reversed([*PAGES.values()]):
        rules = {"if": {"required": [page.name]}, "then": _of_kind(page), "else": rules}
    common = {f"key_{each.name}": _field(each) for each in ACTION}
    kinds = {f"key_{page.name}": _kind_key(page) for page in PAGES.values()}
    return {
        **common,
        **kinds,
        "rules": rules,
        "action": {"type": "object", "allOf": [{"$ref": "#/definitions/rules"}]},
        "step": {
            "type": ["object", "array"],
            "errorMessage": "a step is a map with say, menu, goto …, or a list of such",
            "if": {"type": "array"},
            "then": {"items": {"$ref": "#/definitions/action"}},
            "else": {"$ref": "#/definitions/rules"},
        },
    }


def _without_a_kind() -> Schema:
    """What speaks or goes, and may still become any kind."""
    names = [*PAGES, *(each.name for each in ACTION)]
    return {
        "properties": {name: _key(name) for name in names},
        "additionalProperties": False,
        "defaultSnippets": [words.snippet(page) for page in PAGES.values()],
    }


def _of_kind(page: Page) -> Schema:
    """A kind with its own options and outcomes, and what every action may have."""
    fields = [*page.options]
    for outcome in page.outcomes:
        shape: Shape = folder.FAIL if outcome.name == "fail" else Any.DESTINATION
        fields.append(Field(outcome.name, shape, outcome.about))
    common = [each.name for each in ACTION if each.name != "goto" or page.goto]
    needed = [each.name for each in page.options if each.needed]
    others: bool | Schema = {"$ref": "#/definitions/destination"} if page.others else False
    # Where other keys are outcomes, a second kind must not be taken for one.
    second = {name: False for name in PAGES} if page.others else {}
    return {
        "properties": {
            **second,
            page.name: _key(page.name),
            **{each.name: _field(each) for each in fields},
            **{name: _key(name) for name in common},
        },
        **({"required": needed} if needed else {}),
        "additionalProperties": others,
    }


def _key(name: str) -> Schema:
    return {"$ref": f"#/definitions/key_{name}"}


def _kind_key(page: Page) -> Schema:
    return {
        **_tucked(_shape(page.value.shape)),
        "title": page.name,
        "description": words.plain(page.about),
        "markdownDescription": words.page(page),
    }
