"""An editor in a few lines: speaks the Language Server Protocol with yaml-language-server.

Over standard input and output, one message after the other; what the server sends in between is
kept. Used by the tests beside it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ANSWER_SECONDS_MAX = 30.0


@dataclass(slots=True)
class Editor:
    """A running language server and the files that are open in it."""

    process: asyncio.subprocess.Process
    folder: Path
    diagnostics: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By file, the latest that were told."""
    _number: int = 0

    @classmethod
    async def open(cls, server: Path, folder: Path) -> Self:
        """Start the server on a folder."""
        process = await asyncio.create_subprocess_exec(
            "node",
            str(server),
            "--stdio",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1 << 24,
        )
        editor = cls(process, folder)
        await editor.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "capabilities": {
                    "textDocument": {
                        "completion": {
                            "completionItem": {
                                "snippetSupport": True,
                                "documentationFormat": ["markdown"],
                            }
                        },
                        "hover": {"contentFormat": ["markdown"]},
                    },
                    "workspace": {"configuration": True},
                },
            },
        )
        await editor.tell("initialized", {})
        return editor

    async def close(self) -> None:
        """End the server."""
        self.process.terminate()
        await self.process.wait()
        # The loop would close the pipes only after its own end.
        self.process._transport.close()  # type: ignore[attr-defined]

    async def show(self, name: str, text: str) -> list[dict[str, Any]]:
        """Open a file, and wait for what the server has to say about it."""
        uri = self._uri(name)
        self.diagnostics.pop(uri, None)
        await self.tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}},
        )
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while uri not in self.diagnostics:
                await self._take()
        return self.diagnostics[uri]

    async def complete(self, name: str, line: int, column: int) -> list[dict[str, Any]]:
        """What is offered at a place; lines and columns count from 0."""
        answer = await self.ask("textDocument/completion", self._place(name, line, column))
        items: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
        return items

    async def hover(self, name: str, line: int, column: int) -> str:
        """What is shown at a place."""
        answer = await self.ask("textDocument/hover", self._place(name, line, column))
        return str(answer["contents"]["value"]) if answer else ""

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request, and wait for its answer."""
        self._number += 1
        number = self._number
        await self._send({"id": number, "method": method, "params": params})
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while True:
                message = await self._take()
                if message.get("id") == number and "method" not in message:
                    assert "error" not in message, message["error"]
                    return message["result"]

    async def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification."""
        await self._send({"method": method, "params": params})

    # ------------------------------------------------------------------ messages

    async def _take(self) -> dict[str, Any]:
        """The next message; requests of the server are answered, diagnostics kept."""
        message = await self._read()
        match message.get("method"):
            case "textDocument/publishDiagnostics":
                params = message["params"]
                self.diagnostics[params["uri"]] = params["diagnostics"]
            case "workspace/configuration":
                result = [_settings(item.get("section")) for item in message["params"]["items"]]
                await self._send({"id": message["id"], "result": result})
            case str() if "id" in message:
                await self._send({"id": message["id"], "result": None})
        return message

    async def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := (await self.process.stdout.readline()).strip():
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(await self.process.stdout.readexactly(length))
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        await self.process.stdin.drain()

    def _uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def _place(self, name: str, line: int, column: int) -> dict[str, Any]:
        return {
            "textDocument": {"uri": self._uri(name)},
            "position": {"line": line, "character": column},
        }


def _settings(section: str | None) -> Any:
    """What an editor is set to: everything as it comes, and nothing from the network."""
    if section == "yaml":
        return {
            "validate": True,
            "hover": True,
            "completion": True,
            "schemaStore": {"enable": False},
        }
    return {} if section in ("http", "[yaml]", "editor", "files") else None
