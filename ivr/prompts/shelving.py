"""Puts on the shelf what a vendor's voice said during calls, so that it is paid for only once.

Told of every take the process makes (``Takes.on_keep``), it takes those that the flow set lists as
sayable and that cost something; whatever else comes is not for disk and is let go. The work is done
in a thread of its own: no call waits for a disk. Built and closed by the server.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from ivr.errors import SettingsError
from ivr.prompts.gate import Refused, examine
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Wanted

BACKLOG_MAX: Final = 100
"""Takes that wait for the disk; more are left to the next build."""

log = logging.getLogger(__name__)


class Shelving:
    """The way from the takes in memory to the shelf."""

    def __init__(self, shelf: Shelf, takes: Iterable[Wanted]) -> None:
        """``takes`` are those a flow set needs; only they can reach the shelf."""
        self._shelf = shelf
        self._wanted: Mapping[TakeKey, Wanted] = {}
        self.expect(takes)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shelf")
        self._room = BoundedSemaphore(BACKLOG_MAX)
        self._broken = False

    def expect(self, takes: Iterable[Wanted]) -> None:
        """Another flow set answers now, and needs these."""
        self._wanted = {each.key: each for each in takes if not each.local}

    def keep(self, key: TakeKey, audio: bytes) -> None:
        """A take was made; returns at once."""
        wanted = self._wanted.get(key)
        if wanted is None or self._broken or not self._room.acquire(blocking=False):
            return
        self._thread.submit(self._put, wanted, audio)

    def close(self) -> None:
        """Write down what is waiting, and end."""
        self._thread.shutdown()

    def _put(self, wanted: Wanted, audio: bytes) -> None:
        try:
            if self._broken:
                return
            judged = examine(audio, wanted.words.text, wanted.pace)
            if isinstance(judged, Refused):
                log.warning("voice %s: a take was not shelved: %s", wanted.spec.name, judged.reason)
            elif self._shelf.find(wanted.key) is None:
                name = wanted.spec.name
                self._shelf.put(Shelved(wanted.key, judged.audio, name, wanted.places))
        except SettingsError as error:
            self._broken = True  # a folder that is read only, as in an image, is told of once
            log.warning("nothing more is shelved: %s", error)
        except Exception:
            log.exception("voice %s: a take was not shelved", wanted.spec.name)
        finally:
            self._room.release()
