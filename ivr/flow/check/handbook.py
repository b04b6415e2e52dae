"""The pages of all codes as one document: ``flows/CHECKS.md``.

``ivr check --explain all`` prints it; a test holds the committed file to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ivr.flow.problems import Severity

_THEMES = {
    "Y": "The file",
    "S": "Steps",
    "F": "Where steps lead",
    "M": "Menus",
    "P": "Prompts",
    "L": "Languages",
    "X": "Values and expressions",
    "H": "Requests",
    "T": "Transfers",
    "R": "Privacy",
    "A": "Accessibility",
    "B": "Business hours",
    "N": "Remarks, and what is worth knowing",
}
_HEAD = """\
# What `ivr check` finds

One page for each code; `ivr check --explain CODE` prints it. An **error** keeps a flow from being
loaded, a **warning** fails `ivr check --strict`, an *info* is worth knowing and is no finding.

A warning or an info that is meant is allowed with a remark and its reason, at the end of its line
or on the line above:

```yaml
    1: sales  # ivr: allow M003 because the poster in the shop names it
```

This file is made by `ivr check --explain all > flows/CHECKS.md`; a test holds it to the code.
"""
_BLOCK = re.compile(r"::\n\n((?:    .*\n|\n)+)")


def document(pages: Mapping[str, str], severities: Mapping[str, Severity]) -> str:
    """All pages in Markdown, by theme and code."""
    parts = [_HEAD]
    for letter, theme in _THEMES.items():
        codes = sorted(code for code in pages if code.startswith(letter))
        if codes:
            parts.append(f"## {theme}\n")
            parts += _sections(codes, pages, severities)
    return "\n".join(parts)


def _sections(
    codes: Iterable[str], pages: Mapping[str, str], severities: Mapping[str, Severity]
) -> list[str]:
    return [
        f"### {code} · {severities[code].value}\n\n{_markdown(pages[code])}\n" for code in codes
    ]


def _markdown(written: str) -> str:
    """A page as Markdown: its examples become fenced blocks, its ``words`` code."""

    def fenced(found: re.Match[str]) -> str:
        lines = [line[4:] for line in found[1].rstrip("\n").split("\n")]
        return ":\n\n~~~yaml\n" + "\n".join(lines) + "\n~~~\n\n"

    return _BLOCK.sub(fenced, written.replace("``", "`") + "\n").replace("~~~", "```").rstrip("\n")
