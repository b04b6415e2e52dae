"""The keyboard as a telephone's keypad, while a call lasts.

Keys arrive as they are pressed, without Enter. The terminal is as it was afterwards, however the
program ends. Without a terminal there is no keyboard, and nothing happens. Used by ``ivr call``.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable
from typing import Any, TextIO

KEYPAD = frozenset("0123456789*#")
HANG_UP = frozenset("hHqQ\x04")
"""Ctrl-D among them; Ctrl-C is a signal, see ``ivr call``."""
READ_BYTES_MAX = 64
ESCAPE = b"\x1b"


class Keyboard:
    """A context: inside it, keys call ``press``, and h, q or Ctrl-D call ``hang_up``."""

    def __init__(
        self,
        press: Callable[[str], None],
        hang_up: Callable[[], None],
        *,
        stream: TextIO | None = None,
    ) -> None:
        self._press = press
        self._hang_up = hang_up
        self._stream = stream if stream is not None else sys.stdin
        self._fd: int | None = None
        self._before: list[Any] = []

    @property
    def works(self) -> bool:
        """Whether there is a terminal to read keys from."""
        return not self._stream.closed and self._stream.isatty()

    def __enter__(self) -> Keyboard:
        if self.works:
            self._fd = self._stream.fileno()
            self._before = termios.tcgetattr(self._fd)
            atexit.register(self._restore)
            tty.setcbreak(self._fd)
            loop = asyncio.get_running_loop()
            loop.add_reader(self._fd, self._read)
            # Who suspends the program and comes back finds the keyboard as it was.
            loop.add_signal_handler(signal.SIGCONT, tty.setcbreak, self._fd)
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.remove_signal_handler(signal.SIGCONT)
            self._restore()
            atexit.unregister(self._restore)
            self._fd = None

    def _restore(self) -> None:
        if self._fd is not None:
            with contextlib.suppress(termios.error):  # the terminal itself is gone
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        assert self._fd is not None
        try:
            data = os.read(self._fd, READ_BYTES_MAX)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._hang_up()
        elif not data.startswith(ESCAPE):  # arrows and the like have digits in them
            for key in data.decode("ascii", "replace"):
                if key in HANG_UP:
                    self._hang_up()
                elif key in KEYPAD:
                    self._press(key)
