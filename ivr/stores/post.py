"""The post: carries parcels from the outbox to whoever takes them, and tries again until they do.

One task for each kind of parcel, so that a mail server that is down holds up nobody's events. What
was handed over is told to the outbox and never sent again; what nobody took comes again after a
pause that grows, and after :data:`TRIES_MAX` tries it is stuck until a person looks at it
(``ivr outbox``). A process that dies between handing over and writing that down sends the same
parcel again, with the same id. Part of the server's lifespan; senders are in ``ivr.outside``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, assert_never

import msgspec

from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sender, Sent
from ivr.stores.backlog import FLUSH_SECONDS, Backlog, Spelling
from ivr.stores.base import Outbox, StoreError

PAUSES_S: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200)
"""Before the second try and each further one; all of them together are about 28 hours."""
TRIES_MAX: Final = len(PAUSES_S) + 1
JITTER: Final = 0.2
"""Of a pause, more or less, so that not everything comes again at the same moment."""
ASKED_PAUSE_S_MAX: Final = 3_600
"""As long as the other side may ask us to wait."""
SEND_SECONDS_MAX: Final = 60
"""For one try, whatever the sender itself allows; shorter than the outbox's loan."""
BATCH: Final = 8
"""Parcels of one kind at once."""
POLL_SECONDS: Final = 60
"""Between two looks at what other processes have put there or brought back."""

log = logging.getLogger(__name__)


def _utc() -> datetime:
    return datetime.now(UTC)


class Post:
    """Carries parcels; ``run`` is its task."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        *,
        folder: Path | None = None,
        wall_clock: Callable[[], datetime] = _utc,
        random: Random | None = None,
    ) -> None:
        """``senders`` by kind. ``folder`` is where parcels go that the store would not take."""
        self.waiting = 0
        """Parcels that are yet to be sent, as far as this process has heard."""
        self.stuck = 0
        """Parcels that were given up: a person should look at them."""
        self.backlog = Backlog("parcels", self._put, Spelling(_spell, _read), folder)
        self._outbox = outbox
        self._senders = senders
        self._wall_clock = wall_clock
        self._random = random or Random()
        self._wakes = {kind: asyncio.Event() for kind in senders}
        self._handed_over: set[str] = set()
        """Sent, and the outbox does not know it yet."""
        self._closing = False
        self._over = asyncio.Event()

    async def put(self, parcel: Parcel) -> bool:
        """Take a parcel and send it soon; when this returns it is safe.

        False: one with the same call and purpose was taken before. Raises
        :class:`~ivr.stores.base.StoreError`.
        """
        return await self._put(parcel)

    def hand_in(self, parcel: Parcel) -> None:
        """Take a parcel without waiting until it is safe."""
        self.backlog.add(parcel)

    async def _put(self, parcel: Parcel) -> bool:
        put = await self._outbox.put(parcel)
        if put:
            self.waiting += 1
            self.wake(parcel.kind)
        return put

    def wake(self, kind: str) -> None:
        """Something of this kind may be due."""
        if kind in self._wakes:
            self._wakes[kind].set()

    # ----------------------------------------------------------------------- at work

    async def run(self) -> None:
        """Carry parcels until cancelled, or until closed and nothing is under way."""
        self._over.clear()
        try:
            async with asyncio.TaskGroup() as group:
                backlog = group.create_task(self.backlog.run(), name="parcels to the outbox")
                async with asyncio.TaskGroup() as carriers:
                    for kind, sender in self._senders.items():
                        carriers.create_task(self._carry(kind, sender), name=f"post: {kind}")
                backlog.cancel()
        finally:
            self._over.set()

    async def aclose(self, seconds: float = FLUSH_SECONDS) -> None:
        """Write down what was handed in and let what is under way arrive, while ``run`` runs."""
        await self.backlog.aclose(seconds)
        self._closing = True
        for wake in self._wakes.values():
            wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def _carry(self, kind: str, sender: Sender) -> None:
        wake = self._wakes[kind]
        failed = False
        while not self._closing:
            wake.clear()
            try:
                parcels = await self._outbox.due(self._wall_clock(), BATCH, kind)
                async with asyncio.TaskGroup() as group:
                    for parcel in parcels:
                        group.create_task(self._hand_over(parcel, sender))
                self.waiting, self.stuck = await self._outbox.count()
                pause_s = 0.0 if parcels else await self._pause_s(kind)
                failed = False
            except StoreError as error:
                if not failed:
                    log.error("the outbox cannot be read, so nothing is sent: %s", error)
                failed, pause_s = True, POLL_SECONDS
            except Exception:
                # It must not cost anybody a call.
                log.exception("the post stumbled over a fault of ours; it goes on")
                pause_s = POLL_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await wake.wait()

    async def _pause_s(self, kind: str) -> float:
        """Until something of this kind is due, as far as anybody knows."""
        due = await self._outbox.next_due(kind)
        if due is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (due - self._wall_clock()).total_seconds()))

    async def _hand_over(self, parcel: Parcel, sender: Sender) -> None:
        delivery: Delivery = Sent()
        if parcel.id not in self._handed_over:
            delivery = await self._try(parcel, sender)
        if isinstance(delivery, Sent):
            self._handed_over.add(parcel.id)
        try:
            await self._write_down(parcel, delivery)
        except StoreError as error:
            # It comes back when its loan is over.
            log.error("parcel %s: what became of it is not written yet: %s", parcel.id, error)
        else:
            self._handed_over.discard(parcel.id)

    async def _try(self, parcel: Parcel, sender: Sender) -> Delivery:
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                return await sender(parcel)
        except TimeoutError:
            return Retry(f"it took longer than {SEND_SECONDS_MAX} s")
        except Exception:
            log.exception("parcel %s: its sender broke", parcel.id)
            return Retry("it broke by a fault of ours")

    async def _write_down(self, parcel: Parcel, delivery: Delivery) -> None:
        match delivery:
            case Sent():
                await self._outbox.sent(parcel.id)
            case Retry(problem, after_s) if parcel.tries < len(PAUSES_S):
                pause_s = PAUSES_S[parcel.tries] * self._random.uniform(1 - JITTER, 1 + JITTER)
                if after_s is not None:
                    pause_s = max(pause_s, min(after_s, ASKED_PAUSE_S_MAX))
                again_at = self._wall_clock() + timedelta(seconds=pause_s)
                await self._outbox.failed(parcel.id, problem, again_at)
                if parcel.tries == 0:
                    log.warning("%s is not sent yet: %s", _named(parcel), problem)
            case Retry(problem) | Hopeless(problem):
                await self._outbox.gave_up(parcel.id, problem)
                log.error(
                    "%s is stuck: %s; ivr outbox retry %s sends it again",
                    *(_named(parcel), problem, parcel.id),
                )
            case _:
                assert_never(delivery)


def _named(parcel: Parcel) -> str:
    return f"{parcel.kind} {parcel.id} of call {parcel.call}"


# --------------------------------------------------------------------------- as lines


class _Line(msgspec.Struct):
    """A parcel that waits in a file."""

    call: str
    purpose: str
    kind: str
    payload: bytes
    id: str


def _spell(parcel: Parcel) -> bytes:
    return msgspec.json.encode(
        _Line(parcel.call, parcel.purpose, parcel.kind, parcel.payload, parcel.id)
    )


def _read(line: bytes) -> Parcel:
    # A DecodeError is a ValueError.
    found = msgspec.json.decode(line, type=_Line)
    return Parcel(found.call, found.purpose, found.kind, found.payload, found.id)
