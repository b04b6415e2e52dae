"""The database the tests of this folder have stores in."""

from __future__ import annotations

import asyncpg

from ivr.stores import open_store
from ivr.stores.base import Store
from tests.postgres.server import Server

TABLES = ("calls", "records", "parcels", "intentions")


class Database:
    """An empty database of the server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def store(self) -> Store:
        return open_store(self.server.url)

    def everything(self) -> bytes:
        """Every byte in the files of the tables, asked for while a loop is running."""
        files = (path for path in (self.server.data / "base").rglob("*") if path.is_file())
        return b"".join(path.read_bytes() for path in files)


async def asked(server: Server, *statements: str) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
