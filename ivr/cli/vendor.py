"""``ivr vendor``: a fake ElevenLabs on this machine, to try an ``elevenlabs`` voice without a key.

Speaks with the embedded voice, or in tones, and can be told to fail in every way that was ever
reported. One line a request; keys and spoken texts are never shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from typing import Final

import click

import ivr
from ivr.errors import SettingsError
from ivr.fakes.elevenlabs import (
    KINDS,
    Asked,
    Embedded,
    FakeVendor,
    Faults,
    Pace,
    Said,
    Tone,
    Violation,
)

PORT_DEFAULT: Final = 8100
KEY_DEFAULT: Final = "x"
SPEED: Final = 10.0
"""Times real time, about as fast as the real vendor."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")


class Milliseconds(click.ParamType[float]):
    """A duration as people write it: ``75ms``, ``0.2s``."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Milliseconds, as a number."""
        if (match := _DURATION.fullmatch(str(value))) is None:
            self.fail(f"{value} is no duration: write 75ms or 0.2s", param, ctx)
        return float(match[1]) * (1000 if match[2] == "s" else 1)


def _show_faults(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        width = max(map(len, KINDS))
        for kind in KINDS.values():
            click.echo(f"{kind.name:<{width}}  {kind.what} ({kind.source})")
        ctx.exit()


@click.command()
@click.option(
    "--port",
    default=PORT_DEFAULT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 for any free one.",
)
@click.option(
    "--voice",
    default="embedded",
    show_default=True,
    type=click.Choice(["tone", "embedded"]),
    help="Speech of this machine, or tones that spell the text.",
)
@click.option(
    "--first-byte",
    default="75ms",
    show_default=True,
    type=Milliseconds(),
    help="From a text to its first audio.",
)
@click.option(
    "--handshake",
    default="120ms",
    show_default=True,
    type=Milliseconds(),
    help="From asking for a socket to having it.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[:WHEN]",
    help="Something to do wrong, like quota:chunk=2,once; may be given several times.",
)
@click.option(
    "--list-faults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_faults,
    help="List all faults and exit.",
)
@click.option("--key", default=KEY_DEFAULT, show_default=True, help="The key clients must send.")
def command(
    port: int, voice: str, first_byte: float, handshake: float, faults: tuple[str, ...], key: str
) -> None:
    """Run a fake ElevenLabs, to try such a voice without an account.

    WHEN is a list with commas: once or always, ms=N, and where: socket=N, request=N, context=N,
    message=N, chunk=N. While it runs, faults are changed with PUT and DELETE on /fake/faults.
    """
    if not key:
        raise SettingsError("the key is empty: choose one with --key, like --key x")
    Faults(faults)  # wrong ones are named before a voice is loaded
    vendor = FakeVendor(
        key=key,
        port=port,
        pace=Pace(first_byte_ms=first_byte, speed=SPEED),
        sound=Embedded() if voice == "embedded" else Tone(),
        handshake_ms=handshake,
        faults=faults,
        watch=_show,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(vendor, voice))


async def _serve(vendor: FakeVendor, voice: str) -> None:
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C interrupts instead
            loop.add_signal_handler(each, leave.set)
    async with vendor:
        click.echo(f"ivr {ivr.__version__} plays ElevenLabs at {vendor.url}, voice {voice}")
        # A key somebody chose may be a real one.
        shown = vendor.key if vendor.key == KEY_DEFAULT else "<your --key>"
        click.echo(f"  use it with  ELEVENLABS_BASE_URL={vendor.url} ELEVENLABS_API_KEY={shown}")
        names = ", ".join(f"{each.id} ({each.name})" for each in vendor.voices)
        click.echo(f"  its voices   {names}")
        for name, how in vendor.faults.as_json().items():
            click.echo(f"  fault        {name}: {how['when']}")
        await leave.wait()


def _show(asked: Asked, event: Asked | Said | Violation) -> None:
    """One line for what happened."""
    match event:
        case Asked():
            click.echo(f"#{event.number} {event.method} {event.path}")
        case Said():
            model = asked.query.get("model_id") or (asked.body or {}).get("model_id") or "no model"
            form = asked.query.get("output_format", "no format")
            named = f" context {event.id}" if event.id is not None else ""
            characters = len(event.generated[-1])
            click.echo(
                f"#{asked.number} speaks{named}: voice {asked.voice}, {model}, {form}, "
                f"{characters} characters"
            )
        case Violation():
            click.echo(f"{event}", err=True)
