"""Reading expressions: what is understood, and what is refused with its place and its remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.expression import EvaluationError, Expression, ExpressionError, Reference
from ivr.flow.expression import compile as read
from ivr.flow.expression.grammar import NESTING_MAX, SOURCE_MAX
from ivr.flow.values import Value


def value_of(source: str, **scope: Value) -> Value:
    return read(source).evaluate(scope)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("2 * 3 % 4", 2),
        ("-2 + 5", 3),
        ("-(2 + 5)", -7),
        ("1 < 2 and 2 < 3 or false", True),
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("not false and true", True),
        ("not (1 == 2)", True),
        ("1 + 1 == 2", True),
        ("1 == 1 == true", True),
        ("1 in [1, 2]", True),
        ("1 in []", False),
        ("'it\\'s' == \"it's\"", True),
        ("'a\\\\b\\n\\t' == 'a\\\\b\\n\\t'", True),
        ("size('a\\n')", 2),
        ("1.5e1", 15.0),
        ("[1, 'a', null, [true]]", [1, "a", None, [True]]),
        (" \n 1\t", 1),
    ],
)
def test_operators_bind_as_the_grammar_says(source: str, value: Value) -> None:
    assert value_of(source) == value


def test_names_fields_and_items_are_read_with_their_place() -> None:
    found = read("call.from != 'x' and slots[n].time['at'] == a.b[0].c")
    assert found.names == (
        Reference(("call", "from"), 0, 9, guarded=False),
        Reference(("slots",), 21, 26, guarded=False),
        Reference(("n",), 27, 28, guarded=False),
        Reference(("a", "b"), 44, 47, guarded=False),
    )


def test_a_field_in_quotes_is_a_field() -> None:
    found = read("call['from'].x")
    assert [name.path for name in found.names] == [("call", "from", "x")]
    assert found.names[0].end_column == 14


def test_words_of_the_language_may_be_fields() -> None:
    assert value_of("a.in.not.null.size", a={"in": {"not": {"null": {"size": 1}}}}) == 1


def test_only_what_has_and_default_ask_about_is_guarded() -> None:
    found = read("has(a.b) and default(c, d) == e or has(x[y])")
    assert {name.path: name.guarded for name in found.names} == {
        ("a", "b"): True,
        ("c",): True,
        ("d",): False,
        ("e",): False,
        ("x",): True,
        ("y",): True,
    }


# column, end, part of the message, part of the remedy
REFUSED: list[tuple[str, int, int, str, str]] = [
    ("a = 1", 2, 3, "“=” does not compare", "write =="),
    ("a === 1", 2, 5, "“===”", "write =="),
    ("a !== 1", 2, 5, "“!==”", "write !="),
    ("a && b", 2, 4, "“&&”", "write and"),
    ("a & b", 2, 3, "“&”", "write and"),
    ("a || b", 2, 4, "“||”", "write or"),
    ("a | digits", 2, 3, "formatters", "write or"),
    ("!a", 0, 1, "“!”", "write not"),
    ("a ? b : c", 2, 3, "“? :”", "choose(condition, a, b)"),
    ("a : c", 2, 3, "“:”", "choose(condition, a, b)"),
    ("${a > 1}", 0, 2, "without ${ }", "leave out"),
    ("a == ‘x’", 5, 6, "curly quote", "straight quote"),
    ("a == 'x", 5, 6, "never closed", "write '"),
    ('a == "x', 5, 6, "never closed", 'write "'),
    ("a # b", 2, 3, "“#” means nothing here", ""),
    ("a == True", 5, 9, "“True”", "write true"),
    ("a == yes", 5, 8, "“yes”", "write true"),
    ("a == None", 5, 9, "“None”", "write null"),
    ("a AND b", 2, 5, "“AND”", "write and"),
    ("a is b", 2, 4, "“is”", "write =="),
    ("a contains b", 2, 10, "“contains” cannot stand here", "contains(text, part)"),
    ("a b", 2, 3, "an operator like == or and is missing before “b”", ""),
    ("(a b)", 3, 4, "an operator or “)” is missing before “b”", ""),
    ("[a; b]", 2, 3, "“;” means nothing here", ""),
    ("a ==", 3, 4, "stops where a value should follow", ""),
    ("a == == b", 5, 7, "a value should stand here, before “==”", ""),
    ("and a", 0, 3, "a value should stand here", ""),
    ("(a", 0, 1, "never closed", "write )"),
    ("a[1", 1, 2, "never closed", "write ]"),
    ("size(a", 4, 5, "never closed", "write )"),
    ("a)", 1, 2, "no bracket that this “)” closes", ""),
    ("(a]", 2, 3, "no bracket that this “]” closes", ""),
    ("", 0, 0, "an expression is missing", ""),
    ("   ", 0, 3, "an expression is missing", ""),
    ("0042 == a", 0, 4, "“0042” is no number", "write '0042'"),
    ("1e999", 0, 5, "“1e999” is no number", ""),
    ("a == '\\d'", 6, 8, "“\\d” means nothing in a text", "write \\\\d"),
    ("a.", 1, 2, "the name of a field is missing", ""),
    ("a.1", 2, 3, "the name of a field is missing", ""),
    ("a.startsWith('b')", 12, 13, "no functions of their own", "starts_with(text, part)"),
    ("a.go()", 4, 5, "no functions of their own", "go(…)"),
    ("sise(a)", 0, 4, "no function called “sise”", "did you mean size(a)?"),
    ("startsWith(a, 'b')", 0, 10, "no function called", "did you mean starts_with(text, part)?"),
    ("eval(a)", 0, 4, "no function called “eval”", "the functions are choose"),
    ("size()", 0, 6, "“size” is written size(a)", ""),
    ("size(a, b)", 0, 10, "“size” is written size(a)", ""),
    ("today == a", 0, 5, "“today” is a function", "write today()"),
    ("not a == b", 0, 3, "“not” takes only what follows", "not (a == b)"),
    ("not a in b", 0, 3, "“not” takes only what follows", "not (a == b)"),
    ("not a + b", 6, 7, "“not” takes only what follows", "not (a == b)"),
    ("not not a", 4, 7, "cannot follow each other", "brackets"),
    ("- -a", 2, 3, "cannot follow each other", "brackets"),
    ("1 < a < 9", 6, 7, "one comparison cannot go on", "1 < a and a < 9"),
    ("a == b < c", 7, 8, "one comparison cannot go on", ""),
    ("matches(a, b)", 0, 7, "must be written out", ""),
    ("matches(a, '(')", 0, 7, "the bracket is never closed", "at character 1"),
]


@pytest.mark.parametrize(("source", "column", "end", "message", "remedy"), REFUSED)
def test_a_refusal_has_its_place_and_its_remedy(
    source: str, column: int, end: int, message: str, remedy: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(source)
    error = caught.value
    assert message in error.message
    assert remedy in error.help
    assert (error.column, error.end_column) == (column, end)


def test_minus_true_is_no_number() -> None:
    with pytest.raises(EvaluationError, match="true or false has no negative"):
        value_of("-true")


def test_long_and_deep_sources_are_refused() -> None:
    with pytest.raises(ExpressionError, match=f"{SOURCE_MAX} is the most"):
        read("1" * (SOURCE_MAX + 1))
    deep = "(" * NESTING_MAX + "1" + ")" * NESTING_MAX
    assert value_of(deep) == 1
    with pytest.raises(ExpressionError, match="deeper than"):
        read(f"({deep})")


def test_a_long_chain_is_not_deep() -> None:
    source = "+".join(["1"] * 900)
    assert value_of(source) == 900
    assert value_of("a" + ".b" * 900, a=None) is None


def test_brackets_beside_each_other_are_not_deep() -> None:
    assert value_of("+".join(["(1)"] * 100)) == 100


_PIECES = st.sampled_from(
    [
        *("a", "b.c", "call", "1", "2.5", "'x'", "true", "null", "and", "or", "not", "in"),
        *("==", "!=", "<", ">=", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."),
        *("size", "default", "choose", "has", "one_of", "matches", "today", "min", "date", "round"),
        *("'(a+)+b'", "'2026-12-01'", "&&", "=", "'", "\\", "${", "\u2028", "é"),
    ]
)
_SCOPE: dict[str, Value] = {"a": 3, "b": {"c": [1, None, "x"]}, "call": "12", "x": True}


def _reading(source: str) -> Expression | ExpressionError:
    try:
        return read(source)
    except ExpressionError as error:
        return error


def _value(expression: Expression) -> Value | EvaluationError:
    try:
        return expression.evaluate(_SCOPE)
    except EvaluationError as error:
        return error


@given(st.text(max_size=40) | st.lists(_PIECES, max_size=14).map(" ".join))
def test_any_text_is_an_expression_or_refused_at_a_place_in_it(source: str) -> None:
    found = _reading(source)
    if isinstance(found, ExpressionError):
        assert 0 <= found.column <= found.end_column <= len(source)
        assert found.message
        return
    for name in found.names:
        assert 0 <= name.column < name.end_column <= len(source)
    value = _value(found)
    if isinstance(value, EvaluationError):
        assert source in str(value)
    else:
        assert _value(found) == value
