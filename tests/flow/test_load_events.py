"""``events:`` in settings.yaml: who is told of events, and what is no address."""

from __future__ import annotations

import pytest

from ivr.flow.load_events import URLS_MAX
from tests.flow.folders import compiled, problem, told

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


def events(text: str, environment: str = "production", **environ: str) -> tuple[str, ...]:
    files = {"main": FLOW, "settings": f"events: {text}\n"}
    return compiled(files, environment=environment, environ=environ).events


def test_an_address_a_list_and_a_variable_that_names_one() -> None:
    assert events("https://a.example/x?y=1") == ("https://a.example/x?y=1",)
    assert events("[https://a.example, https://b.example:8443/, https://a.example]") == (
        "https://a.example",
        "https://b.example:8443/",
    )
    assert events("['${env.HOOK}']", HOOK="https://c.example/") == ("https://c.example/",)
    assert events("[http://127.0.0.1:9000/x, http://localhost]", environment="dev") == (
        "http://127.0.0.1:9000/x",
        "http://localhost",
    )
    assert compiled({"main": FLOW}).events == ()


def test_where_the_variable_is_not_set_nobody_is_told_and_that_is_said() -> None:
    files = {"main": FLOW, "settings": "events: ['${env.HOOK}', https://a.example]\n"}
    found = problem(files, "N004")
    assert "HOOK is not set" in found.message
    assert compiled(files).events == ("https://a.example",)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[ftp://a.example]",
        "https://",
        "https://a.example:99999/",
        "http://a.example/",
        "http://127.0.0.1/",
        "https://user:password@a.example/",
        "https://a.example/#there",
        "'https://a.example/x y'",
        "{a: https://a.example}",
        "[[https://a.example]]",
        f"[{', '.join(f'https://a{n}.example' for n in range(URLS_MAX + 1))}]",
        "'https://a.example/${env.EVENTS_SECRET}'",
    ],
)
def test_what_is_no_address_is_told(text: str) -> None:
    files = {"main": FLOW, "settings": f"events: {text}\n"}
    assert told(files, "S007", environment="production"), text


def test_this_machine_is_told_without_encryption_in_dev_only() -> None:
    files = {"main": FLOW, "settings": "events: http://127.0.0.1:9000\n"}
    assert told(files, "S007") == []
    assert "not encrypted" in problem(files, "S007", environment="production").message
