"""Speech from this machine: ``voice`` is its face, ``hibari`` and ``nano`` do the speaking."""
