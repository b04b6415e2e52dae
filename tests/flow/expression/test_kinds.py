"""What the checker is told about kinds of values before any call (X005)."""

from __future__ import annotations

from datetime import date, time

import pytest

from ivr.flow.expression import Kind, kind_of, mismatches, result_kind
from ivr.flow.expression import compile as read
from ivr.flow.values import Value

KNOWN = {
    ("pin",): Kind.TEXT,
    ("tries",): Kind.NUMBER,
    ("vip",): Kind.FLAG,
    ("day",): Kind.DATE,
    ("at",): Kind.TIME,
    ("slots",): Kind.LIST,
    ("found",): Kind.MAP,
    ("found", "name"): Kind.TEXT,
}


def known(path: tuple[str, ...]) -> Kind:
    return KNOWN.get(path, Kind.ANY)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, Kind.FLAG),
        (1, Kind.NUMBER),
        (1.5, Kind.NUMBER),
        ("1", Kind.TEXT),
        (date(2026, 12, 1), Kind.DATE),
        (time(9), Kind.TIME),
        ([], Kind.LIST),
        ({}, Kind.MAP),
        (None, Kind.ANY),
    ],
)
def test_a_value_has_a_kind(value: Value, kind: Kind) -> None:
    assert kind_of(value) is kind


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("1", Kind.NUMBER),
        ("pin", Kind.TEXT),
        ("found.name", Kind.TEXT),
        ("found[pin]", Kind.ANY),
        ("[1]", Kind.LIST),
        ("[1][0]", Kind.ANY),
        ("pin == 'a' and vip", Kind.FLAG),
        ("vip or vip", Kind.FLAG),
        ("not vip", Kind.FLAG),
        ("has(pin)", Kind.FLAG),
        ("one_of(pin, 'a')", Kind.FLAG),
        ("matches(pin, 'a')", Kind.FLAG),
        ("-tries", Kind.NUMBER),
        ("tries + 1", Kind.NUMBER),
        ("pin + 'a'", Kind.TEXT),
        ("unknown * 2", Kind.NUMBER),
        ("today()", Kind.DATE),
        ("choose(vip, 1, 2)", Kind.NUMBER),
        ("choose(vip, 1, 'a')", Kind.ANY),
        ("default(pin, 'a')", Kind.TEXT),
        ("number(pin)", Kind.NUMBER),
        ("min(1, 2)", Kind.ANY),
    ],
)
def test_an_expression_has_a_kind(source: str, kind: Kind) -> None:
    assert result_kind(read(source), known) is kind


@pytest.mark.parametrize(
    ("source", "column", "message", "remedy"),
    [
        ("pin == 4711", 4, "compares a text with a number", "number(…)"),
        ("tries >= '3'", 6, "compares a number with a text", "number(…)"),
        ("vip and tries == found.name", 14, "compares a number with a text", ""),
        ("day == '2026-12-01'", 4, "compares a date with a text", ""),
        ("vip < vip", 4, "true or false has no order", ""),
        ("pin in 'abc'", 4, "“in” looks into a list, not into a text", "contains(text, part)"),
        ("1 in 2", 2, "“in” looks into a list, not into a number", ""),
        ("pin + 1", 4, "“+” cannot take a text and a number", "number(…)"),
        ("day - day", 4, "“-” cannot take a date and a date", "days_between"),
        ("pin - pin", 4, "“-” cannot take a text and a text", "number(…)"),
        ("slots * slots", 6, "“*” cannot take a list and a list", ""),
        ("1 == 1 == 'a'", 7, "compares true or false with a text", ""),
        ("choose(pin == 1, 2, 3)", 11, "a text with a number", ""),
        ("default(pin == 1, 3)", 12, "a text with a number", ""),
        ("not (pin == 1)", 9, "a text with a number", ""),
        ("has([pin == 1])", 9, "a text with a number", ""),
        ("slots[pin - 1]", 10, "“-” cannot take", ""),
        ("lower(pin - 1)", 10, "“-” cannot take", ""),
        ("one_of(pin == 1, vip)", 11, "a text with a number", ""),
        ("-(pin - 1)", 6, "“-” cannot take", ""),
        ("matches(pin - 1, 'a')", 12, "“-” cannot take", ""),
    ],
)
def test_kinds_that_never_go_together_are_told(
    source: str, column: int, message: str, remedy: str
) -> None:
    found = list(mismatches(read(source), known))
    assert len(found) == 1
    assert message in found[0].message
    assert remedy in found[0].help
    assert found[0].column == column
    assert found[0].end_column > column


@pytest.mark.parametrize(
    "source",
    [
        *("pin == '4711'", "tries >= 3", "unknown == 1", "pin == unknown", "pin == null"),
        *("day < today()", "at >= at", "1 in slots", "'a' in found", "slots + slots"),
        *("pin + 'a' + 'b'", "tries + 1 - 2", "vip == true", "slots == slots"),
    ],
)
def test_what_fits_or_is_not_known_is_no_problem(source: str) -> None:
    assert list(mismatches(read(source), known)) == []
