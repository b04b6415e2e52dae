"""Who may use the studio of a real line: one name, and the hash of one password.

``IVR_STUDIO_LOGIN`` is ``name:scrypt:N:r:p$salt$hash``, salt and hash in hexadecimal, made by ``ivr
dev --make-login NAME``. The password itself is nowhere. scrypt is meant to be slow (50 ms, 16 MB),
so it runs in a thread, one at a time, and what was right once is remembered as a digest.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Final, Self

from ivr.errors import SettingsError

VARIABLE: Final = "IVR_STUDIO_LOGIN"
COST, BLOCK, PARALLEL = 16_384, 8, 1
"""N, r and p: RFC 7914's figures for interactive logins."""
COST_MAX: Final = 1 << 18
MEMORY_BYTES_MAX: Final = 512 * 1024 * 1024
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16
PASSWORD_CHARS_MAX: Final = 256

_WRITTEN = re.compile(
    r"([^:\s]{1,64}):scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2})\$([0-9a-f]{16,128})\$([0-9a-f]{32,128})"
)


class Login:
    """One name and one password."""

    def __init__(self, user: str, cost: tuple[int, int, int], salt: bytes, hashed: bytes) -> None:
        self._user = user
        self._cost = cost
        self._salt = salt
        self._hash = hashed
        self._known: bytes | None = None
        self._turn = asyncio.Lock()

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read the variable; :class:`~ivr.errors.SettingsError`, without its value."""
        found = _WRITTEN.fullmatch(written)
        cost = (0, 0, 0) if found is None else (int(found[2]), int(found[3]), int(found[4]))
        n = cost[0]
        if found is None or not 1 < n <= COST_MAX or n & (n - 1) or not (cost[1] and cost[2]):
            raise SettingsError(
                f"{VARIABLE} must be what  ivr dev --make-login NAME  prints: "
                "name:scrypt:16384:8:1$salt$hash"
            )
        return cls(found[1], cost, bytes.fromhex(found[5]), bytes.fromhex(found[6]))

    async def admits(self, authorization: str | None) -> bool:
        """Whether an ``Authorization: Basic`` header names both."""
        given = _basic(authorization or "")
        if given is None:
            return False
        digest = hashlib.sha256(f"{given[0]}\0{given[1]}".encode()).digest()
        if self._known is not None and hmac.compare_digest(digest, self._known):
            return True
        async with self._turn:
            hashed = await asyncio.to_thread(
                _hashed, given[1], self._salt, self._cost, len(self._hash)
            )
        right = hmac.compare_digest(hashed, self._hash)
        if not (hmac.compare_digest(given[0].encode(), self._user.encode()) and right):
            return False
        self._known = digest
        return True


def make_login(user: str, password: str) -> str:
    """What the variable is to be set to. Raises ``ValueError`` for a name that cannot be."""
    if not re.fullmatch(r"[^:\s]{1,64}", user):
        raise ValueError("a name of the studio has no colon and no space")
    salt = secrets.token_bytes(SALT_BYTES)
    cost = (COST, BLOCK, PARALLEL)
    hashed = _hashed(password, salt, cost, HASH_BYTES)
    return f"{user}:scrypt:{COST}:{BLOCK}:{PARALLEL}${salt.hex()}${hashed.hex()}"


def _hashed(password: str, salt: bytes, cost: tuple[int, int, int], size: int) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=MEMORY_BYTES_MAX, dklen=size
    )


def _basic(header: str) -> tuple[str, str] | None:
    """Name and password of a header (RFC 7617)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > 4 * PASSWORD_CHARS_MAX:
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon and len(password) <= PASSWORD_CHARS_MAX else None
