"""Playing through programs: small real ones that take what a player would."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.audio import mulaw
from ivr.cli import player
from ivr.cli.player import BACKLOG_MS_MAX, MULAW, PCM16, Player, find_player

PATIENCE_S = 10
GONE = (MULAW, ("no-such-player-anywhere",))
GIVES_UP = (MULAW, ("sh", "-c", "exit 1"))
DEAF = (MULAW, ("sh", "-c", "exec sleep 60"))


def writes(file: Path) -> tuple[str, ...]:
    return ("sh", "-c", f"exec cat > '{file}'")


def ends_with(file: Path, wanted: bytes) -> bool:
    return file.exists() and file.read_bytes().endswith(wanted)


async def arrives(file: Path, wanted: bytes) -> None:
    """Wait until the file ends with this."""
    async with asyncio.timeout(PATIENCE_S):
        loop = asyncio.get_running_loop()
        while not ends_with(file, wanted):
            turn = loop.create_future()
            loop.call_later(0.01, turn.set_result, None)
            await turn


def test_the_first_player_that_is_there_and_stays_alive_plays(tmp_path: Path) -> None:
    file = tmp_path / "heard"

    async def work() -> None:
        player = await find_player((GONE, GIVES_UP, (MULAW, writes(file)), DEAF))
        assert player is not None
        assert player.name == "sh"
        player.hear(b"\x10" * 160)
        player.hear(b"\x20" * 160)
        await arrives(file, b"\x10" * 160 + b"\x20" * 160)
        await player.aclose()
        await player.aclose()

    asyncio.run(work())


def test_a_player_of_samples_gets_samples(tmp_path: Path) -> None:
    file = tmp_path / "heard"

    async def work() -> None:
        player = await find_player(((PCM16, writes(file)),))
        assert player is not None
        player.hear(b"\x10" * 160)
        await arrives(file, mulaw.decode(b"\x10" * 160))
        await player.aclose()

    asyncio.run(work())


def test_a_player_plays_what_it_was_given_before_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "heard"
    slow = (MULAW, ("sh", "-c", f"sleep 0.4; exec cat > '{file}'"))
    monkeypatch.setattr(player, "FINISH_S", 5)

    async def work() -> None:
        started = await find_player((slow,))
        assert started is not None
        started.hear(b"\x10" * 160)
        await started.finish()

    asyncio.run(work())
    assert file.read_bytes().endswith(b"\x10" * 160)


def test_a_player_that_never_finishes_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        started = await find_player((DEAF,))
        assert started is not None
        await started.finish()
        started.hear(b"\x10" * 160)
        assert started.backlog_ms == 0

    monkeypatch.setattr(player, "FINISH_S", 0.05)
    asyncio.run(work())


def test_where_no_player_works_there_is_none() -> None:
    assert asyncio.run(find_player((GONE, GIVES_UP))) is None


def test_a_player_that_is_behind_hears_the_newest_later_rather_than_everything() -> None:
    async def work() -> None:
        player = await find_player((DEAF,))
        assert player is not None
        for _ in range(200):
            player.hear(b"\x10" * 1600)  # forty seconds; the pipe itself takes about eight
        assert player.backlog_ms <= BACKLOG_MS_MAX + 200
        await player.aclose()

    asyncio.run(work())


def test_a_player_that_died_is_played_to_no_more(tmp_path: Path) -> None:
    async def work() -> None:
        player: Player | None = await find_player(((MULAW, writes(tmp_path / "heard")),))
        assert player is not None
        await player.aclose()
        player.hear(b"\x10" * 160)
        assert player.backlog_ms == 0

    asyncio.run(work())
