"""Where calls, records and parcels live between processes; ``base`` says what a store is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ivr.errors import SettingsError
from ivr.stores.base import Store
from ivr.stores.sqlite import SqliteStore

FILE: Final = "ivr.sqlite3"
"""Within the store's folder."""


def open_store(url_or_folder: str) -> Store:
    """The store that is meant; nothing is opened before ``async with``.

    A folder holds the store as one file, ``ivr.sqlite3``; ``postgresql://…`` is a database. Raises
    :class:`~ivr.errors.SettingsError` for a URL nobody here can open.
    """
    scheme, separator, _ = url_or_folder.partition("://")
    if not separator:
        return SqliteStore(Path(url_or_folder) / FILE)
    if scheme not in ("postgresql", "postgres"):
        raise SettingsError(
            f"IVR_STORE is an address of the kind {scheme}, which ivr cannot open: name a folder, "
            "or a database as postgresql://user:password@host/database"
        )
    try:
        from ivr.stores.postgres import PostgresStore
    except ModuleNotFoundError:
        raise SettingsError(
            "IVR_STORE names a PostgreSQL database, which needs the extra postgres: "
            "pip install 'ivr[postgres]'"
        ) from None
    return PostgresStore(url_or_folder)


__all__ = ["FILE", "open_store"]
