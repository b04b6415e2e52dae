"""What Twilio tells of recordings, and what is not taken from it."""

from __future__ import annotations

import pytest

from ivr.carriers.recording import RecordingNews, recording_news
from ivr.errors import BadMessage

FORM = {
    "CallSid": ["CA1"],
    "RecordingSid": ["RE1"],
    "RecordingStatus": ["completed"],
    "RecordingDuration": ["17"],
    "RecordingUrl": ["https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"],
}


def test_the_id_and_the_length_are_read_and_the_address_is_not() -> None:
    news = recording_news(FORM)
    assert news == RecordingNews("CA1", "RE1", "completed", 17)
    assert "https" not in repr(news)


@pytest.mark.parametrize(
    ("changes", "status", "seconds"),
    [
        ({"RecordingStatus": ["in-progress"], "RecordingDuration": []}, "in-progress", None),
        ({"RecordingStatus": ["<b>"], "RecordingDuration": ["-1"]}, "unknown", None),
        ({"RecordingStatus": []}, "unknown", 17),
    ],
)
def test_what_nobody_knows_is_unknown(
    changes: dict[str, list[str]], status: str, seconds: int | None
) -> None:
    news = recording_news({**FORM, **changes})
    assert (news.status, news.seconds) == (status, seconds)


@pytest.mark.parametrize("name", ["CallSid", "RecordingSid"])
def test_without_a_call_or_a_recording_it_is_no_news(name: str) -> None:
    for value in ([], ["../x"]):
        with pytest.raises(BadMessage):
            recording_news({**FORM, name: value})
