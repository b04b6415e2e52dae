"""What is heard outside our streams: by whoever answers a transfer, and by who waits in a queue.

Twilio asks here while a caller is away, at addresses we have signed (``server/addresses``), and
fetches our sounds here; only documents bear Twilio's own signature as well. Sounds are takes and
clips as WAV files of mu-law; a text without a take is said by Twilio's voice. Part of
``server/twilio``, which makes it and adds its routes.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ivr.audio import wav
from ivr.audio.mulaw import SAMPLE_RATE
from ivr.calls.switchboard import Switchboard
from ivr.carriers import twiml, twiml_away, webhook
from ivr.carriers.twiml_away import Heard, Play, Say
from ivr.carriers.webhook import Answered, Form
from ivr.flow.messages import Transfer, Words
from ivr.flow.phrases import Phrase, phrase
from ivr.server.addresses import (
    GOOD_SECONDS,
    Addresses,
    Music,
    T,
    Take,
    Taken,
    TooLong,
    Wait,
    Whisper,
)
from ivr.server.gate import Address, Gate, Refused
from ivr.server.wording import WAIT_PATH, WHISPER_PATH

TAKEN_PATH: Final = "/twilio/taken"
SOUND_PATH: Final = "/twilio/sound"

_STRANGE: Final = "its address is none of ours, or too old"

UPDATE_MS: Final = 45_000
"""How much music is between two words to somebody who waits in a queue (LANGUAGE.md §2.10)."""
SOUND_BYTES_MAX: Final = 600 * SAMPLE_RATE
"""Ten minutes: no sound we serve is longer."""

Handler = Callable[[Request, Address, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)


class Aside:
    """The routes Twilio asks while a caller is away."""

    def __init__(self, gate: Gate, switchboard: Switchboard, addresses: Addresses) -> None:
        self._gate = gate
        self._switchboard = switchboard
        self._addresses = addresses

    def routes(self, webhook: Callable[[Handler], Endpoint]) -> list[BaseRoute]:
        """All of them; ``webhook`` lets only Twilio in."""
        documents = {WHISPER_PATH: self._whisper, TAKEN_PATH: self._taken, WAIT_PATH: self._wait}
        return [
            *(
                Route(path + "/{token}", webhook(handler), methods=["GET", "POST"])
                for path, handler in documents.items()
            ),
            Route(SOUND_PATH + "/{token}", self._sound, methods=["GET"]),
        ]

    # ----------------------------------------------------------------------- who answers

    async def _whisper(self, request: Request, address: Address, form: Form) -> Response:
        """Somebody has answered: what are they told?"""
        asked = self._read(Whisper, request)
        _same_call(asked.call, webhook.answered(form))
        leg = await self._switchboard.leg(asked.call, asked.number)
        if not isinstance(leg, Transfer):
            # Nobody knows the call any more. Whoever was to take it with a key does not get it.
            log.warning(
                "call %s: somebody answered, and nothing is known of the transfer", asked.call
            )
            return _xml(twiml.hang_up() if asked.accept else twiml_away.go_ahead())
        heard = self._heard(leg.whisper, address)
        accept_url = None
        if asked.accept:
            token = self._addresses.sign(Taken(asked.call, asked.number, asked.accept))
            accept_url = f"{address.web}{TAKEN_PATH}/{token}"
        return _xml(twiml_away.whisper(heard, accept_url=accept_url))

    async def _taken(self, request: Request, address: Address, form: Form) -> Response:
        """Whoever answered has pressed a key."""
        asked = self._read(Taken, request)
        answered = webhook.answered(form)
        _same_call(asked.call, answered)
        if answered.over or answered.digits != asked.accept:
            return _xml(twiml.hang_up())
        self._switchboard.taken(asked.call, asked.number)
        return _xml(twiml_away.go_ahead())

    # ----------------------------------------------------------------------- who waits

    async def _wait(self, request: Request, address: Address, form: Form) -> Response:
        """A caller waits: what do they hear for the next while?"""
        wait = self._read(Wait, request)
        # Where Twilio does not say how long it was, what was heard tells.
        waited_ms = max(webhook.waiting(form).seconds * 1000, wait.heard_ms)
        left_ms = wait.limit_ms - waited_ms
        if left_ms <= 0:
            return _xml(twiml_away.leave_queue())
        heard: list[Heard] = []
        if wait.heard_ms:
            text = phrase(Phrase.STILL_HERE, wait.language)
            still = Words(text, wait.language, wait.voice, fixed=True)
            heard += self._heard([still], address)
        for_ms = min(UPDATE_MS, left_ms)
        heard.append(self._play(Music(wait.hold, wait.heard_ms, for_ms), address))
        again = self._addresses.sign(replace(wait, heard_ms=wait.heard_ms + for_ms))
        return _xml(twiml_away.waiting(heard, again_url=f"{address.web}{WAIT_PATH}/{again}"))

    # ----------------------------------------------------------------------- sounds

    def _heard(self, words: Sequence[Words], address: Address) -> list[Heard]:
        """Texts as they are heard: in our voice where there is a take, in Twilio's otherwise."""
        found: list[Heard] = []
        studio = self._switchboard.stage.studio
        for each in words:
            if studio.take(each) is not None:
                try:
                    take = Take(each.voice, each.language, each.text)
                    found.append(self._play(take, address))
                    continue
                except TooLong:
                    log.info("a text is too long for an address; Twilio's voice says it")
            found.append(Say(each.text, each.language))
        return found

    def _play(self, sound: Take | Music, address: Address) -> Play:
        return Play(f"{address.web}{SOUND_PATH}/{self._addresses.sign(sound)}.wav")

    async def _sound(self, request: Request) -> Response:
        """A sound, for whoever has an address we made; the carrier signs no such request."""
        try:
            self._gate.admit_anybody(request)
            audio = self._audio(request.path_params["token"].removesuffix(".wav"))
        except Refused as refused:
            return PlainTextResponse("refused\n", status_code=refused.status)
        if audio is None:
            return PlainTextResponse("there is no such sound any more\n", status_code=404)
        headers = {"Cache-Control": f"public, max-age={GOOD_SECONDS}, immutable"}
        whole = wav.write_mulaw(audio[:SOUND_BYTES_MAX])
        return Response(whole, media_type="audio/wav", headers=headers)

    def _audio(self, token: str) -> bytes | None:
        """The sound of an address of ours, as raw mu-law; None where it is gone."""
        studio = self._switchboard.stage.studio
        if (take := self._addresses.read(Take, token)) is not None:
            return studio.take(Words(take.text, take.language, take.voice, fixed=True))
        if (music := self._addresses.read(Music, token)) is not None:
            return studio.music(music.file, music.from_ms, min(music.ms, UPDATE_MS))
        raise Refused(403, _STRANGE)

    def _read(self, kind: type[T], request: Request) -> T:
        """What the address is for; :class:`Refused` for one we did not make."""
        thing = self._addresses.read(kind, request.path_params["token"])
        if thing is None:
            raise Refused(403, _STRANGE)
        return thing


def _same_call(call: str, answered: Answered) -> None:
    """Whoever answered was rung for this call; Twilio may leave its parent out."""
    if answered.parent_sid and answered.parent_sid != call:
        raise Refused(403, "it is of another call than its address")


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
