"""The reference in flows/README.md is what the table makes, and has everything."""

from __future__ import annotations

from pathlib import Path

from ivr.flow.schema.kinds import ACTION, PAGES
from ivr.flow.schema.reference import BEGIN, END, put_into, reference

README = Path(__file__).parents[3] / "flows" / "README.md"


def test_the_readme_has_the_reference_as_it_is_made() -> None:
    written = README.read_text("utf-8")
    remedy = "put it in: .venv/bin/ivr schema --reference --into flows/README.md"
    assert put_into(written) == written, remedy


def test_every_kind_and_every_key_is_there() -> None:
    made = reference()
    for page in PAGES.values():
        section = made.split(f"\n### {page.name}\n")[1].split("\n### ")[0]
        assert page.about in section
        assert page.example in section
        names = [each.name for each in (page.value, *page.options)]
        names += [each.name for each in page.outcomes]
        assert all(f"`{name}`" in section for name in names)
    assert all(f"| `{field.name}` |" in made for field in ACTION)


def test_it_is_put_where_it_was_and_nothing_else_is_touched() -> None:
    document = f"# Flows\n\n{BEGIN}\nold\n{END}\n\n## More\n"
    assert put_into(document) == f"# Flows\n\n{reference()}\n## More\n"
    assert put_into(put_into(document)) == put_into(document)
    assert put_into("# Flows\n") == f"# Flows\n\n{reference()}"


def test_bars_in_a_table_are_not_its_own() -> None:
    for line in reference().splitlines():
        if line.startswith("| "):
            assert line.replace("\\|", "").count("|") in (3, 5), line
