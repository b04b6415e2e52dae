"""What vendors let us in with: keys and addresses, from the operator's environment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """Keys and addresses of the vendors; a key is in no ``repr``."""

    elevenlabs_key: str | None = field(default=None, repr=False)
    elevenlabs_url: str | None = None
    """Another address than the vendor's own: a region, or a server that speaks its protocol."""
