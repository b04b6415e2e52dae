"""The bench as a page: the report's numbers, drawn. One file without scripts or anything to load.

Each plot shows how a time was spread: at a height of 99 is what 99 of 100 keys were answered in.
Light and dark as the reader's system is. Pure; used by ``bench``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Final

from ivr.cli.bench_numbers import CURVE, Report, Run, Spread, Target
from ivr.cli.bench_targets import AUDIBLE_MS, FRAME_MS, OVER_VENDOR_MS, PROMPT_MIXES

WIDTH: Final = 460
HEIGHT: Final = 210
LEFT: Final = 40
RIGHT: Final = 14
TOP: Final = 12
BOTTOM: Final = 34
TICKS_MS: Final = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
HEIGHTS: Final = (50, 90, 95, 99, 100)
"""Percentiles with a line; the upper ones are what callers complain about, so they get room."""
PLOTS: Final = (
    ("key_to_audible_ms", "key → first audible sample"),
    ("key_to_first_frame_ms", "key → first frame"),
)

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6570;--line:#d7dce1;--paper:#fff;
--card:#f6f8fa;--one:#0b62c4;--many:#b45309;--good:#12703b;--bad:#b42318;--unknown:#7a5b00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#39424c;
--paper:#12161b;--card:#1a2027;--one:#6fb1ff;--many:#f5a94f;--good:#5fd08f;--bad:#ff8f85;--unknown:#e3c04f}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1040px;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}h3{font-size:14px;
margin:0 0 4px;font-weight:600}
p{margin:4px 0}.soft{color:var(--soft)}.doubt{color:var(--unknown)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right;white-space:nowrap}
.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}.unknown{color:var(--unknown)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:14px}
.plot{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.grid{stroke:var(--line);stroke-width:1}
.one{stroke:var(--one)}.many{stroke:var(--many)}
.curve{fill:none;stroke-width:2.2;stroke-linejoin:round}
.limit{stroke-width:1.2;stroke-dasharray:4 4;opacity:.85}
.key-one{color:var(--one);font-weight:600}.key-many{color:var(--many);font-weight:600}
.plot p{font-size:13px}
"""


