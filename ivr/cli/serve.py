"""``ivr serve``: answer real calls with the flows of a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

import ivr
from ivr.cli.folder import load_folder, read_folder, show_problems
from ivr.cli.logs import configure_logging
from ivr.errors import SettingsError
from ivr.flow.problems import Severity
from ivr.server.app import create_app
from ivr.server.run import DRAIN_SECONDS, Server
from ivr.server.twilio import STATUS_PATH, VOICE_PATH
from ivr.settings import Settings, is_loopback

PORT_DEFAULT: Final = 8000


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
def command(flows: Path, host: str, port: int, drain: float) -> None:
    """Answer calls with the flows of a folder.

    Needs IVR_PUBLIC_URL and TWILIO_AUTH_TOKEN in the environment, or IVR_UNSIGNED=1 to try it on
    this machine without Twilio.
    """
    configure_logging()
    settings = Settings.from_environment(os.environ)
    settings.require_line()
    if settings.public_url is None and not is_loopback(host):
        raise SettingsError(
            f"--host {host} would be open to others, and without IVR_PUBLIC_URL only this machine "
            "is answered: use --host 127.0.0.1"
        )
    folder = read_folder(flows)
    loaded = load_folder(folder, environment=settings.environment)
    grave = [problem for problem in loaded.problems if problem.severity is not Severity.INFO]
    if grave:
        click.echo(show_problems(grave, folder), err=True)
    if loaded.flows is None:
        raise SettingsError(f"the flows in {flows} have errors, so no call could be answered")
    app = create_app(settings, loaded.flows, assets=folder.read_audio())

    def started(bound: int) -> None:
        base = settings.public_url or f"http://{host}:{bound}"
        count = len(loaded.flows.flows) if loaded.flows else 0
        noun = "flow" if count == 1 else "flows"
        click.echo(f"ivr {ivr.__version__} answers on {host}:{bound}, with {count} {noun}")
        click.echo(f"  a call comes in      {base}{VOICE_PATH}")
        click.echo(f"  call status changes  {base}{STATUS_PATH}")

    Server(app, host, port, drain_s=drain).run(started)
