"""A socket from its upgrade request to its end: who may come in, and how the others are told.

A wrong key is refused at the handshake or, where the vendor is told so, after it; a wrong model,
format or number always at the handshake; a voice that does not exist only after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from ivr.fakes.elevenlabs import query
from ivr.fakes.elevenlabs.catalogue import Voice
from ivr.fakes.elevenlabs.conversation import Conversation, Dialogue, HangUp
from ivr.fakes.elevenlabs.faults import Place
from ivr.fakes.elevenlabs.multi_stream import MultiStream
from ivr.fakes.elevenlabs.stream_input import StreamInput
from ivr.fakes.elevenlabs.wire import Refusal
from ivr.fakes.elevenlabs.witness import Asked, Code
from ivr.fakes.elevenlabs.works import Entry, Works, not_admitted

SINGLE: Final = "stream-input"
MULTI: Final = "multi-stream-input"
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
CLOSE_SECONDS: Final = 1.0
"""How long a client may take to answer a close frame."""

_REFUSED_UPGRADES: Mapping[str, tuple[int, str, str]] = {
    "handshake_403": (403, "feature_not_available", "Access to this socket is denied."),
    "handshake_429": (429, "rate_limit_exceeded", "Too many connections."),
    "handshake_503": (503, "service_unavailable", "The service is unavailable."),
}


async def talk(
    works: Works,
    request: web.Request,
    asked: Asked,
    headers: Mapping[str, str],
    live: set[Conversation],
) -> web.WebSocketResponse:
    """Shake hands and talk until the socket has ended. Raises ``Refusal`` instead of a socket."""
    await asyncio.sleep(works.handshake_ms / 1000)
    place = Place(socket=works.number(asked))
    if works.faults.strikes("handshake_timeout", place):
        await works.closing.wait()
        raise Refusal(503, "service_unavailable", "The fake vendor is closing.")
    for name, refusal in _REFUSED_UPGRADES.items():
        if works.faults.strikes(name, place):
            raise Refusal(*refusal)

    def report(code: Code, detail: str) -> None:
        works.witness.violation(asked, code, detail)

    entry = works.account.enter(request.headers, request.query)
    if entry is Entry.REFUSED:
        report(Code.BAD_KEY, entry.value)
        if not works.accepts_first:
            raise Refusal(403, "invalid_api_key", "Invalid API key")
    pinned = query.socket_query(request.query, report)
    voice, unheard_of = _voice(works, asked.voice or "")
    if voice is None:
        report(Code.UNKNOWN_VOICE, asked.voice or "")

    ws = web.WebSocketResponse(timeout=CLOSE_SECONDS, max_msg_size=MESSAGE_BYTES_MAX)
    ws.headers.update(headers)
    await ws.prepare(request)
    asked.status = ws.status
    works.witness.changed()
    line = Conversation(works, asked, pinned, voice, request.transport)
    opened_at = asyncio.get_running_loop().time()

    def dialogue() -> Dialogue:
        kind = MultiStream if asked.kind == MULTI else StreamInput
        return kind(line, opened_at)

    end: HangUp | None = None
    if entry is Entry.REFUSED:
        end = line.failure(not_admitted(entry).message, not_admitted(entry).code)
    elif unheard_of is not None:
        end = line.failure(*unheard_of)
    live.add(line)
    try:
        await line.run(ws, entry, end, dialogue)
    finally:
        live.discard(line)
    return ws


def _voice(works: Works, id: str) -> tuple[Voice | None, tuple[str, str] | None]:
    """The voice, or the message and code it is missed with."""
    try:
        return works.account.voice(id), None
    except Refusal as refusal:
        missing = refusal.code == "voice_not_found"
        return None, (refusal.message, "voice_id_does_not_exist" if missing else refusal.code)
