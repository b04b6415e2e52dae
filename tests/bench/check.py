"""How long the checker takes, beside what YAML alone takes for the same files.

``python -m tests.bench.check [seconds]`` loads and checks the shipped clinic and flows of 125, 250
and 500 generated steps, and lets PyYAML's own ``compose`` read the same texts in the same process,
turn by turn, so that a busy machine slows both. Prints processor milliseconds (the best of many
turns), how many times ``compose`` that is (the target is at most 8), and microseconds a step.
Asserts nothing.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping

import yaml

from ivr.flow.load import load
from tests.rehearsal.stage import SHIPPED

TARGET = 8
"""Times ``compose``."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def generated(steps: int) -> str:
    """A flow of so many steps, in two languages, without findings: like the clinic, but longer."""
    head = """\
title: Generated
languages: {en-US: {}, es-US: {}}
hours: {desk: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
numbers: {desk: +13125550123}
anytime: {0: operator}
steps:
  operator:
    say: {en: Please hold while I connect you., es: "Un momento, le comunico."}
    transfer: desk
    otherwise: bye
  bye:
    say: {en: Thank you for calling. Goodbye., es: Gracias por llamar. Adiós.}
    goto: hangup
  start_here:
    say: {en: Welcome., es: Bienvenido.}
    goto:
"""
    groups = max(1, (steps - 3) // 4)
    doors = "".join(
        f"      - {{if: call.minutes == {number}, goto: menu_{number}}}\n"
        for number in range(groups)
    )
    head = head.replace("steps:\n", "start: start_here\nsteps:\n", 1)
    return head + doors + "      - else: bye\n" + "".join(map(_group, range(groups)))


def _group(number: int) -> str:
    """Four steps: a menu, an entry with a confirmation, what follows it, and a branch."""
    return f"""\
  menu_{number}:
    say:
      en: >
        For our opening hours of branch {number}, press 1. To enter your customer number, press 2.
        For the last choice, press 3.
      es: >
        Para el horario de la sucursal {number}, oprima 1. Para marcar su número de cliente,
        oprima 2. Para la última opción, oprima 3.
    menu:
      1: hours_{number}
      2: entry_{number}
      3: branch_{number}
    fail: operator
  hours_{number}:
    say:
      en: We are open ${{hours.desk | hours}}.
      es: Nuestro horario es ${{hours.desk | hours}}.
    goto: menu_{number}
  entry_{number}:
    say:
      en: Please enter your eight digit customer number.
      es: Marque su número de cliente de ocho dígitos.
    ask: customer
    digits: 8
    confirm:
      en: I have ${{customer | digits}}. If that is right, press 1. To enter it again, press 2.
      es: Tengo ${{customer | digits}}. Si es correcto, oprima 1. Para repetirlo, oprima 2.
    fail: operator
    goto: operator
  branch_{number}:
    say:
      - en: This is the last choice here.
        es: Esta es la última opción aquí.
        if: hours.desk.open and call.minutes > {number}
    goto:
      - if: hours.desk.open
        goto: menu_{number}
      - else: bye
"""


def best_ms(work: Callable[[], object], other: Callable[[], object], seconds: float) -> list[float]:
    """The least processor time of both, turn by turn."""
    best = [float("inf"), float("inf")]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for place, each in enumerate((work, other)):
            gc.collect()
            begin = time.process_time()
            each()
            best[place] = min(best[place], 1000 * (time.process_time() - begin))
    return best


def main(seconds: float) -> None:
    """Measure each set of files for so long."""
    clinic = {
        name: (SHIPPED / name).read_text("utf-8") for name in ("clinic.yaml", "settings.yaml")
    }
    assets = frozenset(str(file.relative_to(SHIPPED)) for file in SHIPPED.rglob("*.wav"))
    sets: list[tuple[str, int, Mapping[str, str]]] = [("the clinic", 11, clinic)]
    sets += [(f"{n} generated steps", n, {"main.yaml": generated(n)}) for n in (125, 250, 500)]
    for name, steps, files in sets:
        loaded = load(files, assets=assets)
        assert loaded.flows is not None, loaded.problems[:3]
        # What was imported is not the checker's: both are timed without it being searched.
        gc.freeze()
        checked, composed = best_ms(
            lambda files=files: load(files, assets=assets),  # type: ignore[misc]
            lambda files=files: [yaml.compose(t, Loader=LOADER) for t in files.values()],  # type: ignore[misc]
            seconds,
        )
        lines = sum(text.count("\n") for text in files.values())
        print(f"{name:20} {lines:6} lines   checked {checked:8.2f} ms", end="")
        print(f"   composed {composed:7.2f} ms   {checked / composed:5.1f} times", end="")
        print(f"   {1000 * checked / steps:6.0f} µs a step")
    print(f"The target is at most {TARGET} times, at any length.")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
