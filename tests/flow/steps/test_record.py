"""``record``: into a variable. What it shares with ``voicemail`` is in test_recording."""

from __future__ import annotations

from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    steps:
      main:
        - say: Say your name.
          record: name
        - say: "${name.seconds} seconds."
          goto: hangup
"""


def test_what_is_known_of_the_recording_is_kept_in_the_variable() -> None:
    call = Ring(FLOW).hears_all()
    assert call.recording is not None
    assert call.recording.mailbox is None
    call.done("done", {"id": "r1", "seconds": 3})
    assert call.said == ["3 seconds."]
    assert call.state.variables["name"] == {"id": "r1", "seconds": 3}


def test_an_empty_one_goes_on_like_any_other_unless_told_otherwise() -> None:
    call = Ring(FLOW).hears_all().done("empty")
    assert call.said == ["seconds."]
    assert "name" not in call.state.variables


def test_a_variable_has_a_name() -> None:
    flow = "steps:\n  main:\n    record: 1x\n    goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
