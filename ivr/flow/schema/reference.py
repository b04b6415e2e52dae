"""The reference of the flow language in Markdown: every kind with its keys, outcomes, an example.

``ivr schema --reference`` prints it; a test holds the section of ``flows/README.md`` to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr.flow.schema import words
from ivr.flow.schema.folder import FLOW
from ivr.flow.schema.kinds import ACTION, PAGES
from ivr.flow.schema.questions import TYPES
from ivr.flow.schema.shapes import Field, Page

BEGIN = "<!-- Made by `ivr schema --reference`; a test holds it to the code. -->"
END = "<!-- The end of what is made. -->"
_HEAD = """\
## Reference

What may stand where, what counts without it, and what it means. Bold keys have to be there. A
*text* may be one, one for each language, or a list of items; a *destination* is a step, `hangup`,
`repeat`, `back`, `start`, `/flow`, or a list of conditions. Editors show the same
(`ivr schema --write`)."""


def reference() -> str:
    """The whole section, between its two marks."""
    parts = [
        BEGIN,
        _HEAD,
        "### At the top of a flow",
        _table(FLOW),
        "### In every action",
        _table(ACTION),
        *(part for page in PAGES.values() for part in _page(page)),
        END,
    ]
    return "\n\n".join(parts) + "\n"


def put_into(document: str) -> str:
    """A document with its section made anew; at its end where it has none."""
    before, begin, rest = document.partition(BEGIN)
    if not begin:
        return f"{document.rstrip()}\n\n{reference()}"
    _, _, after = rest.partition(END)
    after = after.lstrip("\n")
    return before + reference() + ("\n" + after if after else "")


def _page(page: Page) -> Iterator[str]:
    yield f"### {page.name}"
    yield page.about
    yield f"```yaml\n{page.example}```"
    yield _table([page.value, *page.options])
    ways = [(f"`{each.name}`", each.about) for each in page.outcomes]
    if page.goto:
        ways.append(("`goto`", page.goto))
    if page.others:
        ways.append(("any other key", f"{page.others[0].upper()}{page.others[1:]}."))
    if ways:
        rows = [f"| {name} | {_cell(about)} |" for name, about in ways]
        yield "\n".join(["| outcome | |", "|---|---|", *rows])


def _table(fields: Iterable[Field]) -> str:
    rows = ["| key | may be | without it | |", "|---|---|---|---|"]
    for field in fields:
        name = f"**`{field.name}`**" if field.needed else f"`{field.name}`"
        default = words.default_of(field.default) if field.default else ""
        about = field.about
        if field.types:
            others = [name for name in TYPES if name not in field.types]
            few = len(others) < len(field.types)
            named = ", ".join(f"`{each}`" for each in (others if few else field.types))
            about += f" {'Not with' if few else 'Only with'} `as:` {named}."
        cells = (name, words.described(field.shape), default, about)
        rows.append("| " + " | ".join(_cell(each) for each in cells) + " |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
