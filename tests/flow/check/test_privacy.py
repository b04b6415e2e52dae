"""Where sensitive values go."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told
from tests.flow.ring import loaded

FLOW = """\
steps:
  main:
    say: Four digits?
    ask: pin
    digits: 4
    sensitive: yes
    goto: next
    fail: bye
  next:
    - set: {copy: '${pin}', part: '${pin | last 2}'}
    - KIND
    - goto: bye
  bye: {say: Bye., goto: hangup}
"""
SETTINGS = "allowed_hosts: [api.example]\n"
POST = "http: POST https://api.example/a, error: bye, say: So."
SMS = "sms: +13125550123, text: 'It is ${"


@pytest.mark.parametrize(
    "kind",
    [
        POST + ", body: {pin: '${pin}', deep: [{pin: '${copy}'}]}",
        POST + ", headers: {X-Key: '${secrets.key}'}",
        "do: check, with: {pin: '${pin}'}, failed: bye",
        "say: '${pin | last 2}'",
        SMS + "pin | last 2}'",
        SMS + "part}'",
        "event: told, with: {part: '${part}'}",
        "transfer: +13125550123, whisper: 'It is ${copy | digits | reveal}.', otherwise: bye",
        "say: Hi., if: pin == '1234'",
    ],
)
def test_r002_where_a_sensitive_value_may_go(kind: str) -> None:
    assert told(FLOW.replace("KIND", f"{{{kind}}}"), "R002", settings=SETTINGS) == []


@pytest.mark.parametrize(
    "kind",
    [
        "http: 'GET https://api.example/${pin}', error: bye",
        "http: 'GET https://api.example/a', query: {pin: ['${copy}']}, error: bye",
        POST + ", headers: {X-Pin: '${pin}'}",
        "say: '${copy | digits}'",
        SMS + "pin}'",
        "sms: '${copy}', text: Hello.",
        "event: told, with: {deep: {pin: '${copy}'}}",
        "event: told, with: {pin: '${pin | reveal}'}",
        "transfer: +13125550123, whisper: 'It is ${pin | digits}.', otherwise: bye",
        "twiml: '<Response><Say>${pin}</Say></Response>', otherwise: bye",
        "say: '${secrets.key}'",
        "event: told, with: {key: '${secrets.key}'}",
        "set: {key: '${secrets.key}'}",
        "do: check, with: {key: '${secrets.key}'}, failed: bye",
        "say: Hi., if: secrets.key == 'a'",
    ],
)
def test_r002_where_it_must_not_go(kind: str) -> None:
    found = told(FLOW.replace("KIND", f"{{{kind}}}"), "R002", settings=SETTINGS)
    assert [line for line, _ in found] == [11]


def test_r002_what_a_function_makes_of_it_is_sensitive_too() -> None:
    flow = FLOW.replace("KIND", "{do: check, with: {pin: '${copy}'}, save: made, failed: bye}")
    assert told(flow.replace("Bye.", "'${made}'"), "R002") == [(13, 17)]
    harmless = flow.replace("'${copy}'", "'${part}'").replace("Bye.", "'${made}'")
    assert told(harmless, "R002") == []


INTO = """\
steps:
  main:
    - ask: card
      say: Sixteen digits?
      digits: 16
      sensitive: yes
      fail: bye
    - run: other
      with: {number: '${card}'}
      save: back
      done: bye
  bye: {say: 'Bye, ${default(back, "you") | TOLD}.', goto: hangup}
"""
OTHER = """\
inputs: [number]
returns: [done]
steps:
  main:
    say: It is ${inputs.number | READ}.
    goto: end
  end: {return: done, value: '${inputs.number}'}
"""


@pytest.mark.parametrize(
    ("read", "back", "files"),
    [
        ("last 4", "last 4", []),
        ("digits", "last 4", ["other.yaml"]),
        ("last 4", "digits", ["main.yaml"]),
    ],
)
def test_r002_it_stays_sensitive_in_every_flow_it_is_given_to(
    read: str, back: str, files: list[str]
) -> None:
    flow, other = INTO.replace("TOLD", back), OTHER.replace("READ", read)
    found = loaded(flow, frozenset(), other=other).problems
    assert [each.span.file for each in found if each.code == "R002"] == files
