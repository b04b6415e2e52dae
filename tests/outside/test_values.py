"""What may come in and go out as a value, and what becomes of it on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.messages import secret_marker
from ivr.flow.values import DEPTH_MAX, Value, to_plain
from ivr.outside.values import ITEMS_MAX, NotAValue, clean, from_json, own, received, to_json

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # no lone surrogates: JSON in UTF-8 cannot say them
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


def nested(depth: int) -> Value:
    found: Value = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("thing", "value"),
    [
        ((1, (2, "x")), [1, [2, "x"]]),
        ({"a": {"b": None}}, {"a": {"b": None}}),
        (2**63, str(2**63)),
        (-(2**63) + 1, -(2**63) + 1),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        ([date(2026, 1, 2), MOMENT, time(9, 30)], [date(2026, 1, 2), MOMENT, time(9, 30)]),
        ("a\x01b", "a\ufffdb"),
        ({"\x01": "\ud83d\ude00 \ud800"}, {"\ufffd": "😀 \ufffd"}),
    ],
)
def test_what_comes_in_is_of_plain_types(thing: object, value: Value) -> None:
    found = received(thing)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ({1, 2}, "holds a set"),
        (Decimal("1.5"), "holds a Decimal"),
        ([b"1234"], "holds a bytes"),
        ({1: "1234"}, "a map with a int for a name"),
        ([math.nan], "holds a number that is none"),
        (-math.inf, "holds a number that is none"),
        (1 << 5_000, "more than 4,096 bits"),
        (nested(DEPTH_MAX + 1), "lies deeper than 32"),
        ([0] * (ITEMS_MAX + 1), "holds more than 100,000 values"),
        (object(), "holds a object"),
    ],
)
def test_what_no_flow_can_hold_is_refused_by_its_kind(thing: object, why: str) -> None:
    with pytest.raises(NotAValue, match=why) as wrong:
        received(thing)
    assert "1234" not in str(wrong.value)


def test_a_list_that_holds_itself_is_refused() -> None:
    ring: list[object] = []
    ring.append(ring)
    with pytest.raises(NotAValue, match="lies deeper"):
        received(ring)


def test_what_is_received_can_be_kept_with_the_state_of_a_call() -> None:
    assert to_plain(received(nested(DEPTH_MAX)))
    with pytest.raises(NotAValue):
        received(nested(DEPTH_MAX + 1))


@given(JSON)
def test_json_of_anybody_becomes_a_value_that_can_be_stored(thing: object) -> None:
    assert msgspec.json.encode(to_plain(from_json(msgspec.json.encode(thing))))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_sentence(data: bytes) -> None:
    with suppress(NotAValue):
        assert msgspec.json.encode(to_plain(from_json(data)))


@given(st.text())
def test_a_text_from_outside_has_no_marker_and_can_be_written(text: str) -> None:
    assert "\x01" not in clean(text)
    assert clean(text).encode().decode() == clean(text)
    if text.isascii() and "\x01" not in text:
        assert clean(text) == text


def test_a_copy_is_the_callers_own() -> None:
    original: Value = {"a": [1, {"b": 2}]}
    copy = own(original)
    assert copy == original
    assert isinstance(copy, dict)
    inner = copy["a"]
    assert isinstance(inner, list)
    inner.append(3)
    assert original == {"a": [1, {"b": 2}]}


def test_a_computed_map_is_copied_as_the_fields_it_has() -> None:
    class Doubled(Mapping[str, Value]):
        def __getitem__(self, name: str) -> Value:
            return name * 2

        def __iter__(self):  # type: ignore[no-untyped-def]
            return iter(("a",))

        def __len__(self) -> int:
            return 1

    assert own(Doubled()) == {"a": "aa"}
    assert type(own(Doubled())) is dict


def test_a_value_goes_out_as_json_with_its_secrets() -> None:
    value: Value = {
        "when": [date(2026, 1, 2), MOMENT, time(9, 30)],
        "n": [0.1, 3.0, True, None],
        "key": secret_marker("S"),
    }
    out = to_json(value, lambda text: text.replace(secret_marker("S"), "x\"'"))
    assert msgspec.json.decode(out) == {
        "when": ["2026-01-02", "2026-11-22T08:00:00+00:00", "09:30:00"],
        "n": [0.1, 3.0, True, None],
        "key": "x\"'",
    }


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([math.inf], "a number that is none"),
        ("\ud800", "not valid Unicode"),
        (nested(DEPTH_MAX + 1), "lies deeper than 32"),
    ],
)
def test_what_json_cannot_say_is_refused(value: Value, why: str) -> None:
    with pytest.raises(NotAValue, match=why):
        to_json(value, str)
