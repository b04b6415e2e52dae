"""Keys that have no business where they stand."""

from __future__ import annotations

import pytest

from ivr.flow.load_keys import refuse
from ivr.flow.problems import Span
from ivr.flow.reader import Reader
from ivr.flow.source import Scalar, read


@pytest.mark.parametrize(
    ("key", "code", "message", "remedy"),
    [
        ("trise", "S001", "“trise” is not known in a step", "did you mean “tries”?"),
        ("ring", "S006", "belongs to transfer", "leave it out"),
        ("agent", "S001", "is kept for a later version of the language", "leave it out"),
        ("pay", "S001", "is kept for a later version of the language", "leave it out"),
        ("words", "S001", "in which callers may speak", "leave it out"),
        ("spoken", "S001", "in which callers may speak", "leave it out"),
    ],
)
def test_a_key_is_refused_with_the_reason_that_fits(
    key: str, code: str, message: str, remedy: str
) -> None:
    reader = Reader(read("a.yaml", ""))
    refuse(reader, Scalar(key, False, Span("a.yaml", 1, 1, 1, 5)), "menu", "a step", {"tries"})
    (found,) = reader.problems
    assert (found.code, found.help) == (code, remedy)
    assert message in found.message
