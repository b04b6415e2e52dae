"""What flows ask of services."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from tests.flow.check.told import told
from tests.flow.ring import loaded

FLOW = """\
vars: {id: 12}
steps:
  main:
    say: One moment.
    http: GET ADDRESS
    error: bye
    goto: bye
  bye: {say: Bye., goto: hangup}
"""
SETTINGS = """\
allowed_hosts: [api.example, api.example:8443]
environments:
  dev: {api: https://api.example, home: http://127.0.0.1:9000, other: https://other.example, n: 1}
"""


def codes(address: str, settings: str = SETTINGS, flow: str = FLOW) -> list[str]:
    found = loaded(flow.replace("ADDRESS", address), frozenset(), settings=settings).problems
    return [each.code for each in found]


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example/a/${id}?b=${id}",
        "https://API.example:443/a",
        "https://api.example:8443/a",
        "${settings.api}/a",
        "${settings.home}/a",
        "http://localhost:9000/a",
        "http://[::1]:9000/a",
        "https://${id}.example/a",
        "${id}/a",
        "https://api.example/a?sort_key=name&monkey=banana&key=blue",
        "https://api.example/a?token=${id}",
    ],
)
def test_h004_a_host_that_is_allowed_or_not_known_before_the_call(address: str) -> None:
    assert codes(address) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/a",
        "https://api.example.evil/a",
        "https://api.example:9999/a",
        "http://api.example/a",
        "http://127.0.0.1.evil/a",
        "${settings.other}/a",
        "${settings.api}.evil/a",
        "https://user:word@api.example/a",
        "ftp://api.example/a",
        "https://api.example:port/a",
        "https://api.example/a?api_key=c0ffee",
        "https://api.example/a?key=c0ffee00c0ffee00",
        "https://api.example/a?x=${secrets.api}",
        "https://api.example/${secrets.api}",
    ],
)
def test_h004_a_host_that_is_not_allowed_or_a_secret_in_the_open(address: str) -> None:
    assert codes(address) == ["H004"]


@pytest.mark.parametrize(
    ("address", "known"),
    [("https:/api.example/a", True), ("api.example/a", True), ("${settings.n}/a", False)],
)
def test_h002_an_address_begins_with_https(address: str, known: bool) -> None:
    assert codes(address) == (["H002"] if known else [])


def test_h004_this_machine_is_asked_in_dev_only() -> None:
    settings = SETTINGS.replace("dev:", "production:")
    flow = FLOW.replace("ADDRESS", "${settings.home}/a")
    found = load({"main.yaml": flow, "settings.yaml": settings}, environment="production").problems
    assert [each.code for each in found] == ["H004"]


def test_h004_secrets_in_the_query_map_are_in_the_address_too() -> None:
    flow = FLOW.replace("    error", "    query: {a: 1, b: QUERY}\n    error")
    assert codes("https://api.example", flow=flow.replace("QUERY", "'${secrets.b}'")) == ["H004"]
    named = flow.replace("b: QUERY", "api_token: c0ffee")
    assert codes("https://api.example", flow=named) == ["H004"]
    assert codes("https://api.example", flow=flow.replace("QUERY", "2")) == []


def test_h004_says_nothing_where_the_settings_could_not_be_read() -> None:
    assert codes("https://other.example/a", SETTINGS + "voices: x\n") == ["S007"]


@pytest.mark.parametrize(
    ("old", "new", "slow"),
    [
        ("    error", "    timeout: 8s\n    error", False),
        ("    error", "    timeout: 8500ms\n    error", True),
        ("    say: One moment.\n", "", True),
        ("    say: One moment.\n", "    timeout: 2s\n", False),
        ("    say: One moment.\n", "    ahead: yes\n", False),
        ("    say: One moment.\n    http", "    - say: One moment.\n    - http", False),
    ],
)
def test_h003_is_judged_by_what_callers_wait_for(old: str, new: str, slow: bool) -> None:
    flow = FLOW.replace(old, new, 1)
    if "- http" in flow:
        flow = flow.replace("    error", "      error").replace(
            "    goto: bye", "      goto: bye", 1
        )
    found = codes("https://api.example/a", flow=flow)
    assert found == (["H003"] if slow else [])


def test_h003_nobody_waits_after_a_hang_up() -> None:
    flow = FLOW.replace("    say: One moment.\n", "    timeout: 20s\n").replace(
        "steps:\n", "on_hangup: main\nstart: bye\nsteps:\n"
    )
    assert codes("https://api.example/a", flow=flow) == []
    assert codes("https://api.example/a", flow=flow + "anytime: {1: main}\n") == ["H003"]


def test_h001_a_default_for_all_requests_is_enough() -> None:
    flow = FLOW.replace("    error: bye\n", "").replace("ADDRESS", "https://api.example")
    assert told(flow, "H001", settings=SETTINGS) == [(5, 11)]
    assert told(flow + "defaults: {http: {error: bye}}\n", "H001", settings=SETTINGS) == []
