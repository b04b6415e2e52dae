"""A page to listen to all takes: one HTML file with everything inside it, made for reviewing.

It asks no host for anything and changes nothing; for approving a take, or having it made again, it
offers the command to copy. The sound is in it once, as mu-law; the page's script makes it playable.
Pure. Used by ``ivr build --sheet``.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from ivr.audio import loudness, mulaw
from ivr.prompts.sheet_parts import SCRIPT, STYLE
from ivr.prompts.shelf import ID_CHARS, Shelved, digest
from ivr.prompts.wanted import Role, Wanted

BARS: Final = 80
"""Of a waveform."""
PLACES_SHOWN: Final = 2

_WIDTH, _HEIGHT = 240, 40
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src blob:"
)
_ABOUT = {
    Role.OWN: "",
    Role.FALLBACK: "steps in where the vendor fails",
    Role.STAND_IN: "speaks here, because there is no key for the vendor's voice",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A take as the page shows it, or why there is none."""

    wanted: Wanted
    take: Shelved | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Commands:
    """What approves takes and makes them again; ``TAKES`` is where their ids belong."""

    approve: str = "ivr takes approve TAKES"
    again: str = "ivr build TAKES --sheet"
    """Each id has ``--again`` before it."""


def page(entries: Iterable[Entry], title: str, commands: Commands | None = None) -> str:
    """The page, in the order of the entries within each voice and language."""
    entries = sorted(entries, key=_section)
    commands = commands or Commands()
    there = [each.take for each in entries if each.take is not None]
    minutes, seconds = divmod(round(sum(take.seconds for take in there)), 60)
    approved = sum(take.approved for take in there)
    facts = [f"{len(there)} takes, {minutes}:{seconds:02} min of speech", f"{approved} approved"]
    if lost := len(entries) - len(there):
        facts.append(f"{lost} missing")
    sections = "".join(_written_section(list(group)) for _, group in groupby(entries, key=_section))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Takes of {html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Takes of {html.escape(title)}</h1>
<p>{", ".join(facts)}. Listen, then approve a take or have it made again; the commands to copy
appear below.</p>
<input id="find" type="search" placeholder="Find a text, a step, a take …" aria-label="Find">
</header>
<main>
{sections}<p id="none" hidden>No take fits.</p>
</main>
<div class="end"></div>
<footer hidden><div>
{_command("approve", commands.approve)}{_command("again", commands.again, "--again ")}</div>
</footer>
<script>{SCRIPT}</script>
</body>
</html>
"""


def waveform(audio: bytes, bars: int = BARS) -> str:
    """The path of a sound's waveform in a box of 240 by 40."""
    samples = np.abs(np.frombuffer(mulaw.decode(audio), "<i2").astype(np.float64))
    edges = np.linspace(0, len(samples), bars + 1).astype(int)
    between = pairwise(edges)
    peaks = [float(samples[start:end].max()) if end > start else 0.0 for start, end in between]
    highest = max([*peaks, 1.0])
    step = _WIDTH / bars
    path = []
    for number, peak in enumerate(peaks):
        half = max(0.5, peak / highest * (_HEIGHT / 2 - 1))
        path.append(f"M{(number + 0.5) * step:g} {_HEIGHT / 2 - half:.1f}v{2 * half:.1f}")
    return "".join(path)


def _section(entry: Entry) -> tuple[int, str, str]:
    wanted = entry.wanted
    return (
        [Role.OWN, Role.FALLBACK, Role.STAND_IN].index(wanted.role),
        wanted.spec.name,
        wanted.words.language,
    )


def _written_section(entries: Sequence[Entry]) -> str:
    wanted = entries[0].wanted
    about = [wanted.spec.provider, _ABOUT[wanted.role], f"{len(entries)} texts"]
    small = " · ".join(html.escape(each) for each in about if each)
    name = html.escape(f"{wanted.spec.name}, {wanted.words.language}")
    rows = "".join(map(_row, entries))
    return f"<section>\n<h2>{name} <small>{small}</small></h2>\n<ul>\n{rows}</ul>\n</section>\n"


def _row(entry: Entry) -> str:
    wanted, take = entry.wanted, entry.take
    name = digest(wanted.key)[:ID_CHARS]
    lang = html.escape(wanted.words.language)
    text = f'<p class="text" lang="{lang}">{html.escape(wanted.words.text)}</p>'
    where = [html.escape(place) for place in wanted.places[:PLACES_SHOWN]]
    if len(wanted.places) > PLACES_SHOWN:
        where.append(f"{len(wanted.places) - PLACES_SHOWN} more places")
    tail = [f"<code>{name}</code>", *where]
    if take is None:
        why = "missing: " + html.escape(entry.reason) if entry.reason else "missing"
        facts = _facts([f'<b class="bad">{why}</b>', *tail])
        return f'<li id="{name}" class="missing"><div>{text}{facts}</div></li>\n'
    level = f"{loudness.active_rms_dbfs(take.audio):.1f}".replace("-", "−")
    facts = _facts(
        [
            *(['<b class="approved">approved</b>'] if take.approved else []),
            f"{take.seconds:.2f} s",
            f"{level} dBFS",
            f"{wanted.characters} char.",
            *tail,
        ]
    )
    path = f'<path d="{waveform(take.audio)}"/>'
    wave = f"{_SVG}>{path}</svg>{_SVG} class=played>{path}</svg>"
    sound = base64.b64encode(take.audio).decode()
    return (
        f'<li id="{name}" data-sound="{sound}">{_PLAY}<div class="wave">{wave}</div>'
        f'<div class="about">{text}{facts}</div>{_does(take)}</li>\n'
    )


def _does(take: Shelved) -> str:
    """What can be wished for a take; an approved one can only be made again."""
    wishes = {"again": "Again"} if take.approved else {"approve": "Approve", "again": "Again"}
    buttons = "".join(
        f'<button type="button" data-do="{what}" aria-pressed="false">{said}</button>'
        for what, said in wishes.items()
    )
    return f'<div class="does">{buttons}</div>'


def _facts(facts: Iterable[str]) -> str:
    return f'<p class="facts">{"".join(f"<span>{fact}</span>" for fact in facts)}</p>'


def _command(what: str, command: str, each: str = "") -> str:
    return (
        f'<p id="to-{what}" data-command="{html.escape(command)}" data-each="{each}" hidden>'
        f'<code></code><button type="button" class="copy">Copy</button></p>\n'
    )


_SVG: Final = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"'
_PLAY: Final = (
    '<button type="button" class="play" aria-label="Play">'
    '<svg class="go" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2l10 6-10 6z"/></svg>'
    '<svg class="pause" viewBox="0 0 16 16" aria-hidden="true">'
    '<path d="M3 2h4v12H3zM9 2h4v12H9z"/></svg></button>'
)
