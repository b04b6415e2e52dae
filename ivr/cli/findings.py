"""What a look at one thing has shown: fine, worth knowing, or a problem with its remedy.

A finding is one line for a person and one object of ``--json``. Nothing secret is ever in one: the
checks do not put it there, and ``hush`` takes it out of whatever others have said. Used by
``ivr doctor`` and the ``doctor_*`` files, which do the looking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from urllib.parse import quote, quote_plus

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ivr.errors import IvrError

SECONDS_MAX: Final = 15.0
"""For one check, all its requests together."""
STATE_COLUMNS: Final = 8
ABOUT_COLUMNS: Final = 20
WIDE_COLUMNS: Final = 72
"""From so many columns on, what was seen stands beside what it is about, and not below."""
HIDDEN: Final = "••••"
SECRET_CHARS_MIN: Final = 4
"""Shorter values are no secrets, and hiding them would garble the text."""


class State(Enum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


STYLES: Final = {State.OK: "green", State.NOTE: "yellow", State.PROBLEM: "bold red"}
REMEDY_STYLES: Final = {State.OK: "dim", State.NOTE: "dim", State.PROBLEM: ""}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was seen, and what to do about it."""

    about: str
    state: State
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """As ``--json`` has it."""
        return {
            "about": self.about,
            "state": self.state.value,
            "said": self.said,
            "remedy": self.remedy,
        }


def ok(about: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(about, State.OK, said)


def note(about: str, said: str, remedy: str = "") -> Finding:
    """Nothing is broken; it is good to know."""
    return Finding(about, State.NOTE, said, remedy)


def problem(about: str, said: str, remedy: str) -> Finding:
    """Calls suffer until somebody does this."""
    return Finding(about, State.PROBLEM, said, remedy)


Check = Callable[[], Awaitable[Sequence[Finding]]]


async def look(about: str, check: Check, *, seconds: float = SECONDS_MAX) -> Sequence[Finding]:
    """Run a check within its time; whatever it raises becomes a finding, so the others go on."""
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        return [
            problem(
                about,
                f"no answer within {seconds:g} s",
                "see whether this machine may connect there (firewall, proxy), and try again",
            )
        ]
    except IvrError as error:
        return [problem(about, " ".join(str(error).split()), "mend it, and look again")]
    except Exception as error:  # a check that breaks must not take the others with it
        said = f"the check itself failed with {type(error).__name__}"
        return [problem(about, said, "this is a fault of ivr; please report it")]


def hush(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """The findings without any of these values, in any spelling a message may have them."""
    spellings = {
        spelling
        for secret in secrets
        if len(secret) >= SECRET_CHARS_MIN
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    longest_first = sorted(spellings, key=len, reverse=True)

    def clean(text: str) -> str:
        for spelling in longest_first:
            text = text.replace(spelling, HIDDEN)
        return text

    return [
        replace(each, about=clean(each.about), said=clean(each.said), remedy=clean(each.remedy))
        for each in findings
    ]


def show(findings: Iterable[Finding], console: Console) -> None:
    """State, what it is about, what was seen, and after an arrow what to do.

    Each is one line where a program reads along, and a paragraph of its own on a terminal.
    """
    for each in findings:
        state = Text(each.state.value, style=STYLES[each.state])
        about, said = Text(each.about, style="bold"), Text(each.said)
        remedy = Text(f"→ {each.remedy}" if each.remedy else "", style=REMEDY_STYLES[each.state])
        if not console.is_terminal:
            heads = f"{state.plain:<{STATE_COLUMNS}} {about.plain:<{ABOUT_COLUMNS}}"
            parts = [heads, said.plain, remedy.plain]
            console.print(Text(" ".join(filter(None, parts))), soft_wrap=True)
        elif console.width >= WIDE_COLUMNS:
            row = Table.grid(padding=(0, 1))
            row.add_column(width=STATE_COLUMNS)
            row.add_column(width=ABOUT_COLUMNS)
            row.add_column(overflow="fold")
            row.add_row(state, about, Text("\n").join(filter(None, [said, remedy])))
            console.print(row)
        else:
            console.print(Text(" ").join([state, about]))
            console.print(Padding(Text("\n").join(filter(None, [said, remedy])), (0, 0, 0, 2)))
