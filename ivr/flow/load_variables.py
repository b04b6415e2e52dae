"""``${env.NAME}`` in settings.yaml and numbers.yaml: variables of the process.

Secrets have no business in a settings file, so their names are refused; the service reads its keys
by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.values import Value, scalar

_ENV = re.compile(r"\$\{\s*env\.([A-Z][A-Z0-9_]*)\s*\}")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")


def with_variables(reader: Reader, node: Scalar, environ: Mapping[str, str]) -> str:
    """The text with variables of the process put in; one that is not set is empty."""

    def value(found: re.Match[str]) -> str:
        if _SECRET.search(found[1]):
            message = f"{found[1]} looks like a secret, and secrets are not for {node.span.file}"
            reader.report("S007", message, node.span, "the service reads its keys by itself")
            return ""
        return environ.get(found[1], "")

    return _ENV.sub(value, node.text)


def value_with_variables(reader: Reader, node: Node, environ: Mapping[str, str]) -> Value:
    """A value as if the variables in it had been written there."""
    match node:
        case Scalar():
            return scalar(with_variables(reader, node, environ), node.quoted)
        case Sequence():
            return [value_with_variables(reader, item, environ) for item in node.items]
        case MappingNode():
            return {
                name.text: value_with_variables(reader, value, environ)
                for name, value in node.items
            }


def variables_in(node: Node) -> Iterator[str]:
    """The names of the variables that are read in a value."""
    match node:
        case Scalar():
            yield from _ENV.findall(node.text)
        case Sequence():
            for item in node.items:
                yield from variables_in(item)
        case MappingNode():
            for _, value in node.items:
                yield from variables_in(value)
