"""``ivr messages``: what callers left in the mailboxes, listed, played, copied and deleted.

Reads the files that ``ivr.stores.messages`` keeps in the store, and nothing else; a server need not
run. Whoever plays a message has heard it: it is new no longer.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.cli.player import Player, find_player
from ivr.cli.ring import console
from ivr.errors import SettingsError
from ivr.settings import Settings
from ivr.stores.messages import Message, Messages, box_name

LAST: Final = "last"
NAMED_MAX: Final = 5
"""Messages named in an error about an id that fits several."""
PIECE_MS: Final = 100
"""Given to a player at a time."""
NEW: Final = "●"

_STORE = click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The folder of the store.  [default: IVR_STORE or var]",
)


@click.group(context_settings={"max_content_width": 100}, invoke_without_command=True)
@_STORE
@click.pass_context
def command(ctx: click.Context, store: Path | None) -> None:
    """Listen to what callers left in the mailboxes, and clear it away.

    Without a command the messages are listed, mailbox by mailbox, the newest first.
    """
    ctx.obj = store
    if ctx.invoked_subcommand is None:
        _list(_messages(store), None)


@command.command("list")
@click.argument("mailbox", required=False)
@_STORE
@click.pass_obj
def list_messages(outer: Path | None, mailbox: str | None, store: Path | None) -> None:
    """List the messages, of one MAILBOX or of all; ● is new."""
    _list(_messages(store or outer), mailbox)


@command.command("play")
@click.argument("message", metavar="[ID]", default=LAST)
@_STORE
@click.pass_obj
def play(outer: Path | None, message: str, store: Path | None) -> None:
    """Play a message; ID may be the beginning of one, or last (the default)."""
    kept = _messages(store or outer)
    found = _find(kept, message)
    path = kept.sound_of(found)
    console().print(_row(found), soft_wrap=True)
    name = asyncio.run(_play(_read(path)))
    if name is None:
        click.echo(f"no player works here; the sound is {path}")
        return
    kept.mark(found, heard=True)


@command.command("export")
@click.argument("what", metavar="ID|MAILBOX")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@_STORE
@click.pass_obj
def export(outer: Path | None, what: str, folder: Path, store: Path | None) -> None:
    """Copy a message, or a whole mailbox, into a folder: WAV files with telling names."""
    kept = _messages(store or outer)
    chosen = kept.all(what) or [_find(kept, what)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for message in chosen:
            target = folder / _file_name(message)
            shutil.copyfile(kept.sound_of(message), target)
            click.echo(target)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written: {error.strerror}") from None


@command.command("delete")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@_STORE
@click.pass_obj
def delete(outer: Path | None, ids: tuple[str, ...], store: Path | None) -> None:
    """Delete messages for good."""
    kept = _messages(store or outer)
    # All are found before the first is gone: a slip of the pen deletes nothing.
    chosen = [_find(kept, each) for each in ids]
    for message in chosen:
        kept.delete(message)
        click.echo(f"deleted {message.id}, {_length(message)} from {_caller(message)}")


# --------------------------------------------------------------------------- finding


def _messages(store: Path | None) -> Messages:
    settings = Settings.from_environment(os.environ)
    if store is not None:
        settings = replace(settings, store=str(store))
    return Messages(settings.messages_folder)


def _find(kept: Messages, wanted: str) -> Message:
    """The one message that is meant."""
    messages = kept.all()
    if not messages:
        raise _none(kept)
    if wanted == LAST:
        return messages[0]
    meant = [each for each in messages if each.id.startswith(wanted)]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise SettingsError(
            f"there is no message {wanted} in {kept.folder}: ivr messages lists those that are kept"
        )
    some = ", ".join(each.id for each in meant[:NAMED_MAX])
    more = f" and {len(meant) - NAMED_MAX} more" if len(meant) > NAMED_MAX else ""
    raise SettingsError(f"{wanted} is the beginning of {some}{more}: give more of the id")


def _none(kept: Messages) -> SettingsError:
    return SettingsError(
        f"there are no messages in {kept.folder}: they appear there when callers have left some; "
        "name another store with --store"
    )


def _read(path: Path) -> bytes:
    try:
        return wav.read(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


# --------------------------------------------------------------------------- playing


async def _play(audio: bytes) -> str | None:
    """Play it to its end; the player's name, or None where none works."""
    player = await find_player()
    if player is None:
        return None
    try:
        await _feed(player, audio)
    finally:
        await player.aclose()
    return player.name


async def _feed(player: Player, audio: bytes) -> None:
    """As quickly as it is heard: a player drops what comes too early."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    size = PIECE_MS * BYTES_PER_MS
    for number, at in enumerate(range(0, len(audio), size)):
        player.hear(audio[at : at + size])
        await asyncio.sleep(max(0.0, began + number * PIECE_MS / 1000 - loop.time()))
    await player.finish()


# --------------------------------------------------------------------------- the screen


def _list(kept: Messages, mailbox: str | None) -> None:
    messages = kept.all(mailbox)
    if not messages:
        if mailbox is not None and kept.all():
            raise SettingsError(f"the mailbox {mailbox} is empty: ivr messages lists all of them")
        raise _none(kept)
    screen = console()
    boxes = sorted(messages, key=lambda each: each.mailbox)  # stable: the newest stay first
    for name, found in groupby(boxes, key=lambda each: each.mailbox):
        inside = list(found)
        screen.print(_head(name, inside), soft_wrap=True)
        for message in inside:
            screen.print(_row(message), soft_wrap=True)


def _head(mailbox: str, messages: Sequence[Message]) -> Text:
    new = sum(not each.heard for each in messages)
    head = Text(mailbox, style="bold")
    noun = "message" if len(messages) == 1 else "messages"
    head.append(f"  {len(messages)} {noun}, {new} new" if new else f"  {len(messages)} {noun}")
    return head


def _row(message: Message) -> Text:
    """When, which, from whom, how long."""
    row = Text("  ")
    row.append(" " if message.heard else NEW, style="green")
    row.append(f" {message.started_at:%Y-%m-%d %H:%M}  ", style="dim")
    row.append(message.id, style="" if message.heard else "bold")
    row.append(f"  {_caller(message)}  {_length(message)}")
    if message.cut:
        row.append("  cut off", style="yellow")
    return row


def _caller(message: Message) -> str:
    return message.caller or "withheld"


def _length(message: Message) -> str:
    seconds = round(message.seconds)
    return f"{seconds // 60}:{seconds % 60:02}"


def _file_name(message: Message) -> str:
    """Sorted by time, and tells who called."""
    caller = box_name(_caller(message))
    return f"{message.started_at:%Y-%m-%d_%H%M}_{caller}_{message.id}.wav"
