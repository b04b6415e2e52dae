"""The voice ``elevenlabs``: text to speech by ElevenLabs, over sockets or HTTP."""

from ivr.voices.elevenlabs.voice import ElevenLabs, build

__all__ = ["ElevenLabs", "build"]
