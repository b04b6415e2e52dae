"""How the language is explained: shapes in words, fields with default and example, snippets."""

from __future__ import annotations

from ivr.flow.schema import words
from ivr.flow.schema.kinds import PAGES
from ivr.flow.schema.shapes import Any, Choice, Duration, Field, ListOf, Whole


def test_shapes_are_told_in_a_few_words() -> None:
    assert words.described(Duration(500, 7_200_000)) == "`500ms` to `2h`"
    assert words.described(Whole(1, 10)) == "1 to 10"
    assert words.described(Choice(("a", "b", "c"))) == "`a`, `b` or `c`"
    assert words.described(ListOf(Any.TEXT)) == "a text, or several"


def test_a_field_is_explained_with_its_default_and_an_example() -> None:
    field = Field("wait", Duration(1, 2), "How long.", "5s", "7s")
    assert words.explained(field) == "How long.\n\nDefault: `5s`\n\n```yaml\nwait: 7s\n```"
    assert words.default_of("(none)") == "none"


def test_a_snippet_is_a_whole_step_in_which_nothing_is_taken_for_a_gap_to_fill() -> None:
    snippet = words.snippet(PAGES["sms"])
    assert snippet["label"] == "sms …"
    assert snippet["bodyText"].startswith("sms: \\${call.from}\ntext: ")
    assert all(not words.snippet(page)["bodyText"].startswith("-") for page in PAGES.values())
