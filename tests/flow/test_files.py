"""Which file is what."""

from __future__ import annotations

import pytest

from ivr.flow.files import can_be_included, flow_ids, is_flow_file, translation


@pytest.mark.parametrize(
    ("name", "flow", "included"),
    [
        ("clinic.yaml", True, False),
        ("settings.yaml", False, False),
        ("numbers.yaml", False, False),
        ("shared/common.yaml", False, True),
        ("shared/deep/hours.yaml", False, True),
        ("texts/clinic.es.yaml", False, False),
    ],
)
def test_flows_stand_at_the_top_and_what_they_share_below(
    name: str, flow: bool, included: bool
) -> None:
    assert is_flow_file(name) is flow
    assert can_be_included(name) is included


def test_a_flow_is_known_by_its_file() -> None:
    assert flow_ids(["a.yaml", "b.c.yaml", "settings.yaml", "shared/x.yaml"]) == {"a", "b.c"}


def test_a_translation_names_its_flow_and_its_language() -> None:
    assert translation("texts/clinic.es-US.yaml") == ("clinic", "es-US")
    assert translation("texts/b.c.es.yaml") == ("b.c", "es")
    assert translation("texts/clinic.yaml") is None
    assert translation("shared/clinic.es.yaml") is None
