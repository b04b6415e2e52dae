"""The one layout: what it changes, what it never changes, and that it is reached at once."""

from __future__ import annotations

import textwrap
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import source
from ivr.flow.edit import written
from ivr.flow.edit.layout import laid_out, same_meaning
from tests.flow.edit.mangle import Mangler

FLOWS = Path(__file__).parents[3] / "flows"
SHIPPED = {
    file.relative_to(FLOWS).as_posix(): file.read_text("utf-8")
    for file in sorted(FLOWS.rglob("*.yaml"))
}


def out(text: str) -> str:
    """A text without problems, laid out."""
    made = laid_out("main.yaml", textwrap.dedent(text))
    assert not made.problems
    return made.text


# --- any layout ----------------------------------------------------------------------------------


@given(st.sampled_from(sorted(SHIPPED)), st.integers(0, 1 << 32))
@settings(max_examples=100, deadline=None)
def test_however_a_flow_was_typed_its_meaning_and_its_comments_stay(name: str, seed: int) -> None:
    root = source.read(name, SHIPPED[name]).root
    assert root is not None
    mangler = Mangler(Random(seed))
    typed = mangler.typed(root)
    assert same_meaning(source.read(name, typed).root, root), "the mangler itself is wrong"
    made = laid_out(name, typed)
    assert not made.problems, typed
    assert same_meaning(source.read(name, made.text).root, root)
    assert [each.text for each in written.read(made.text).comments.values()] == mangler.comments
    assert laid_out(name, made.text).text == made.text
    lines = made.text.split("\n")
    assert not any(line.endswith((" ", "\r")) or "\t" in line for line in lines)
    assert all(line or lines[number - 1] for number, line in enumerate(lines))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_files_are_laid_out(name: str) -> None:
    assert laid_out(name, SHIPPED[name]).text == SHIPPED[name]


# --- the rules -----------------------------------------------------------------------------------

