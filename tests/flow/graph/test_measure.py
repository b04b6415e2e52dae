"""How much room words need: enough for the widest of the usual fonts, and cut between words."""

from __future__ import annotations

from ivr.flow.graph.measure import broken, shorten, width_of


def test_widths_are_those_of_a_wide_font() -> None:
    # DejaVu Sans at 12 px, as Chromium measures it (getComputedTextLength).
    for text, pixels in (
        ("For our opening hours, press 1.", 187.39),
        ("WWWW mmmm iiii", 115.19),
        ("Para español, oprima 9.", 142.20),
        ("0123456789", 76.4),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 209.7),
    ):
        assert pixels <= width_of(text, 12) <= pixels * 1.1, text
    assert width_of("welcome", 14, bold=True) > width_of("welcome", 14)


def test_what_does_not_fit_is_cut_between_words() -> None:
    assert shorten("short", 12, 100) == "short"
    cut = shorten("For our opening hours, press 1.", 12, 130)
    assert cut == "For our opening…"
    assert width_of(cut, 12) <= 130
    assert shorten("Donaudampfschifffahrtsgesellschaft", 12, 100).startswith("Donaud")


def test_words_are_broken_into_rows() -> None:
    text = "Please enter your eight digit patient number, then press pound."
    rows = broken(text, 12, 192, 2)
    assert len(rows) == 2
    assert rows[1].endswith("…")
    assert all(width_of(row, 12) <= 192 for row in rows)
    assert broken("One moment.", 12, 192, 2) == ("One moment.",)
    assert broken("", 12, 192, 2) == ()
