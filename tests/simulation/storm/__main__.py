"""Ring through storm after storm, and say what must not have been.

    python -m tests.simulation.storm [--seeds 10000] [--from N] [--tell]

One seed again: ``python -m tests.simulation.storm --seeds 1 --from N``; ``--tell`` prints its whole
story. The exit code is 1 if anything was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.simulation.storm.checks import Story, findings
from tests.simulation.storm.scene import play

SEEDS = 10_000


def tell(story: Story) -> None:
    """What happened, for people."""
    print(story.weather)
    for seen in story.calls:
        print(f"{seen.sid} {seen.flow}: {seen.decisions}, hung up: {seen.hung_up}")
    for summary, entries in story.records:
        print(f"--- {summary.call}: {summary.outcome}")
        for entry in entries:
            print("   ", dict(entry))
    print("--- log", *story.log, sep="\n    ")


def main() -> int:
    """Play them and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--tell", action="store_true")
    args = parser.parse_args()
    found, failed, calls, outcomes = Counter[str](), 0, 0, Counter[str]()
    began = time.process_time()
    for seed in range(args.first, args.first + args.seeds):
        story = play(seed)
        calls += len(story.calls)
        outcomes.update(summary.outcome for summary, _ in story.records)
        if args.tell:
            tell(story)
        wrong = findings(story)
        failed += bool(wrong)
        for finding in wrong:
            found[finding.kind.value] += 1
            print(f"seed {seed}: {finding}", flush=True)
    seconds = time.process_time() - began
    print(
        f"{args.seeds} storms, {calls} calls ({dict(outcomes)}), "
        f"{seconds / args.seeds * 1000:.0f} ms of processor each; {failed} went wrong"
    )
    for kind, times in found.most_common():
        print(f"{times:6} {kind}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
