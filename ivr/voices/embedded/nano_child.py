"""The child process that speaks Spanish, French, German and Italian: py-nanotts behind a pipe.

That library holds the interpreter lock while it works and hangs on some texts, so it lives here,
where it stops nobody and can be killed. Started by ``nano`` as a file of its own (it imports
nothing of ``ivr``, so it is up in a moment), never imported by the product. It ends when its
standard input does, which is when its parent dies.

Asked:    4 bytes length, big-endian; JSON ``{"text", "voice", "speed", "volume"}``
Answered: 1 byte kind (``A`` audio, 16-bit samples at 16 kHz; ``E`` an error); 4 bytes length; body
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

SECONDS_MAX = 8
"""For one request; then the kernel ends this process, even when nobody is left to do so."""

_FILES_MAX = 65_536
_LENGTH = struct.Struct(">I")
_ANSWER = struct.Struct(">cI")


Speak = Callable[..., bytes]


def serve(requests: BinaryIO, answers: BinaryIO, speak: Speak) -> None:
    """Answer requests in order until there are no more."""
    while len(header := requests.read(_LENGTH.size)) == _LENGTH.size:
        body = requests.read(_LENGTH.unpack(header)[0])
        _alarm(SECONDS_MAX)
        kind, answer = _answer(speak, body)
        _alarm(0)
        answers.write(_ANSWER.pack(kind, len(answer)) + answer)
        answers.flush()


def _answer(speak: Speak, body: bytes) -> tuple[bytes, bytes]:
    try:
        return b"A", speak(**json.loads(body))
    except Exception as error:  # whatever it is, the parent is told and the next text is tried
        return b"E", f"{type(error).__name__}: {error}".encode()


def _alarm(seconds: int) -> None:
    """Have the kernel end this process later (0: not any more); Windows has no such thing."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _library() -> Speak:
    """What speaks; where it cannot be loaded, what says so to everybody who asks."""
    try:
        from py_nanotts import NanoTTS  # type: ignore[import-untyped]
    except ImportError as error:
        sentence = str(error)

        def refuse(**_: object) -> bytes:
            raise ImportError(sentence)

        return refuse
    speak: Speak = NanoTTS().speak
    return speak


def main() -> None:
    """Serve the parent at the other end of standard input and output."""
    # uvloop lets a child inherit what asyncio does not: uvicorn's listening socket, for one.
    os.closerange(3, _FILES_MAX)
    # Ctrl-C and a service manager's stop go to the whole group; calls that are still spoken to
    # need this voice until its parent closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The library must not be able to write between our answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers, _library())
    except BrokenPipeError:
        os._exit(0)  # the parent is gone; flushing the rest on the way out would only fail again


if __name__ == "__main__":
    main()
