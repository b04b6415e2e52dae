"""What Twilio tells of a call's recording: form fields to plain values.

Where the recording can be had is left out: that address is a key to it, and Twilio's console has
it under the recording's id. Called by ``server/recordings`` once a request is known to be Twilio's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.carriers.webhook import Form
from ivr.errors import BadMessage

_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WORD = re.compile(r"[a-z-]{1,32}")
_SECONDS = re.compile(r"\d{1,7}")


@dataclass(frozen=True, slots=True)
class RecordingNews:
    """How a recording gets on."""

    call_sid: str
    recording_sid: str
    status: str
    """``in-progress``, ``completed``, ``absent``, or new."""
    seconds: int | None


def recording_news(form: Form) -> RecordingNews:
    """Read it; ``BadMessage`` without a call or a recording."""

    def field(name: str) -> str:
        return (form.get(name) or ("",))[0]

    call, recording, status = field("CallSid"), field("RecordingSid"), field("RecordingStatus")
    if not _SID.fullmatch(call) or not _SID.fullmatch(recording):
        raise BadMessage("news of a recording without its call or its id")
    seconds = field("RecordingDuration")
    return RecordingNews(
        call,
        recording,
        status if _WORD.fullmatch(status) else "unknown",
        int(seconds) if _SECONDS.fullmatch(seconds) else None,
    )
