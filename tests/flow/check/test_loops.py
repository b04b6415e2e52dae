"""Loops, depth, and people."""

from __future__ import annotations

from tests.flow.check.told import told

RING = "steps:\n  a: {say: A., goto: b}\n  b: {say: B., goto: WAY}\n"
MENUS = "steps:\n  a:\n    menu: {1: b}\n    fail: FAIL\n  b:\n    menu: {1: a}\n    fail: a\n"


def test_f008_steps_that_only_lead_to_each_other_are_told_once_at_the_first() -> None:
    assert told(RING.replace("WAY", "a"), "F008") == [(2, 3)]
    assert told(RING.replace("WAY", "start"), "F008") == [(2, 3)]


def test_f008_one_way_out_is_enough_even_under_a_condition() -> None:
    assert told(RING.replace("WAY", "hangup"), "F008") == []
    way = "[{if: call.minutes > 1, goto: hangup}, {else: a}]"
    assert told(RING.replace("WAY", way), "F008") == []


def test_f008_a_question_or_the_last_one_is_something_the_caller_does() -> None:
    assert told(RING.replace("WAY", "c") + "  c: {menu: {1: a}, fail: a}\n", "F008") == []
    assert told(RING.replace("WAY", "back") + "  c: {menu: {1: a}}\n", "F008") == []


def test_f014_menus_that_only_lead_to_each_other_let_nobody_out() -> None:
    assert told(MENUS.replace("FAIL", "a"), "F014") == [(2, 3)]


def test_f014_a_hang_up_a_transfer_another_flow_or_a_goodbye_is_a_way_out() -> None:
    assert told(MENUS.replace("FAIL", "hangup"), "F014") == []
    other = "steps: {main: {goto: WAY}}"
    assert told(MENUS.replace("FAIL", "/x"), "F014", x=other.replace("WAY", "hangup")) == []
    assert told(MENUS.replace("FAIL", "/x"), "F014", x=other.replace("WAY", "/main")) == [
        (2, 3),
        (1, 9),
    ]
    assert told(MENUS.replace("    fail: FAIL\n", ""), "F014") == []
    assert told(MENUS.replace("FAIL", "a") + "anytime: {0: hangup}\n", "F014") == []


def test_f014_says_nothing_of_what_f008_says() -> None:
    assert told(RING.replace("WAY", "a"), "F014") == []


def test_m010_the_fourth_menu_is_too_deep_on_the_shortest_way() -> None:
    steps = "".join(f"  m{n}: {{menu: {{1: m{n + 1}}}}}\n" for n in range(1, 5))
    flow = f"steps:\n{steps}  m5: {{goto: hangup}}\n"
    assert told(flow, "M010") == [(5, 8)]
    assert told(flow.replace("{1: m2}", "{1: m2, 2: m3}"), "M010") == []


def test_a001_a_person_may_be_anywhere_behind_a_menu_or_a_key_that_works_anytime() -> None:
    flow = (
        "steps:\n  a:\n    menu: {1: b}\n  b: {goto: c}\n"
        "  c: {transfer: +13125550123, otherwise: a}\n"
    )
    assert told(flow, "A001") == []
    alone = flow.replace("goto: c", "goto: hangup")
    assert told(alone, "A001") == [(3, 5)]
    assert told(alone + "anytime: {0: c}\n", "A001") == []
    away = alone.replace("goto: hangup", "goto: /desk")
    assert told(away, "A001", desk="steps: {c: {transfer: +13125550123}}") == []
