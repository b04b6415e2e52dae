"""Patterns with stars, and the names a request goes by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.values import Value
from ivr.rehearsal.patterns import fits, overlap, request_names

SETTINGS: dict[str, Value] = {"api": "https://api.example/v1/", "name": "clinic", "limit": 3}


@pytest.mark.parametrize(
    ("method", "url", "names"),
    [
        (
            "GET",
            "https://api.example/v1/people/1?x=2",
            {
                "GET /people/1",
                "GET /v1/people/1",
                "GET https://api.example/v1/people/1",
            },
        ),
        (
            "GET",
            "https://other.example/people",
            {"GET /people", "GET https://other.example/people"},
        ),
        ("POST", "https://other.example", {"POST /", "POST https://other.example"}),
        (
            "GET",
            "https://other.example/a%20b",
            {
                *("GET /a b", "GET https://other.example/a b"),
                *("GET /a%20b", "GET https://other.example/a%20b"),
            },
        ),
        ("GET", "*/people/*", {"GET */people/*"}),
    ],
)
def test_a_request_goes_by_its_path_and_by_its_whole_address(
    method: str, url: str, names: set[str]
) -> None:
    assert set(request_names(method, url, SETTINGS)) == names


@pytest.mark.parametrize(
    ("one", "other", "there_is"),
    [
        ("GET /people/*", "GET /people/1", True),
        ("GET /people/*", "GET /persons/1", False),
        ("GET /people/*", "GET /people/*/orders", True),
        ("GET /people/*/orders", "GET /people/*/address", False),
        ("GET */people/*", "GET /people/1", True),
        ("POST /people/*", "GET /people/*", False),
        ("GET *", "GET /anything", True),
    ],
)
def test_two_patterns_overlap_where_some_text_fits_both(
    one: str, other: str, there_is: bool
) -> None:
    assert overlap(one, other) is there_is
    assert overlap(other, one) is there_is


@given(st.text("ab*", max_size=6), st.text("ab", max_size=6))
def test_a_text_fits_a_pattern_exactly_where_they_overlap(pattern: str, text: str) -> None:
    assert fits(pattern, text) is overlap(pattern, text)
