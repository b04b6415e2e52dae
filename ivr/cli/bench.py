"""``ivr bench``: how soon callers hear something, with one call and with many on one core."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.errors import SettingsError

if TYPE_CHECKING:
    from ivr.cli.bench_numbers import Report, Spread, Target

CALLS_DEFAULT: Final = 200
CALLS_QUICK: Final = 20
CALLS_MAX: Final = 500
"""What one server takes."""


@click.command()
@click.option(
    "--calls",
    type=click.IntRange(2, CALLS_MAX),
    help=f"Calls at the same time under load.  [default: {CALLS_DEFAULT}; {CALLS_QUICK} with "
    "--quick]",
)
@click.option("--quick", is_flag=True, help="All mixes in a few seconds: a look, no measurement.")
@click.option(
    "--json",
    "path",
    default="bench.json",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the numbers go; a page with plots goes beside it.",
)
@click.pass_context
def command(ctx: click.Context, calls: int | None, quick: bool, path: Path) -> None:
    """Measure how soon callers hear something.

    Simulated phones ring a server of our own, which has one core to itself: texts that are fixed,
    that have a value in the middle, that are nothing but a value, and such whose values are known
    while the caller still listens. The voice is a fake vendor's, set to 75 ms and 250 ms for its
    first byte; what it really took it notes itself, and a text that is spoken live is held against
    that. Needs no account; takes about three minutes and is true on an idle machine only.

    Ends with 0 when every target was met, 1 when one was missed or could not be measured, 2 when
    the bench itself failed.
    """
    if sys.platform == "win32":
        raise SettingsError("ivr bench needs Linux or macOS: its phones run on uvloop")
    # Not above: on Windows what it needs is not there.
    from ivr.cli.bench_page import page
    from ivr.cli.bench_run import FULL, QUICK, Bench

    if not path.parent.is_dir():
        raise SettingsError(f"--json {path}: there is no folder {path.parent}; make it first")
    terminal = Console()
    calls = calls or (CALLS_QUICK if quick else CALLS_DEFAULT)
    with terminal.status("starting …") as status:
        report = Bench(calls, QUICK if quick else FULL, status.update).run()
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    html = path.with_suffix(".html")
    html.write_text(page(report), "utf-8")
    show(report, terminal)
    click.echo(f"numbers in {path}, a page with plots in {html}")
    if not all(target.met for target in report.targets):
        ctx.exit(1)


def show(report: Report, terminal: Console) -> None:
    """Three tables: what was measured, what it cost, and what was promised."""
    terminal.print(_times(report))
    terminal.print(_costs(report))
    for run in report.runs:
        if run.doubts:
            why = escape("; ".join(run.doubts))
            terminal.print(f"[yellow]not to be trusted:[/] {run.mix}, {run.calls}: {why}")
    terminal.print(_targets(report.targets))
    for run in report.runs:
        if run.vendor_ms.count:
            calls = "1 call" if run.calls == 1 else f"{run.calls} calls"
            terminal.print(
                f"{run.mix}, {calls}: the vendor took {_pair(run.vendor_ms)} ms, set to "
                f"{run.vendor_first_byte_ms:g}; beyond that a key took "
                f"{_pair(run.beyond_vendor_ms)} ms (median / p99)"
            )
    if report.server_core is None:
        terminal.print("This system pins no process to a core: the server had all of them.")
    if all(run.cpu_s_per_call_minute is None for run in report.runs):
        terminal.print("This system has no /proc: processor time and memory were not measured.")


def _times(report: Report) -> Table:
    """What callers notice."""
    table = _table("median / p99, ms", ("mix",))
    for name in ("calls", "key → audible", "key → frame", "start → media", "added", "gaps"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in report.runs:
        table.add_row(
            run.mix,
            str(run.calls),
            _pair(run.key_to_audible_ms),
            _pair(run.key_to_first_frame_ms),
            _pair(run.start_to_first_media_ms),
            _pair(run.added_ms),
            str(run.gaps_over_20ms),
        )
    return table


def _costs(report: Report) -> Table:
    """What it cost, and how far the numbers can be trusted."""
    table = _table("cost", ("mix",))
    for name in ("calls", "keys", "vendor asked", "CPU s/call-min", "kB/call", "late p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in report.runs:
        table.add_row(
            run.mix,
            str(run.calls),
            str(run.keys),
            str(run.vendor_requests),
            _or_dash(run.cpu_s_per_call_minute),
            _or_dash(run.rss_kb_per_call),
            _or_dash(run.lateness_ms.p99),
        )
    return table


def _targets(targets: tuple[Target, ...]) -> Table:
    table = _table("targets", ("", "what"))
    table.add_column("measured", justify="right")
    table.add_column("at most", justify="right", no_wrap=True)
    for each in targets:
        verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: "[yellow]unknown[/]"}
        limit = f"{each.limit:g} {each.unit}".strip()
        table.add_row(verdict[each.met], each.what, _or_dash(each.measured), limit)
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in columns:
        table.add_column(name, no_wrap=name == "mix")
    return table


def _pair(spread: Spread) -> str:
    return f"{_or_dash(spread.p50)} / {_or_dash(spread.p99)}" if spread.count else "–"


def _or_dash(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
