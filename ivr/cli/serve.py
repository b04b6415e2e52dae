"""``ivr serve``: answer real calls with the flows of a folder."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

import ivr
from ivr.cli.build import TAKES_HELP
from ivr.cli.folder import load_folder, read_folder, show_problems
from ivr.cli.logs import configure_logging
from ivr.cli.startup import look_at_kinds, look_at_secrets, look_at_voices
from ivr.cli.voices import access_of
from ivr.errors import SettingsError
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.outside.functions import Registry
from ivr.prompts.lock import read_lock, unmet
from ivr.prompts.shelf import Shelf
from ivr.prompts.wanted import heard
from ivr.server.app import create_app
from ivr.server.run import DRAIN_SECONDS, Server
from ivr.server.twilio import STATUS_PATH, VOICE_PATH
from ivr.settings import Settings, is_loopback

PORT_DEFAULT: Final = 8000
NAMED_MAX: Final = 3
"""Takes that are missing and named; the rest is counted."""

log = logging.getLogger(__name__)


@click.command()
@click.argument("flows", default="flows", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=PORT_DEFAULT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 for any free one.",
)
@click.option(
    "--drain",
    default=DRAIN_SECONDS,
    show_default=True,
    type=click.FloatRange(0, 14_400),
    help="How many seconds calls may go on after the first signal to stop.",
)
@click.option("--takes", type=click.Path(file_okay=False, path_type=Path), help=TAKES_HELP)
@click.option("--locked", is_flag=True, help="Start only if every fixed prompt has its take.")
def command(
    flows: Path, host: str, port: int, drain: float, takes: Path | None, locked: bool
) -> None:
    """Answer calls with the flows of a folder.

    Needs IVR_PUBLIC_URL and TWILIO_AUTH_TOKEN in the environment, or IVR_UNSIGNED=1 to try it on
    this machine without Twilio.
    """
    configure_logging()
    settings = Settings.from_environment(os.environ)
    settings.require_line()
    if takes is not None:
        settings = replace(settings, takes=str(takes))
    if settings.public_url is None and not is_loopback(host):
        raise SettingsError(
            f"--host {host} would be open to others, and without IVR_PUBLIC_URL only this machine "
            "is answered: use --host 127.0.0.1"
        )
    folder = read_folder(flows)
    functions = Registry.load(flows)
    loaded = load_folder(folder, environment=settings.environment, functions=functions)
    grave = [problem for problem in loaded.problems if problem.severity is not Severity.INFO]
    if grave:
        click.echo(show_problems(grave, folder), err=True)
    if loaded.flows is None:
        raise SettingsError(f"the flows in {flows} have errors, so no call could be answered")
    if locked:
        _require_takes(loaded.flows, settings, flows)
    app = create_app(settings, loaded.flows, assets=folder.read_audio(), functions=functions)
    for warning in (
        *look_at_secrets(loaded.flows, settings),
        *look_at_kinds(loaded.flows),
        *asyncio.run(look_at_voices(loaded.flows, access_of(settings))),
    ):
        log.warning("%s", warning)

    def started(bound: int) -> None:
        base = settings.public_url or f"http://{host}:{bound}"
        count = len(loaded.flows.flows) if loaded.flows else 0
        noun = "flow" if count == 1 else "flows"
        click.echo(f"ivr {ivr.__version__} answers on {host}:{bound}, with {count} {noun}")
        click.echo(f"  a call comes in      {base}{VOICE_PATH}")
        click.echo(f"  call status changes  {base}{STATUS_PATH}")

    Server(app, host, port, drain_s=drain).run(started)


def _require_takes(flows: FlowSet, settings: Settings, folder: Path) -> None:
    """Raise :class:`~ivr.errors.SettingsError` while a caller could hear a prompt without a take.

    What the lock file says must be what is there.
    """
    shelf = Shelf(settings.takes_folder)
    problems = unmet(heard(flows, access_of(settings)), shelf, read_lock(folder))
    if problems:
        more = len(problems) - NAMED_MAX
        named = "; ".join(problems[:NAMED_MAX]) + (f"; and {more} more" if more > 0 else "")
        raise SettingsError(
            f"--locked does not start with takes missing in {shelf.folder}: {named}. "
            f"Run  ivr build {folder}  first"
        )
