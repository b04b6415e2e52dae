"""Transfers."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = "numbers: {desk: +13125550123}\nsteps:\n  main:\n    transfer: desk\n    otherwise: hangup\n"


def test_t003_a_number_of_our_own_is_a_loop_by_name_and_by_number() -> None:
    numbers = "+13125550123: main\n"
    assert told(FLOW, "T003", numbers=numbers) == [(4, 15)]
    assert told(FLOW.replace(" desk\n", " +13125550123\n"), "T003", numbers=numbers) == [(4, 15)]
    assert told(FLOW, "T003", numbers="+13125550124: main\n") == []


@pytest.mark.parametrize("number", ["+19005550123", "+449012345678", "+4990012345"])
def test_t003_premium_rates_cost_the_line(number: str) -> None:
    assert told(FLOW.replace("+13125550123", number), "T003") == [(4, 15)]


def test_t004_a_word_in_the_step_is_enough() -> None:
    assert told(FLOW, "T004") == [(4, 5)]
    assert told(FLOW.replace("    transfer", "    say: One moment.\n    transfer"), "T004") == []
    before = FLOW.replace(
        "    transfer: desk\n    otherwise", "    - say: Hi.\n    - transfer: desk\n      otherwise"
    )
    assert told(before, "T004") == []


def test_t003_each_target_of_a_list_is_looked_at() -> None:
    flow = """\
    numbers: {own: +13125550100}
    steps:
      main:
        say: Please hold.
        transfer: [+13125550123, own, sip:desk@example.com, client:desk, +19005550123]
        otherwise: main
    """
    assert told(flow, "T003", numbers="+13125550100: main") == [(5, 30), (5, 70)]


def test_t002_and_t004_a_queue_is_announced_and_handled_like_a_transfer() -> None:
    flow = "steps: {main: {queue: desk, full: bye}, bye: {say: Bye., goto: hangup}}\n"
    assert told(flow, "T002") == [(1, 23)]
    assert told(flow, "T004") == [(1, 16)]
    whole = flow.replace("queue", "say: Please hold., queue").replace("full", "otherwise")
    assert told(whole, "T002") == told(whole, "T004") == []
