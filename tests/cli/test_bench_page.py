"""The page: whole, self-contained, and with every number that matters."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from msgspec.structs import replace

from ivr.cli.bench_numbers import Report, spread
from ivr.cli.bench_page import page
from ivr.cli.bench_targets import targets_of
from tests.cli.test_bench_numbers import run
from tests.cli.test_bench_targets import GOOD, fixed


def report(*, quick: bool = False) -> Report:
    runs = (
        replace(fixed(1, 31.5), doubts=("the <generator> was late [late]",), trusted=False),
        fixed(200, 41.25),
        run(calls=1),
        run(calls=200),
    )
    return Report(
        version="1.2.3",
        made_at="2026-11-22T20:00:00+00:00",
        quick=quick,
        machine={"cores": "2", "processor": "a < b"},
        server_core=1,
        takes="ivr build",
        runs=runs,
        joins=GOOD,
        targets=targets_of(runs, GOOD),
    )


def test_every_plot_is_a_drawing_in_itself() -> None:
    drawings = re.findall(r"<svg.*?</svg>", page(report()), re.DOTALL)
    assert len(drawings) == 4  # two mixes, two times each
    for drawing in drawings:
        root = ET.fromstring(drawing)
        curves = [each for each in root.iter("path") if "curve" in each.attrib["class"]]
        assert len(curves) == 2
        numbers = [float(each) for each in re.findall(r"[\d.]+", curves[0].attrib["d"])]
        assert all(0 <= each <= 460 for each in numbers)


def test_a_time_that_was_not_measured_has_no_plot() -> None:
    shown = report()
    runs = tuple(
        replace(each, key_to_audible_ms=spread([])) for each in shown.runs if each.mix == "fixed"
    )
    assert "Nothing was measured." in page(replace(shown, runs=runs))


def test_it_says_what_the_vendor_took_how_that_was_measured_and_what_it_is_set_to() -> None:
    text = page(report())
    assert "The vendor&#x27;s" not in text
    assert "first byte is set to 75 ms. It took, by its own notes" in text
    assert "1 call: 76 / 78 ms; 200 calls: 76 / 78 ms" in text
    assert "<th class=n>vendor took</th><th class=n>beyond it</th>" in text
    unpaired = tuple(each for each in report().runs if each.mix == "fixed")
    nobody = tuple(replace(each, vendor_ms=spread([])) for each in unpaired)
    assert "by its own notes" not in page(replace(report(), runs=nobody))


def test_it_loads_nothing_and_runs_nothing() -> None:
    text = page(report())
    assert "<script" not in text
    assert "http" not in text
    assert "url(" not in text


def test_targets_doubts_and_machine_are_shown_and_escaped() -> None:
    text = page(report())
    assert "fixed prompt, 200 calls: key → audible, p99" in text
    assert "class=met>met" in text
    assert "class=unknown>unknown" in text
    assert "the &lt;generator&gt; was late [late]" in text
    assert "a &lt; b" in text
    assert "prefers-color-scheme:dark" in text


def test_a_quick_bench_says_so() -> None:
    assert "A quick bench" in page(report(quick=True))
    assert "A quick bench" not in page(report())
