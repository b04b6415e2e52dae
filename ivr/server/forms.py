"""Reading a webhook's form: small, whole and soon, or not at all.

Called by ``server/twilio``. Fields are decoded as Twilio signs them: blank values and repeated
names stay, nothing is trimmed.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

from ivr.carriers.webhook import Form
from ivr.server.gate import Refused

BODY_BYTES_MAX: Final = 65_536
"""Twilio's forms have one or two thousand."""
BODY_SECONDS_MAX: Final = 5.0
FIELDS_MAX: Final = 500


async def read_body(request: Request) -> bytes:
    """The body of a POST; :class:`Refused` when it is too long or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise Refused(413, f"its body is longer than {BODY_BYTES_MAX} bytes")
    except TimeoutError:
        raise Refused(408, f"its body took longer than {BODY_SECONDS_MAX:g} seconds") from None
    except ClientDisconnect:
        raise Refused(400, "it was broken off") from None
    return bytes(body)


def fields(encoded: bytes) -> Form:
    """Decode ``application/x-www-form-urlencoded``, of a body or a query."""
    try:
        return parse_qs(
            encoded.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS_MAX
        )
    except ValueError:
        raise Refused(400, f"it has more than {FIELDS_MAX} fields") from None
