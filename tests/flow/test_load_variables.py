"""Variables of the process in settings."""

from __future__ import annotations

import pytest

from ivr.flow.load_variables import value_with_variables, variables_in, with_variables
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, Scalar, read
from ivr.flow.values import Value

ENVIRON = {"HOST": "api.example", "PORT": "9000"}


def field(text: str) -> tuple[Reader, Node]:
    document = read("settings.yaml", f"a: {text}")
    assert isinstance(document.root, Mapping)
    return Reader(document), document.root.items[0][1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://${env.HOST}:${ env.PORT }/v1", "https://api.example:9000/v1"),
        ("${env.PORT}", 9000),
        ("'${env.PORT}'", "9000"),
        ("'${env.UNSET}'", ""),
        ("['${env.HOST}', {b: '${env.PORT}', c: true}]", ["api.example", {"b": "9000", "c": True}]),
        ("${env.lower}", "${env.lower}"),
    ],
)
def test_a_value_is_as_if_the_variables_had_been_written_there(text: str, value: Value) -> None:
    reader, node = field(text)
    assert value_with_variables(reader, node, ENVIRON) == value
    assert reader.problems == []


@pytest.mark.parametrize("name", ["API_KEY", "TWILIO_AUTH_TOKEN", "DB_PASSWORD", "MY_SECRET"])
def test_a_secret_is_refused_at_its_place_and_not_read(name: str) -> None:
    reader, node = field(f"${{env.{name}}}")
    assert isinstance(node, Scalar)
    assert with_variables(reader, node, {name: "hush"}) == ""
    (problem,) = reader.problems
    assert (problem.code, problem.span.column) == ("S007", 4)
    assert "hush" not in problem.message


def test_the_variables_of_a_value_are_named() -> None:
    _, node = field("['${env.HOST}', {b: '${env.PORT} ${env.HOST}'}]")
    assert list(variables_in(node)) == ["HOST", "PORT", "HOST"]
