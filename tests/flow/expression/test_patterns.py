"""Patterns: they find what Python's ``re`` finds, and no pattern can take long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.expression.patterns import (
    GROUPS_MAX,
    MATCHED_MAX,
    PATTERN_MAX,
    POSITIONS_MAX,
    Pattern,
    PatternError,
    compile_pattern,
)
from ivr.flow.values import EvaluationError


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("ab", ["ab", "xaby"], ["a", "ba", ""]),
        ("^ab$", ["ab"], ["xab", "abx", "abab"]),
        ("^ab", ["abx"], ["xab"]),
        ("ab$", ["xab"], ["abx"]),
        ("^$", [""], ["a"]),
        ("", ["", "a"], []),
        ("^[0-9]{5}$", ["60614"], ["6061", "606140", "6061a"]),
        ("^[A-Z]{2}-?\\d{2,3}$", ["AB12", "AB-123"], ["A12", "AB-1234", "ab12"]),
        ("^(cat|dog)s?$", ["cat", "dogs"], ["cats!", "do"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a", ""]),
        ("^a{0,2}$", ["", "aa"], ["aaa"]),
        ("^(ab){2}$", ["abab"], ["ab", "ababab"]),
        ("^(a{2}b?){2}$", ["aaaa", "aabaab"], ["aaa", "aabb"]),
        ("^x*y+z?$", ["y", "xxyyz"], ["x", "z"]),
        ("^(?:a|b)*c$", ["c", "ababc"], ["abd"]),
        ("^[^0-9]+$", ["abc"], ["a1"]),
        ("^[]a]+$", ["]a"], ["b"]),
        ("^\\w+@\\w+\\.example$", ["a@b.example"], ["a@bxexample", "@b.example"]),
        ("^a.c$", ["abc", "a c"], ["ac", "a\nc"]),
        ("^a{b$", ["a{b"], ["ab"]),
        ("^()$", [""], ["a"]),
        ("^(a|)$", ["a", ""], ["b"]),
        ("\\$\\^\\\\", ["x$^\\"], ["$^"]),
        ("[\\]\\[]", ["["], ["a"]),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, found: list[str], not_found: list[str]) -> None:
    compiled = compile_pattern(pattern)
    assert [text for text in found if not compiled.found_in(text)] == []
    assert [text for text in not_found if compiled.found_in(text)] == []


@pytest.mark.parametrize(
    ("pattern", "column", "message"),
    [
        ("(a)\\1", 3, "back-references are not known"),
        ("\\bword", 0, "“\\b” is not known"),
        ("[\\p]", 0, "“\\p” is not known"),
        ("(?=a)", 1, "looks ahead or behind"),
        ("(?P<n>a)", 1, "looks ahead or behind"),
        ("a**", 2, "two quantifiers"),
        ("a+?", 2, "two quantifiers"),
        ("a{2}{3}", 4, "two quantifiers"),
        ("*a", 0, "nothing before “*”"),
        ("{2}", 0, "nothing before “{2}”"),
        ("a|*", 2, "nothing before “*”"),
        ("(a", 0, "never closed"),
        ("a)", 1, "no bracket this one closes"),
        ("[a", 0, "the [ is never closed"),
        ("[z-a]", 0, "no set of characters"),
        ("[[a]]", 0, "before “[”"),
        ("[a--b]", 0, "before “-”"),
        ("a^b", 1, "the very beginning"),
        ("a$b", 1, "the very end"),
        ("(a$)", 2, "the very end"),
        ("^a|b", 2, "put the alternatives in brackets"),
        ("(x|y)z|b$", 2, "put the alternatives in brackets"),
        ("a{3,2}", 1, "a smaller number"),
        ("a{0}", 1, "a smaller number"),
        ("a{999}", 1, "a smaller number"),
        ("(a{100}){3}", 1, "longer than"),
        ("((((){99}){99}){99}){99}", 3, "multiply to too many"),
        ("(" * (GROUPS_MAX + 1) + "a" + ")" * (GROUPS_MAX + 1), GROUPS_MAX, "deeper than"),
        ("a" * (PATTERN_MAX + 1), PATTERN_MAX, "characters at most"),
    ],
)
def test_a_pattern_is_refused_at_its_place(pattern: str, column: int, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert message in caught.value.message
    assert caught.value.column == column


def test_long_texts_are_not_matched() -> None:
    compiled = compile_pattern("a$")
    assert not compiled.found_in("b" * MATCHED_MAX)
    with pytest.raises(EvaluationError, match="characters at most"):
        compiled.found_in("b" * (MATCHED_MAX + 1))


def test_what_backtracking_takes_ages_for_is_walked_once() -> None:
    # With re, (a+)+b on 40 letters a takes hours; here each letter is one step for every state.
    compiled = compile_pattern("^(a+)+b$")
    assert len(compiled.tests) == 2
    assert not compiled.found_in("a" * MATCHED_MAX)
    assert compiled.found_in("a" * (MATCHED_MAX - 1) + "b")


def test_the_states_of_a_pattern_are_counted() -> None:
    compiled = compile_pattern(f"a{{{POSITIONS_MAX}}}")
    assert len(compiled.tests) == POSITIONS_MAX
    with pytest.raises(PatternError):
        compile_pattern(f"ba{{{POSITIONS_MAX}}}")


_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w"])
_INNER: st.SearchStrategy[str] = st.recursive(
    _ATOMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "{2,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        )
        | st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})")
    ),
    max_leaves=5,
)


def _reading(source: str) -> Pattern | PatternError:
    try:
        return compile_pattern(source)
    except PatternError as error:
        return error


@given(
    _INNER,
    st.booleans(),
    st.booleans(),
    st.text(alphabet="ab1", max_size=7),
)
def test_random_patterns_find_what_re_finds(
    inner: str, from_start: bool, to_end: bool, text: str
) -> None:
    compiled = _reading(f"{'^' * from_start}{inner}{'$' * to_end}")
    if isinstance(compiled, PatternError):
        return
    end = "\\Z" if to_end else ""
    oracle = re.search(f"{'^' * from_start}(?:{inner}){end}", text, re.ASCII)
    assert compiled.found_in(text) == (oracle is not None)


@given(st.text(alphabet="ab01()[]{}|*+?^$\\.,-&~", max_size=20))
def test_any_text_is_a_pattern_or_refused_at_a_place_in_it(source: str) -> None:
    compiled = _reading(source)
    if isinstance(compiled, PatternError):
        assert 0 <= compiled.column <= len(source)
    else:
        assert compiled.found_in("ab01") in (True, False)
