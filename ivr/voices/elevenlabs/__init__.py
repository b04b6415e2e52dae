"""The voice ``elevenlabs``: text to speech by ElevenLabs, over sockets or HTTP."""
