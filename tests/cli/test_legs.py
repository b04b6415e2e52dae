"""What is told of others in a simulated call, and whom the flows may ring."""

from __future__ import annotations

import pytest

from ivr.cli.legs import Known, callees, dialled, ended, heard, left
from ivr.phone.events import DialEnded, Dialled, QueueLeft
from ivr.server.addresses import Addresses, Music, Take
from ivr.settings import Settings
from tests.flow.folders import compiled

DESK, NIGHT = "+13125550123", "+13125550124"
FLOW = f"""\
ivr: 1
numbers: {{desk: "{DESK}", night: "{NIGHT}"}}
steps:
  welcome:
    transfer: [desk, night]
    whisper: A caller.
    accept: 4
    otherwise: again
  again:
    transfer: desk
    otherwise: hangup
"""


def test_everybody_the_flows_may_ring_is_known_by_address_with_the_key_they_are_asked_for() -> None:
    assert callees(compiled({"main": FLOW})) == {
        DESK: Known("desk", "4"),
        NIGHT: Known("night", "4"),
    }


def test_names_are_shown_beside_numbers() -> None:
    names = {DESK: "desk"}
    several = Dialled(0, (DESK, NIGHT), 25, "busy; busy")
    assert dialled(several, lambda number: names.get(number, "")) == (
        f"transfers to {DESK} (desk), {NIGHT}"
    )


@pytest.mark.parametrize(
    ("status", "bridged", "part"),
    [
        ("completed", True, "hangs up after 3 s"),
        ("completed", False, "does not take the call"),
        ("no-answer", False, "rang 2 s here; 25 s in life"),
        ("answered", True, "talks for 3 s"),
    ],
)
def test_how_a_dial_ended_is_one_sentence(status: str, bridged: bool, part: str) -> None:
    began = Dialled(1_000, (DESK,), 25, "")
    assert part in ended(began, DialEnded(3_000, status, 3, bridged))


@pytest.mark.parametrize(
    ("result", "part"),
    [("bridged", "after 9 s"), ("queue-full", "full"), ("system-error", "system-error")],
)
def test_how_waiting_ended_is_one_sentence(result: str, part: str) -> None:
    assert part in left(QueueLeft(0, result, 9, 3))


def test_of_our_own_sounds_it_is_shown_what_they_are_and_of_others_no_long_address() -> None:
    addresses = Addresses(Settings(twilio_tokens=("a token",)))
    take = addresses.sign(Take("sarah", "es-US", "Llamada para María."))
    music = addresses.sign(Music("music/a-long-name-of-a-file.wav", 0, 45_000))
    sound = "https://ivr.local.test/twilio/sound"
    assert heard(f"hears: Twilio plays {sound}/{take}.wav") == "hears: “Llamada para María.”"
    assert heard(f"Twilio plays {sound}/{music}.wav") == "(music)"
    long = heard(f"Twilio plays https://a.example/{'x' * 100}.wav")
    assert len(long) < 100
    assert long.endswith("x…")
    for text in ("Twilio plays https://a.example/b.wav", "presses 1"):
        assert heard(text) == text
