"""A fake ElevenLabs: both text-to-speech sockets and the HTTP endpoints beside them.

``FakeVendor`` is the server; ``audio_of`` and ``text_of`` tell which text a sound is; ``Kind`` and
``KINDS`` are the faults it can be told to have. Used by tests and by ``ivr vendor``.
"""

from ivr.fakes.elevenlabs.catalogue import FLASH, VOICE, Plan
from ivr.fakes.elevenlabs.faults import KINDS, Faults, Kind
from ivr.fakes.elevenlabs.sound import Embedded, Sound, Tone, audio_of, text_of
from ivr.fakes.elevenlabs.speech import Pace
from ivr.fakes.elevenlabs.vendor import FakeVendor
from ivr.fakes.elevenlabs.witness import Asked, Code, Said, Violation, Witness

__all__ = [
    "FLASH",
    "KINDS",
    "VOICE",
    "Asked",
    "Code",
    "Embedded",
    "FakeVendor",
    "Faults",
    "Kind",
    "Pace",
    "Plan",
    "Said",
    "Sound",
    "Tone",
    "Violation",
    "Witness",
    "audio_of",
    "text_of",
]
