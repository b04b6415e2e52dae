"""Spanish, French, German and Italian, by py-nanotts in a child process (``nano_child``).

One child serves all calls, one sentence after the other (about 20 ms each). When it dies it is
started again, when it hangs it is killed and replaced, and when an asker leaves in the middle its
answer is read and dropped before the next is asked for. No task of its own: whoever asks does the
work. Used by the embedded voice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path

from ivr.errors import VoiceError

RATE = 16_000
VOICES = {"de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR", "it": "it-IT"}
"""Its voice for each language; British English has its own."""
ANSWER_SECONDS_MAX = 3.0
"""For one sentence: thirty times what the longest takes. Then the child hangs."""
CLOSE_SECONDS_MAX = 2.0
ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""More than eight minutes of audio: no sentence is so long."""

_COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("nano_child.py")))
_VOLUME = 0.4
"""At 1, its own default, it clips (a thousand samples in a sentence of four seconds)."""
_PAUSED = str.maketrans("<>", "  ")
"""It takes what stands between these for markup, and would obey a caller's name."""
_LENGTH = struct.Struct(">I")
_ANSWER = struct.Struct(">cI")
_ATTEMPTS_MAX = 2
_INHERITED = frozenset(
    {
        *("PATH", "LANG", "LC_ALL", "SYSTEMROOT"),
        *("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    }
)
"""The child needs to find its library; it needs none of our secrets."""


class _Broken(Exception):
    """The child ended, or said something that is no answer."""


class Nano:
    """The child and the order at its door."""

    def __init__(
        self,
        command: Sequence[str] = _COMMAND,
        *,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> None:
        self._command = tuple(command)
        self._answer_seconds_max = answer_seconds_max
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False
        self._owed = 0
        """Answers still to come for askers who left."""
        self._header = b""
        """Of an answer whose body is still to come."""

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the child, which is ready a tenth of a second later; VoiceError if it cannot be."""
        async with self._turn:
            await self._running()

    async def say(self, text: str, *, voice: str, speed: float) -> bytes:
        """Say one sentence, as 16-bit samples at RATE; of a text it cannot read nothing.

        Raises VoiceError when the child says it cannot, dies twice over this text, or hangs.
        """
        body = json.dumps(
            {
                "text": text.translate(_PAUSED),
                "voice": voice,
                "speed": speed,
                "volume": _VOLUME,
            }
        ).encode()
        async with self._turn:
            await self._catch_up()
            for attempt in range(1, _ATTEMPTS_MAX + 1):
                try:
                    return await self._ask(_LENGTH.pack(len(body)) + body)
                except _Broken as error:
                    await self._end()
                    # Once may be chance (the system killed it while it was idle); twice is not.
                    if attempt == _ATTEMPTS_MAX:
                        raise VoiceError(f"the voice's process {error}", retryable=False) from None
        raise AssertionError("unreachable")

    async def aclose(self) -> None:
        """End the child for good; what is being said is lost. May be called twice."""
        self._closed = True
        await self._end()

    async def _ask(self, request: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None
        try:
            async with asyncio.timeout(self._answer_seconds_max):
                self._owed += 1
                process.stdin.write(request)
                await process.stdin.drain()
                kind, body = await self._next_answer(process)
        except TimeoutError:
            await self._end()
            seconds = self._answer_seconds_max
            raise VoiceError(
                f"the voice's process took more than {seconds:g} s", retryable=False
            ) from None
        except OSError:
            raise _Broken("ended") from None
        if kind == b"A":
            return body
        raise VoiceError(body.decode(errors="replace"), retryable=False)

    async def _catch_up(self) -> None:
        """Read and drop the answers of askers who left, or start afresh where that fails."""
        if self._process is None or not self._owed:
            return
        try:
            async with asyncio.timeout(self._answer_seconds_max):
                while self._owed:
                    await self._next_answer(self._process)
        except (TimeoutError, _Broken):
            await self._end()

    async def _next_answer(self, process: Process) -> tuple[bytes, bytes]:
        """Read one answer. Cancelled in the middle, the next call reads on where it was."""
        assert process.stdout is not None
        try:
            if not self._header:
                self._header = await process.stdout.readexactly(_ANSWER.size)
            kind, length = _ANSWER.unpack(self._header)
            if kind not in (b"A", b"E") or length > ANSWER_BYTES_MAX:
                raise _Broken("said something that is no answer")
            body = await process.stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            raise _Broken("ended") from None
        self._header = b""
        self._owed -= 1
        return kind, body

    async def _running(self) -> Process:
        """The child, started if there is none."""
        if self._closed:
            raise VoiceError("the voice is closed", retryable=False)
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._end()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={name: value for name, value in os.environ.items() if name in _INHERITED},
            )
        except OSError as error:
            raise VoiceError(
                f"the voice's process does not start: {error.strerror}", retryable=True
            ) from None
        return self._process

    async def _end(self) -> None:
        """Kill the child, if there is one, and forget what it owes."""
        process, self._process = self._process, None
        self._owed, self._header = 0, b""
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await process.wait()
