"""Files nobody should have to read: as large, deep and twisted as the limits allow.

Used by ``test_hostile.py`` (which counts steps) and by hand, with a clock:
``python -m tests.flow.check.adversaries``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from ivr.flow.load import load

MIB = 1 << 20
STEPS = 1_900


def adversaries() -> Iterator[tuple[str, str]]:
    """Each with its name."""
    yield "deep brackets", "[" * 30_000
    yield "deep maps", "".join(f"{' ' * depth}a:\n" for depth in range(1_000))
    yield "one huge word", "steps: " + "a" * (MIB - 10)
    yield "one huge key", "a" * (MIB - 10) + ": b"
    yield "one huge text", "steps: {main: {say: '" + "go ${x} " * 100_000 + "', goto: hangup}}"
    yield "a huge condition", "steps: {main: {if: '" + "(" * 500_000 + "', goto: hangup}}"
    yield "unknown keys", "".join(f"key_{n}: a\n" for n in range(60_000))
    yield "one line", "steps: {" + ", ".join(f"s{n}: {{say: a}}" for n in range(20_000)) + "}"
    yield (
        "lost comments",
        "steps:\n" + "".join(f"  s{n}: {{say: a # b\n  }}\n" for n in range(9_000)),
    )
    yield "the same key", "a: 1\n" * 100_000
    yield "aliases", "a: &a [x, x]\n" + "".join(f"b{n}: [*a, *a, *a]\n" for n in range(20_000))
    yield "tags", "".join(f"a{n}: !!python/object/apply:os.system [x]\n" for n in range(10_000))
    yield "control characters", "steps:\n  main: {say: 'a\x07b'}\n"
    yield "quotes", "'" * 500_000
    yield "documents", "---\n" * 100_000
    yield "somebody's markup", "<?xml version='1.0'?>\n<vxml>\n" + "<field name='a'>\n" * 20_000
    yield "somebody's object", "{" + ", ".join(f'"a{n}": [1, {{}}]' for n in range(20_000)) + "}"
    yield "misspelt steps", _steps("goto: step_{other}x")
    yield "steps that lead anywhere", _steps("menu: {{1: back, 2: repeat, 3: start}}")
    yield "a ring", _steps("goto: s{other}")
    yield "many names", _steps("set: {{v{number}: '${{v{other}}}'}}", "goto: s{other}")
    yield "many texts", _steps("say: 'Press {number}. ${{v{other}}}'", "goto: s{other}")
    yield "many menus", _steps("say: Press 1 or 2.", "menu: {{1: s{other}, 12: s{far}}}")
    yield (
        "menus of many keys",
        "steps:\n"
        + "".join(
            f"  s{n}: {{say: Hi., menu: {{{', '.join(f'{key}: s{n}' for key in range(200))}}}}}\n"
            for n in range(60)
        ),
    )
    yield (
        "a text of commas",
        "steps: {main: {say: 'press 1" + ", 1" * 1_600 + "', menu: {1: main}}}",
    )
    yield "a text of spaces", "steps: {main: {say: 'press" + " " * 4_900 + "', menu: {1: main}}}"
    yield "a text of capitals", "steps: {main: {say: '" + "AB " * 1_600 + "', goto: hangup}}"
    yield "a text of digits", "steps: {main: {say: '" + "1,234" * 900 + "', goto: hangup}}"
    yield "remarks", "steps:\n" + "  # ivr: allow M003 because\n" * 20_000


def _steps(*lines: str) -> str:
    parts = ["steps:\n"]
    for number in range(STEPS):
        parts.append(f"  s{number}:\n")
        parts += (
            "    "
            + line.format(number=number, other=(number * 7 + 1) % STEPS, far=STEPS - number - 1)
            + "\n"
            for line in lines
        )
    return "".join(parts)


def main() -> None:
    """Print how long each takes."""
    for name, text in adversaries():
        begin = time.perf_counter()
        loaded = load({"main.yaml": text})
        took = time.perf_counter() - begin
        print(f"{took:7.3f} s  {len(text):8} characters  {len(loaded.problems):4} problems  {name}")


if __name__ == "__main__":
    main()
