"""JUnit XML: what build servers read of flow tests."""

from __future__ import annotations

from xml.etree import ElementTree

from ivr.cli.junit import Case, Suite, junit

SUITES = [
    Suite(
        "flows/tests/a.test.yaml",
        [
            Case("passes", 3),
            Case("fails <so>", 7, "line 9: “no” & more", "  0.0  ivr\x07  Hello"),
            Case("cannot be read", 1, "line 1: no", "help", unreadable=True),
        ],
    ),
    Suite("flows/tests/b.test.yaml", []),
]


def test_every_file_is_a_suite_and_every_call_a_case() -> None:
    root = ElementTree.fromstring(junit(SUITES).encode())
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    assert [(s.get("name"), s.get("tests")) for s in root] == [
        ("flows/tests/a.test.yaml", "3"),
        ("flows/tests/b.test.yaml", "0"),
    ]
    passed, failed, unread = root[0]
    assert passed.attrib == {
        "classname": "flows/tests/a.test.yaml",
        "name": "passes",
        "file": "flows/tests/a.test.yaml",
        "line": "3",
    }
    assert list(passed) == []
    assert (failed[0].tag, failed[0].get("message")) == ("failure", "line 9: “no” & more")
    assert failed[0].text == "  0.0  ivr\ufffd  Hello"
    assert (unread[0].tag, unread[0].get("message")) == ("error", "line 1: no")


def test_the_same_result_is_the_same_file() -> None:
    assert junit(SUITES) == junit(SUITES)
