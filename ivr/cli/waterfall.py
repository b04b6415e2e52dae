"""Waterfalls for people: one quiet line beside a prompt, or bars stage by stage.

What the stages are is ``ivr.calls.waterfall``'s business. Bars of one call share one scale, so that
the slowest wait is the longest bar; how long a text was spoken is told in numbers, it would dwarf
them all. Used by ``ivr call`` and ``ivr calls show``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from rich.text import Text

from ivr.calls.waterfall import Waterfall

SCALE_MS_MIN: Final = 20.0
"""Bars are never blown up so far that less than this fills the line."""
BARS_CELLS: Final = 36
NAME_CELLS: Final = 10
SLOW_MS: Final = 300.0
"""A wait that people notice; drawn in another colour."""
INDENT: Final = "  "
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
CAUSES: Final = {
    "answer": "answer",
    "return": "back from transfer",
    "resume": "line back",
    "heard": "text over",
    "answer_came": "answer came",
    "time": "silence",
    "unknown": "?",
}
TEXT_CELLS: Final = 72


def cause_of(fall: Waterfall) -> str:
    """What caused an utterance: ``key 2``, ``answer``, ``silence``."""
    if fall.cause == "key":
        return f"key {fall.key}".strip()
    return CAUSES.get(fall.cause, fall.cause)


def brief(fall: Waterfall, audible_ms: float | None = None) -> str:
    """A waterfall in one line: ``key 2 → frame 0.9 ms → audible 11 ms · take``.

    ``audible_ms`` is what a telephone measured, which counts more than our reckoning.
    """
    if fall.follows:
        stages = ["follows the text before"]
    else:
        stages = [cause_of(fall)]
        if fall.first_byte_ms is not None and fall.source != "take":
            stages.append(f"{fall.source} {spell_ms(fall.first_byte_ms)}")
        if fall.first_frame_ms is not None:
            stages.append(f"frame {spell_ms(fall.first_frame_ms)}")
        heard_ms = fall.audible_ms if audible_ms is None else audible_ms
        if heard_ms is not None:
            stages.append(f"audible {spell_ms(heard_ms)}")
    return " · ".join([" → ".join(stages), *_remarks(fall)])


def scale_of(falls: Sequence[Waterfall]) -> float:
    """How many milliseconds a whole bar is, for the waterfalls of one call."""
    waits = [_end(fall) for fall in falls if not fall.follows]
    return max([SCALE_MS_MIN, *waits])


def bars(fall: Waterfall, scale_ms: float, audible_ms: float | None = None) -> Iterator[Text]:
    """A waterfall stage by stage, each with its bar; 80 columns at most."""
    if fall.follows:
        yield Text(f"{INDENT}{brief(fall)}{_over(fall)}", style="dim")
        return
    for name, start_ms, end_ms, remark in _stages(fall, audible_ms):
        row = Text(f"{INDENT}{name:<{NAME_CELLS}}", style="dim")
        row.append(_bar(start_ms, end_ms, scale_ms), style=_colour(name, end_ms))
        row.append(f" {spell_ms(end_ms):>9}")
        row.append(f"  {remark}", style="dim")
        row.rstrip()
        yield row
    if fall.ended_ms is not None:
        # Spoken texts would dwarf all bars.
        row = Text(f"{INDENT}{fall.ended:<{NAME_CELLS}}{'┄' * BARS_CELLS}", style="dim")
        row.append(f" {spell_ms(fall.ended_ms):>9}")
        row.append(f"  mark {fall.mark}" if fall.ended == "heard" else "", style="dim")
        yield row
    for remark in _remarks(fall)[1:]:
        yield Text(f"{INDENT}{'':<{NAME_CELLS}}{remark}", style="yellow")


def as_json(fall: Waterfall) -> dict[str, object]:
    """The numbers of a waterfall: ``at_ms`` since the webhook, other times since its cause."""
    return {**asdict(fall), "source": fall.source, "first_byte_ms": fall.first_byte_ms}


def spell_ms(ms: float) -> str:
    """A time as people compare them: ``0.9 ms``, ``11 ms``, ``1,204 ms``."""
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:,.0f} ms"


def _stages(fall: Waterfall, audible_ms: float | None) -> Iterator[tuple[str, float, float, str]]:
    """Each stage with its beginning and end, and where it came from."""
    before = 0.0
    heard_ms = fall.audible_ms if audible_ms is None else audible_ms
    for name, end_ms, remark in (
        ("text", fall.asked_ms, ""),
        (fall.source or "audio", fall.first_byte_ms, "first byte" if fall.source else ""),
        ("frame", fall.first_frame_ms, ""),
        ("audible", heard_ms, "" if not fall.lead_ms else f"{spell_ms(fall.lead_ms)} silent"),
    ):
        if end_ms is not None:
            yield name, min(before, end_ms), end_ms, remark
            before = end_ms


def _over(fall: Waterfall) -> str:
    """How a text that was not waited for ended, and after how long a time of its own."""
    if fall.ended_ms is None:
        return ""
    began_ms = fall.audible_ms if fall.audible_ms is not None else fall.ended_ms
    return f" · {fall.ended} after {max(0.0, fall.ended_ms - began_ms) / 1000:.1f} s"


def _bar(start_ms: float, end_ms: float, scale_ms: float) -> str:
    """From there to there, in eighths of a cell; what is too short to see is still there."""
    first = int(start_ms / scale_ms * BARS_CELLS)
    eighths = max(1, round((end_ms - start_ms) / scale_ms * BARS_CELLS * 8))
    whole, rest = divmod(eighths, 8)
    bar = "█" * whole + (EIGHTHS[rest] if rest else "")
    first = min(first, BARS_CELLS - 1)
    return (" " * first + bar)[:BARS_CELLS].ljust(BARS_CELLS)


def _colour(name: str, end_ms: float) -> str:
    if end_ms >= SLOW_MS:
        return "red"
    return "green" if name == "audible" else "cyan"


def _end(fall: Waterfall) -> float:
    stages = (fall.asked_ms, fall.first_byte_ms, fall.first_frame_ms, fall.audible_ms)
    return max(ms for ms in stages if ms is not None)


def _remarks(fall: Waterfall) -> list[str]:
    """Where its audio came from, and what went wrong."""
    sources = list(dict.fromkeys(piece.source for piece in fall.pieces))
    nothing = "no audio" if fall.first_frame_ms is None else "a pause"
    remarks = [" + ".join(sources) or nothing]
    if fall.gaps:
        holes = "a hole" if len(fall.gaps) == 1 else f"{len(fall.gaps)} holes, the worst"
        remarks.append(f"{holes} of {spell_ms(max(fall.gaps))}")
    if fall.again:
        remarks.append("sent again")
    remarks += [f"fell back: {each}" for each in fall.falls]
    if fall.failure:
        remarks.append(f"failed: {fall.failure}")
    return remarks