RULES = {
    "indents": (
        "steps:\n   main:\n       say: Hi.\n       goto: hangup\n",
        "steps:\n  main:\n    say: Hi.\n    goto: hangup\n",
    ),
    "a list no deeper than its key": (
        "a:\n- b\n- c: d\n  e: f\ng: h\n",
        "a:\n  - b\n  - c: d\n    e: f\ng: h\n",
    ),
    "a dash alone": ("a:\n  -\n      b: c\n      d: e\n", "a:\n  - b: c\n    d: e\n"),
    "a dash with a comment": ("a:\n  - # why\n      b: c\n", "a:\n  - # why\n    b: c\n"),
    "a list in a list": ("a:\n- -   b\n  - c\n", "a:\n  - - b\n    - c\n"),
    "brackets": (
        "a: {b  :  c,d: [ 1,2 , 3 ], e: {  } , f: '' }\n",
        "a: {b: c, d: [1, 2, 3], e: {}, f: ''}\n",
    ),
    "broken brackets": (
        "a:\n  b: {\n      c: d,   # why\n      # more\n  e: f,\n  }\n",
        "a:\n  b: {\n    c: d,   # why\n    # more\n    e: f,\n    }\n",
    ),
    "spaces behind signs": ("a:   b\nc:\n  -   d\n", "a: b\nc:\n  - d\n"),
    "what readers of YAML disagree about": (
        "a:  +15550123\nb:   0042\nc:  9:30\n0:  x\nno:  y\nd:  yes\ne:  1_000\nf:  ~\ng:  0x1F\n",
        "a: +15550123\nb: 0042\nc: 9:30\n0: x\nno: y\nd: yes\ne: 1_000\nf: ~\ng: 0x1F\n",
    ),
    "quotes": ("a:  'yes'\nb:  \"3\"\n'c':  d\n", "a: 'yes'\nb: \"3\"\n'c': d\n"),
    "a text of several lines": (
        "a:\n    say: One\n       two\n\n         three\n    goto: b\n",
        "a:\n  say: One\n    two\n\n    three\n  goto: b\n",
    ),
    "a text below its key": (
        "a:\n  say:\n       One two\n       three.\n",
        "a:\n  say:\n    One two\n    three.\n",
    ),
    "quoted lines": (
        'a: "one\n  two\\ \n     three\\\n   four"\nb: c\n',
        'a: "one\n  two\\ \n  three\\\n  four"\nb: c\n',
    ),
    "block texts": (
        "a:\n   b: >  # why\n\n         one\n           two  \n\n         three\n\n\n   c: d\n",
        "a:\n  b: >  # why\n\n    one\n      two  \n\n    three\n\n  c: d\n",
    ),
    "a block text that keeps its last lines": (
        "a: |+\n    one\n\n\n\nb: c\n",
        "a: |+\n  one\n\n\n\nb: c\n",
    ),
    "spaces that are text": (
        "a: |\n    b\n      \n    c\n     \nd: |\n    e\n      \n",
        "a: |\n  b\n    \n  c\n   \nd: |\n  e\n    \n",
    ),
    "a block text of nothing but empty lines": ("a: |+\n\n\nb: c\n", "a: |+\n\n\nb: c\n"),
    "a block text that begins with spaces": (
        "a:\n    b: |3\n         one\n       two\n",
        "a:\n  b: |3\n       one\n     two\n",
    ),
    "a sign in a block text is no comment": ("a: |\n     # b\n   # c\n", "a: |\n  # b\n# c\n"),
    "empty lines": ("\n\na: b\n\n\n\nc:\n\n  d: e\n\n\n", "a: b\n\nc:\n  d: e\n"),
    "between steps": (
        "steps:\n  a:\n    goto: b\n  b: {goto: c}\n  c: {goto: d}\n  d:\n    goto: hangup\n",
        "steps:\n  a:\n    goto: b\n\n  b: {goto: c}\n  c: {goto: d}\n\n  d:\n    goto: hangup\n",
    ),
    "between calls": (
        "calls:\n  a:\n    - silent\n  b:\n    - silent\n",
        "calls:\n  a:\n    - silent\n\n  b:\n    - silent\n",
    ),
    "not below what is only called steps": (
        "calls:\n  a:\n    steps:\n      b:\n        c: d\n      e:\n        f: g\n",
        "calls:\n  a:\n    steps:\n      b:\n        c: d\n      e:\n        f: g\n",
    ),
    "a comment between steps goes with the next one": (
        "steps:\n    a:\n        goto: b\n        # of a\n    # of b\n    b:\n        goto: a\n",
        "steps:\n  a:\n    goto: b\n    # of a\n\n  # of b\n  b:\n    goto: a\n",
    ),
    "comments above": (
        "# top\n\n#next\na:\n      # of b\n      b: c\n  # of a\n# of d\nd: e\n     # end\n",
        "# top\n\n#next\na:\n  # of b\n  b: c\n# of a\n# of d\nd: e\n# end\n",
    ),
    "a comment below a list no deeper than its key": (
        "a:\n- b\n# of c\nc: d\n",
        "a:\n  - b\n# of c\nc: d\n",
    ),
    "a comment where a value was taken out": ("a:\n    # b: c\nd: e\n", "a:\n  # b: c\nd: e\n"),
    "comments behind, in one column": (
        "a: b          # one\ncc:   ddd     # two\n              # goes on\ne: f # cut?\n",
        "a: b        # one\ncc: ddd     # two\n            # goes on\ne: f # cut?\n",
    ),
    "a comment below one that may be cut off": (
        "x:\n  say: now # a\n           # b\n  goto: # c\n        # d\n    hangup\n",
        "x:\n  say: now # a\n  # b\n  goto: # c\n        # d\n    hangup\n",
    ),
    "one space before a sign stays one": (
        "say:  For sales press # now\n",
        "say: For sales press # now\n",
    ),
    "a comment never comes so near that it looks cut off": (
        "k:\n a:  [n] # x\n b: two  # y\n",
        "k:\n  a: [n]  # x\n  b: two  # y\n",
    ),
    "line ends": ("\ufeffa: b\r\nc: |\r\n  d\r\n\r\n", "a: b\nc: |\n  d\n"),
    "tabs and spaces at the end": ("a: b \t # c \t\nd:  \t  e\t\n", "a: b   # c\nd: e\n"),
    "no line end": ("a: b", "a: b\n"),
    "no line end below a block text": ("a: >\n    b", "a: >\n  b\n"),
    "a document sign": ("---   # x\na:   b\n", "---   # x\na: b\n"),
    "only comments": ("  # a\n\n\n # b\n\n", "# a\n\n# b\n"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("typed", "made"), RULES.values(), ids=RULES)
def test_a_rule_is_kept(typed: str, made: str) -> None:
    assert laid_out("main.yaml", typed).text == made
    assert laid_out("main.yaml", made).text == made


@pytest.mark.parametrize(
    ("typed", "code", "line", "message"),
    [
        ("a: b\n c: d: e\n", "Y001", 2, "the text contains “: ”"),
        ("a: b\na: c\n", "Y003", 2, "“a” stands here twice"),
        ("a: &x b\n", "Y004", 1, "&x is an anchor"),
        ("? a\n: b\n", "Y001", 1, "a key is written with ? here"),
        ("%YAML 1.2\n---\na: b\n", "Y001", 1, "a % directive stands here"),
        ("--- {a: b}\n", "Y001", 1, "a text stands behind ---"),
        ("a: b\n...\n", "Y001", 2, "the file goes on behind its end"),
        ("a: b\nb: c\u2028 d\n", "Y001", 2, "a line break of another kind (U+2028)"),
    ],
)
def test_what_cannot_be_laid_out_is_left_alone_and_told(
    typed: str, code: str, line: int, message: str
) -> None:
    made = laid_out("main.yaml", typed)
    problem = made.problems[0]
    assert made.text == typed
    assert (problem.code, problem.span.line) == (code, line)
    assert message in problem.message
    assert problem.help


def test_a_text_that_is_no_flow_is_left_as_it_is() -> None:
    assert out("just\n  a text\n") == "just\n  a text\n"
