"""How much room words need, without a font at hand.

The reader's system font is not known when a flow is drawn, so widths are those of DejaVu Sans, the
widest of the fonts that browsers take for ``system-ui`` (San Francisco, Segoe UI and Roboto are
narrower). What fits here fits there. Used by the layout and by the picture.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Advance widths of letters in thousandths of the font size: DejaVu Sans 2.37, as Chromium has them.
_GROUPS = (
    (278, "ijl'"),
    (318, " .,"),
    (337, ":;/\\|"),
    (361, "-"),
    (392, "()[]ft"),
    (411, "!rIJ‹›"),
    (500, "*_`"),
    (551, "scz°"),
    (595, "kvxyFL?"),
    (640, "abdeghnopquEPSTYZ0123456789$¿"),
    (700, "ABCKRVXZ{}"),
    (790, "DGHNOQU&"),
    (865, "M+<>=~#^→w"),
    (1000, "mW@%…—"),
)
_WIDTHS = {letter: width for width, letters in _GROUPS for letter in letters}
_LETTER = 700
"""Of a letter that is not listed."""
_WIDE = 1_000
"""Of an ideogram."""
_BOLD = 1.2
"""DejaVu Sans Bold, compared: of most letters 1.1, of narrow ones more."""
ELLIPSIS = "…"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in a font of this size, in pixels; never less than it will be."""
    return _pixels(sum(map(_letter, text)), size, bold)


def shorten(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as there is room for, and an ellipsis."""
    if width_of(text, size, bold=bold) <= room:
        return text
    fitting, thousandths = 0, _letter(ELLIPSIS) + _letter(text[0])
    while _pixels(thousandths, size, bold) <= room:
        fitting += 1
        thousandths += _letter(text[fitting])
    kept = text[:fitting]
    if text[len(kept)] != " ":
        # Not in the middle of a word, unless it is a long one.
        whole = kept.rpartition(" ")[0]
        kept = whole if len(whole) > len(kept) / 2 else kept
    return kept.rstrip(" ,.;:") + ELLIPSIS


def broken(text: str, size: float, room: float, rows: int) -> tuple[str, ...]:
    """The text in at most so many rows, between words; what does not fit becomes an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < rows:
        taken = 1
        while taken < len(words) and width_of(" ".join(words[: taken + 1]), size) <= room:
            taken += 1
        rest = words[taken:]
        if rest and len(lines) == rows - 1:
            # Shortened with its next word at hand, so that a long word is cut and not left out.
            lines.append(shorten(" ".join(words), size, room))
        else:
            lines.append(shorten(" ".join(words[:taken]), size, room))
        words = rest
    return tuple(lines)


def _pixels(thousandths: int, size: float, bold: bool) -> float:
    return thousandths * size * (_BOLD if bold else 1.0) / 1_000


@lru_cache(maxsize=4_096)
def _letter(letter: str) -> int:
    plain = unicodedata.normalize("NFD", letter)[0]
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDE
    return _WIDTHS.get(plain, _LETTER)
