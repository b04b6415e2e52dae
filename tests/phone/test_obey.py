"""Documents that one side alone hears, and a gather on the call itself."""

from __future__ import annotations

import pytest

from ivr.phone.obey import DOCUMENTS_MAX
from ivr.phone.telephone import Telephone
from tests.phone.lines import HANG_UP, FakeNetwork, ring
from tests.virtual import pass_time

GATHER = (
    '<Response><Gather action="/keys" timeout="3" {}><Say>One two three four five six.</Say>'
    "</Gather><Redirect>/nothing</Redirect></Response>"
)


def gathered(attributes: str, keys: str, at_s: float = 1.0) -> FakeNetwork:
    """A line that gathers keys, and what it was asked then."""

    async def hands(phone: Telephone) -> None:
        await pass_time(at_s)
        for key in keys:
            phone.press(key)
            await pass_time(0.5)

    pages = {"/voice": GATHER.format(attributes), "/keys": HANG_UP, "/nothing": HANG_UP}
    network = FakeNetwork(pages)
    recording = ring(network, hands)
    assert recording.faults == []
    return network


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('numDigits="2"', "123", "12"),
        ("", "12#3", "12"),
        ('finishOnKey="*"', "1#*", "1#"),
        ('finishOnKey=""', "1#", "1#"),
        ("", "12", "12"),
        ("", "#", ""),
    ],
)
def test_keys_are_gathered_until_there_are_enough_or_the_last_one(
    attributes: str, keys: str, digits: str
) -> None:
    (fields,) = gathered(attributes, keys).fields("/keys")
    assert fields["Digits"] == digits


def test_where_nothing_is_pressed_the_next_verb_follows() -> None:
    network = gathered("", "")
    assert (len(network.fields("/nothing")), network.fields("/keys")) == (1, [])
    empty = gathered('actionOnEmptyResult="true"', "")
    assert empty.fields("/keys")[0]["Digits"] == ""


def test_a_whisper_that_redirects_for_ever_costs_the_leg() -> None:
    dial = '<Dial action="/over"><Number url="/w">+13125550123</Number></Dial>'
    pages = {
        "/voice": f"<Response>{dial}</Response>",
        "/w": "<Response><Redirect>/w</Redirect></Response>",
        "/over": HANG_UP,
    }
    network = FakeNetwork(pages)
    recording = ring(network)
    assert len(network.fields("/w")) == DOCUMENTS_MAX
    assert network.fields("/over")[0]["DialCallStatus"] == "failed"
    assert len(recording.faults) == 1
