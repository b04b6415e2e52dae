"""Attributes as Twilio takes them: known names, values in range, addresses made absolute."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ivr.phone.attributes import ATTRIBUTES, Attributes

BASE = "https://line.test/twilio/voice"


def attributes() -> Attributes:
    return Attributes(BASE, 7.0)


def test_every_attribute_of_another_name_is_told_with_the_time() -> None:
    reading = attributes()
    reading.known(ET.fromstring('<Dial action="/a" ring="5" Timeout="3"/>'))
    assert [(f.code, f.text, f.at_ms) for f in reading.faults] == [
        (12200, "<Dial> has no attribute 'Timeout'", 7.0),
        (12200, "<Dial> has no attribute 'ring'", 7.0),
    ]


def test_every_verb_that_takes_time_has_its_attributes_listed() -> None:
    assert {"Dial", "Enqueue", "Gather", "Say", "Play", "Pause", "Connect"} <= ATTRIBUTES.keys()


@pytest.mark.parametrize(
    ("written", "read", "faults"),
    [(None, 30, 0), ("5", 5, 0), ("0", 30, 1), ("601", 30, 1), ("5s", 30, 1), ("٥", 30, 1)],
)
def test_a_number_out_of_its_bounds_is_the_default_and_a_fault(
    written: str | None, read: int, faults: int
) -> None:
    reading = attributes()
    element = ET.Element("Dial", {} if written is None else {"timeout": written})
    assert reading.whole(element, "timeout", 30, most=600) == read
    assert len(reading.faults) == faults


@pytest.mark.parametrize(
    ("written", "absolute"),
    [("/a", "https://line.test/a"), ("a?b=1", "https://line.test/twilio/a?b=1"), ("", None)],
)
def test_an_address_is_read_from_where_the_document_stands(
    written: str, absolute: str | None
) -> None:
    assert attributes().url(ET.Element("Dial", {"action": written}), "action") == absolute


def test_what_stands_where_it_cannot_is_left_out_and_told() -> None:
    reading = attributes()
    element = ET.fromstring("<Gather><Say>a</Say><Dial/></Gather>")
    assert [child.tag for child in reading.holds(element, "Say")] == ["Say"]
    assert [fault.text for fault in reading.faults] == ["<Gather> holds <Dial>"]
