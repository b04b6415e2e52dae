"""Files nobody should have to read: as large, deep and twisted as the limits allow.

Used by ``test_hostile.py`` (which counts steps) and by hand, with a clock:
``python -m tests.simulation.adversaries``.
"""

from __future__ import annotations

import gc
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
    yield from _requests()
    yield "runs of itself", "returns: [a]\n" + _steps("run: main", "a: s{other}", "b: s{far}")
    yield (
        "thousands of outcomes",
        "returns: [a]\nsteps:\n  main:\n    run: main\n"
        + "".join(f"    a{n}: main\n" for n in range(25_000)),
    )
    yield "many returns", f"returns: [{', '.join(f'r{n}' for n in range(20_000))}]\nsteps: {{}}\n"
    yield "sums of each other", _steps("set: {{v{number}: '${{v{other} + 1}}'}}", "goto: s{other}")
    yield "copies of each other", _steps("set: {{v{number}: '${{v{other}.a}}'}}", "goto: s{other}")
    yield (
        "one variable of many ways",
        _steps("set: {{v: {{a{number}: '${{v.a{other}}}'}}}}", "goto: s{other}"),
    )
    yield (
        "secrets everywhere",
        _steps("ask: v{number}", "sensitive: yes", "goto: s{other}")
        + ("  last: [" + "{set: {a: '${v1}', b: '${a}', c: '${b}'}}, " * 500 + "{goto: hangup}]\n"),
    )
    yield "recordings", _steps("record: v{number}", "empty: s{far}", "goto: s{other}")
    yield "messages", _steps("sms: '${{v{other}}}'", "text: 'Hi ${{v{far}}}.'", "goto: s{other}")
    yield "queues", _steps("queue: q{number}", "otherwise: s{other}")
    yield "remarks", "steps:\n" + "  # ivr: allow M003 because\n" * 20_000


def _requests() -> Iterator[tuple[str, str]]:
    head = "steps:\n  main:\n    http: POST https://a.example/x\n    error: main\n    goto: main\n"
    keys = "".join(f"      k{n}: '${{call.id}}{n}'\n" for n in range(9_000))
    yield "a huge body", f"{head}    body:\n{keys}"
    yield "a deep body", head + "    body: " + "{a: [" * 28 + "'${x}'" + "]}" * 28 + "\n"
    yield "many headers", f"{head}    headers:\n{keys}".replace("${call.id}", "${secrets.a}")
    fields = "".join(f"      f{n}: {{a: {n}, b: [{n}]}}\n" for n in range(6_000))
    reads = "".join(f"  t{n}: {{say: '${{found.f{n}.c}}', goto: main}}\n" for n in range(1_500))
    yield "a huge example", f"{head}    save: found\n    example:\n{fields}{reads}"
    statuses = "".join(f"      {n % 600}: main\n" for n in range(20_000))
    yield "many statuses", f"{head}    status:\n{statuses}"
    yield (
        "many requests",
        _steps(
            "http: 'GET https://h{number}.example/${{v{other}}}?key=${{v{far}.a}}'",
            "save: v{number}",
            "error: s{far}",
            "goto: s{other}",
        ),
    )


def folders() -> Iterator[tuple[str, dict[str, str]]]:
    """Folders of many files, each with its name."""
    some, all_of = range(120), range(40)
    chain = (
        "inputs: [a]\nreturns: [d]\nsteps:\n"
        "  m: {{run: f{next}, with: {{a: '${{inputs.a}}'}}, d: e}}\n"
    )
    end = "  e: {return: d, value: '${inputs.a}'}\n"
    yield "a chain of flows", {f"f{n}.yaml": chain.format(next=n + 1) + end for n in some}
    yield "a ring of flows", {f"f{n}.yaml": chain.format(next=(n + 1) % 120) + end for n in some}
    every = "".join(f"  m{n}: {{run: f{n}, save: v, d: m{(n + 1) % 40}}}\n" for n in all_of)
    text = f"returns: [d]\nanytime: {{1: m1}}\nsteps:\n{every}  e: {{return: d, value: '${{v}}'}}\n"
    yield "everybody runs everybody", {f"f{n}.yaml": text for n in all_of}
    later = "returns: [d]\nsteps:\n" + "".join(
        f"  m{n}: {{run: f{{to}}, d: m{n + 1}}}\n" for n in range(30)
    )
    yield (
        "each runs the next ones",
        {f"f{n}.yaml": later.replace("{to}", str(n + 1)) + "  m30: {return: d}\n" for n in all_of},
    )
    gone = "steps: {m: {say: '${call.from}', goto: [{if: call.from, goto: /fN}, {else: /f1}]}}\n"
    yield "goto each other", {f"f{n}.yaml": gone.replace("fN", f"f{n * 7 % 120}") for n in some}
    include = {f"shared/s{n}.yaml": f"include: [shared/s{(n + 1) % 9}.yaml]\n" for n in range(9)}
    yield (
        "files that include each other",
        {"main.yaml": "include: [shared/s0.yaml]\nsteps: {m: {goto: hangup}}\n", **include},
    )
    lines = "".join(f"m{n}.say: Hola {n}.\n" for n in range(400))
    says = "".join(f"  m{n}: {{say: Hello {n}., goto: hangup}}\n" for n in range(400))
    yield (
        "hundreds of translations",
        {
            "main.yaml": f"languages: {{en-US: {{}}, es-US: {{}}}}\nsteps:\n{says}",
            "texts/main.es.yaml": lines,
        },
    )
    yield (
        "a translation of every step",
        {
            "main.yaml": "languages: {en-US: {}, es-US: {}}\n" + _steps("say: Hello."),
            "texts/main.es.yaml": "".join(f"s{n}.say: Hola.\n" for n in range(STEPS)),
        },
    )


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
    """Print how much processor time each takes."""
    alone = ((name, {"main.yaml": text}) for name, text in adversaries())
    for name, files in (*alone, *folders()):
        gc.collect()
        gc.freeze()
        begin = time.process_time()
        problems = load(files).problems
        took = time.process_time() - begin
        length = sum(map(len, files.values()))
        print(f"{took:7.3f} s  {length:8} characters  {len(problems):4} problems  {name}")


if __name__ == "__main__":
    main()
