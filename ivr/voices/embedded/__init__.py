"""Speech from this machine: ``voice`` is its face, ``hibari`` and ``nano`` do the speaking."""

from ivr.voices.embedded.voice import Embedded

__all__ = ["Embedded"]
