"""YAML to nodes: places, raw texts, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.source import (
    DEPTH_MAX,
    FILE_BYTES_MAX,
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    lost_comment,
    place_in,
    read,
)


def found(text: str) -> list[tuple[str, int, int]]:
    return [(p.code, p.span.line, p.span.column) for p in read("a.yaml", text).problems]


def value(text: str) -> Scalar:
    root = read("a.yaml", text).root
    assert isinstance(root, Mapping)
    node = root.items[0][1]
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    "written", ["+15550123", "0042", "9:30", "yes", "no", "on", "~", "1e3", "0x1F", "2026-12-24"]
)
def test_plain_scalars_stay_the_text_that_was_written(written: str) -> None:
    scalar = value(f"a: {written}")
    assert scalar.text == written
    assert not scalar.quoted


def test_quoted_scalars_are_told_apart() -> None:
    assert value("a: '3'").quoted
    assert value("a: >\n  folded\n  text\n").text == "folded text\n"


def test_keys_that_other_loaders_lose_are_all_there() -> None:
    root = read("a.yaml", "{1: a, 0: operator, no: bye, 00: nought}").root
    assert isinstance(root, Mapping)
    assert root.keys() == ("1", "0", "no", "00")


def test_every_node_knows_its_place() -> None:
    root = read("a.yaml", "steps:\n  main:\n    say: Hello.\n").root
    assert isinstance(root, Mapping)
    steps = root.get("steps")
    assert isinstance(steps, Mapping)
    main = steps.get("main")
    assert isinstance(main, Mapping)
    say = main.get("say")
    assert say is not None
    assert str(say.span) == "a.yaml:3:10"
    assert (say.span.end_line, say.span.end_column) == (3, 16)


def test_an_absent_key_is_none() -> None:
    root = read("a.yaml", "a: 1").root
    assert isinstance(root, Mapping)
    assert root.get("b") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", ("Y003", 3, 1)),
        ("a: &x 1\n", ("Y004", 1, 4)),
        ("a: *x\n", ("Y004", 1, 4)),
        ("a: !int 3\n", ("Y004", 1, 4)),
        ("a:\n  <<: b\n", ("Y004", 2, 3)),
        ("a: {hears: For sales, press 1}\n", ("Y005", 1, 23)),
        ("a: 1\n--- \nb: 2\n", ("Y001", 2, 1)),
        ("? [a]\n: b\n", ("Y001", 1, 3)),
        ("a: b: c\n", ("Y001", 1, 5)),
        ("a:\n\tb: c\n", ("Y001", 2, 1)),
        ("a: @b\n", ("Y001", 1, 4)),
        ("a: 'b\n", ("Y001", 1, 4)),
        ("a: [b\n", ("Y001", 1, 4)),
        ("a: b\x01c\n", ("Y001", 1, 5)),
    ],
)
def test_what_is_refused_is_refused_at_its_place(text: str, problem: tuple[str, int, int]) -> None:
    assert found(text) == [problem]


def test_every_problem_has_a_remedy() -> None:
    for text in ("a: b: c", "a: @b", "a: *b", "a: &b c", "a: !b c", "\ta: b", "*: x", "a: [b"):
        for problem in read("a.yaml", text).problems:
            assert problem.help, text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("say: Press 1: hours\n", "“: ”"),
        ("menu:\n  *: repeat\n", "*"),
        ("say: %d\n", "%"),
    ],
)
def test_a_syntax_error_is_told_in_an_authors_words(text: str, words: str) -> None:
    (problem,) = read("a.yaml", text).problems
    assert words in problem.message


def test_a_hash_after_one_space_has_cut_a_sentence() -> None:
    document = read("a.yaml", "say: Enter it, then press # to finish\n")
    assert isinstance(document.root, Mapping)
    scalar = document.root.items[0][1]
    assert isinstance(scalar, Scalar)
    span = lost_comment(document, scalar)
    assert span is not None
    assert span.column == 27


@pytest.mark.parametrize(
    "text", ["say: Hello.  # a comment\n", "say: 'Press # now'\n", "say: a#b\n"]
)
def test_comments_and_quoted_hashes_lose_nothing(text: str) -> None:
    document = read("a.yaml", text)
    assert isinstance(document.root, Mapping)
    scalar = document.root.items[0][1]
    assert isinstance(scalar, Scalar)
    assert lost_comment(document, scalar) is None


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("say: one, press 3\n", (1, 11, 18)),
        ("say: one,\n  press 3\n", (2, 3, 10)),
        ("say: >\n  one,\n\n  press 3 please\n", (4, 3, 10)),
        ("say: |2-  # press 3\n   one,\n  press 3\n", (3, 3, 10)),
        ("say: 'it''s one, press 3'\n", (1, 18, 25)),
        ('say: "one\\n,\\\n  \\u00e9 press 3"\n', (2, 10, 17)),
        ("say: {en: one press 3}\n", (1, 15, 22)),
        ("say: [a, one press 3]\n", (1, 14, 21)),
    ],
)
def test_a_piece_of_a_text_has_a_place_however_it_was_written(
    written: str, place: tuple[int, int, int]
) -> None:
    document = read("a.yaml", written)
    assert not document.problems
    node: Node | None = document.root
    while not isinstance(node, Scalar):
        assert node is not None
        node = node.items[-1][1] if isinstance(node, Mapping) else node.items[-1]
    at = node.text.index("press 3")
    span = place_in(document, node, at, at + 7)
    assert (span.line, span.column, span.end_column) == place


def test_a_piece_across_two_lines_begins_on_the_first() -> None:
    document = read("a.yaml", "say: one press\n  3 please\n")
    assert isinstance(document.root, Mapping)
    scalar = document.root.items[0][1]
    assert isinstance(scalar, Scalar)
    span = place_in(document, scalar, 4, 11)
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 10, 2, 4)


def test_a_remark_for_the_checker_cuts_no_text() -> None:
    document = read("a.yaml", "say: Hello. # ivr: allow P004 because of that\n")
    assert isinstance(document.root, Mapping)
    scalar = document.root.items[0][1]
    assert isinstance(scalar, Scalar)
    assert lost_comment(document, scalar) is None


# --------------------------------------------------------------------------- limits


def test_deep_nesting_is_refused_and_kills_nobody() -> None:
    assert found("[" * 30_000) == [("Y001", 1, DEPTH_MAX + 2)]


def test_depth_within_the_limit_is_read() -> None:
    root = read("a.yaml", "[" * DEPTH_MAX + "]" * DEPTH_MAX).root
    assert isinstance(root, Sequence)


def test_a_file_over_one_mebibyte_is_refused() -> None:
    assert found("a: " + "x" * FILE_BYTES_MAX) == [("Y001", 1, 1)]


def test_an_empty_file_has_no_root_and_no_problem() -> None:
    assert read("a.yaml", "# nothing\n") == Document("a.yaml", ("# nothing",), None, ())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab: -#'\"{}[],&*!|>@%\n\t\\\x00\x85é\ud800"), max_size=60))
def test_any_text_gives_nodes_or_problems_never_an_exception(text: str) -> None:
    document = read("a.yaml", text)
    lines = max(len(document.lines), 1)
    for problem in document.problems:
        assert 1 <= problem.span.line <= lines + 1
        assert problem.span.column >= 1