def page(report: Report) -> str:
    """The whole document."""
    mixes = list(dict.fromkeys(run.mix for run in report.runs))
    body = [
        "<h1>How soon callers hear something</h1>",
        *_about(report),
        "<h2>Targets</h2>",
        _targets(report.targets),
        *(_mix(mix, [run for run in report.runs if run.mix == mix]) for mix in mixes),
        "<h2>All numbers</h2>",
        "<p class=soft>p50 / p95 / p99 / max in milliseconds.</p>",
        _times(report.runs),
        "<h2>Costs, and what to believe</h2>",
        _costs(report.runs),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>ivr bench, {escape(report.made_at)}</title>\n"
        f"<style>{_STYLE}</style>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _about(report: Report) -> Iterator[str]:
    facts = ", ".join(f"{escape(name)} {escape(text)}" for name, text in report.machine.items())
    core = "not pinned" if report.server_core is None else f"pinned to core {report.server_core}"
    yield (
        f"<p class=soft>ivr {escape(report.version)}, {escape(report.made_at)}. Server {core}; "
        f"takes by {escape(report.takes)}; {facts}.</p>"
    )
    if report.quick:
        yield "<p class=doubt>A quick bench: a look, no measurement.</p>"


def _targets(targets: Iterable[Target]) -> str:
    rows = []
    for each in targets:
        verdict = {True: "met", False: "missed", None: "unknown"}[each.met]
        rows.append(
            f"<tr><td class={verdict}>{verdict}</td><td>{escape(each.what)}</td>"
            f"<td class=n>{_number(each.measured)}</td>"
            f"<td class=n>{_number(each.limit)} {escape(each.unit)}</td></tr>"
        )
    head = "<tr><th></th><th>what</th><th class=n>measured</th><th class=n>at most</th></tr>"
    return f"<div class=scroll><table>{head}{''.join(rows)}</table></div>"


def _mix(mix: str, runs: Sequence[Run]) -> str:
    doubts = "".join(
        f"<p class=doubt>Not to be trusted with {_calls(run)}: {escape('; '.join(run.doubts))}.</p>"
        for run in runs
        if run.doubts
    )
    plots = "".join(_plot(runs, name, title) for name, title in PLOTS)
    return (
        f"<h2>{escape(mix.capitalize())}</h2>{doubts}"
        f"<p class=soft>{_vendor(runs)} Dashed: the targets.</p>"
        f"<div class=plots>{plots}</div>"
    )


def _vendor(runs: Sequence[Run]) -> str:
    """What the vendor is set to, what it took, and how that was measured."""
    text = f"The vendor's first byte is set to {runs[0].vendor_first_byte_ms:g} ms."
    measured = "; ".join(
        f"{_calls(run)}: {_number(run.vendor_ms.p50)} / {_number(run.vendor_ms.p99)} ms"
        for run in runs
        if run.vendor_ms.count
    )
    if not measured:
        return text
    return (
        f"{text} It took, by its own notes for the very keys that are measured, from having read "
        f"a text to being about to write its first audio, median / p99: {measured}. Beyond that "
        "is ours: the text's way there, the audio's way back, and what we do in between. Added is "
        "the second half, from the vendor's first write to the phone."
    )


# --------------------------------------------------------------------------- plots


def _plot(runs: Sequence[Run], name: str, title: str) -> str:
    """How a time was spread, for few and for many calls."""
    spreads: list[tuple[Run, Spread]] = [(run, getattr(run, name)) for run in runs]
    drawn = [(run, spread) for run, spread in spreads if spread.count]
    if not drawn:
        return f"<div class=plot><h3>{title}</h3><p class=soft>Nothing was measured.</p></div>"
    limits = _limits(runs[0], name)
    low, high = _bounds([*(ms for _, spread in drawn for ms in spread.curve), *limits.values()])

    def x(ms: float) -> float:
        share = (math.log10(max(ms, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    parts = [*_grid(low, high, x)]
    for kind, limit in limits.items():
        parts.append(f'<path class="limit {kind}" d="M{x(limit)} {TOP}V{HEIGHT - BOTTOM}"/>')
    for run, spread in drawn:
        points = zip(CURVE, spread.curve, strict=True)
        path = "L".join(f"{x(ms)} {_y(percent)}" for percent, ms in points)
        parts.append(f'<path class="curve {_kind(run)}" d="M{path}"/>')
    key = ", ".join(
        f"<span class=key-{_kind(run)}>{_calls(run)}: p99 {_number(spread.p99)} ms</span>"
        for run, spread in drawn
    )
    alt = escape("; ".join(f"{_calls(run)}: p50 {s.p50} ms, p99 {s.p99} ms" for run, s in drawn))
    return (
        f"<div class=plot><h3>{title}</h3><p>{key}</p>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt}">'
        f"{''.join(parts)}</svg></div>"
    )


def _limits(run: Run, name: str) -> dict[str, float]:
    """The targets of a plot, by the calls they are for."""
    audible = name == "key_to_audible_ms"
    if run.mix in PROMPT_MIXES:
        return dict(zip(("one", "many"), AUDIBLE_MS if audible else FRAME_MS, strict=True))
    vendor_ms = run.vendor_ms.p50 or run.vendor_first_byte_ms
    return {} if audible else {"one": vendor_ms + OVER_VENDOR_MS}


def _kind(run: Run) -> str:
    return "one" if run.calls == 1 else "many"


def _grid(low: float, high: float, x: Callable[[float], float]) -> Iterator[str]:
    for percent in HEIGHTS:
        y = _y(percent)
        yield f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
        name = "max" if percent == 100 else f"p{percent}"
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{name}</text>'
    for tick in TICKS_MS:
        if low <= tick <= high:
            yield f'<path class="grid" d="M{x(tick)} {TOP}V{HEIGHT - BOTTOM}"/>'
            name = f"{tick:g}" if tick < 1_000 else f"{tick / 1_000:g} s"
            y = HEIGHT - BOTTOM + 15
            yield f'<text x="{x(tick)}" y="{y}" text-anchor="middle">{name}</text>'
    yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">milliseconds</text>'


def _y(percent: float) -> float:
    """Half of the height for the lower 90, a quarter for the next 9, the rest for the last."""
    if percent <= 90:
        share = percent / 90 * 0.5
    elif percent <= 99:
        share = 0.5 + (percent - 90) / 9 * 0.3
    else:
        share = 0.8 + (percent - 99) * 0.2
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The ticks around all values; at least a decade."""
    least, most = max(min(values), TICKS_MS[0]), max(values)
    low = max(tick for tick in TICKS_MS if tick <= least)
    high = min((tick for tick in TICKS_MS if tick >= most), default=TICKS_MS[-1])
    return low, max(high, low * 10)


# --------------------------------------------------------------------------- all numbers


def _times(runs: Iterable[Run]) -> str:
    heads = ("mix", "calls", "keys", "key → audible", "key → frame", "start → media")
    rows = (
        (
            escape(run.mix),
            str(run.calls),
            str(run.keys),
            _four(run.key_to_audible_ms),
            _four(run.key_to_first_frame_ms),
            _four(run.start_to_first_media_ms),
            _four(run.vendor_ms),
            _four(run.beyond_vendor_ms),
            _four(run.added_ms),
        )
        for run in runs
    )
    return _table((*heads, "vendor took", "beyond it", "added"), rows)


def _costs(runs: Iterable[Run]) -> str:
    heads = ("mix", "calls", "gaps", "unanswered", "vendor asked", "sockets", "CPU s/call-minute")
    rows = (
        (
            escape(run.mix),
            str(run.calls),
            str(run.gaps_over_20ms),
            str(run.unanswered),
            str(run.vendor_requests),
            str(run.vendor_sockets),
            _number(run.cpu_s_per_call_minute),
            _number(run.rss_kb_per_call),
            _four(run.lateness_ms),
            "–" if run.foreign_share is None else f"{run.foreign_share:.0%}",
        )
        for run in runs
    )
    return _table((*heads, "kB/call", "generator late", "core lost"), rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """The first column is words, the others are numbers."""

    def row(cells: Iterable[str], tag: str) -> str:
        marked = (
            f"<{tag}{' class=n' if place else ''}>{cell}</{tag}>"
            for place, cell in enumerate(cells)
        )
        return f"<tr>{''.join(marked)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<div class=scroll><table>{row(heads, 'th')}{body}</table></div>"


def _four(spread: Spread) -> str:
    values = (spread.p50, spread.p95, spread.p99, spread.max)
    return " / ".join(_number(value) for value in values) if spread.count else "–"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _calls(run: Run) -> str:
    return "1 call" if run.calls == 1 else f"{run.calls} calls"
