"""``ivr serve``: answer real calls with the flows of a folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

import ivr
from ivr.cli.build import TAKES_HELP
from ivr.cli.folder import show_problems
from ivr.cli.logs import configure_logging
from ivr.cli.watching import FolderReader
from ivr.errors import SettingsError
from ivr.flow.problems import Severity
from ivr.server.app import create_app
from ivr.server.reload import Reloading
from ivr.server.run import DRAIN_SECONDS, Server
from ivr.server.studio.door import PATH, StudioWishes
from ivr.server.studio.login import Login
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
@click.option("--takes", type=click.Path(file_okay=False, path_type=Path), help=TAKES_HELP)
@click.option("--locked", is_flag=True, help="Use flows only if every fixed prompt has its take.")
@click.option(
    "--reload/--no-reload",
    default=True,
    show_default=True,
    help="Use flows as soon as they are saved, for the calls that come then.",
)
def command(
    flows: Path,
    host: str,
    port: int,
    drain: float,
    takes: Path | None,
    locked: bool,
    reload: bool,
) -> None:
    """Answer calls with the flows of a folder.

    Flows that are saved are used from the next call on; calls that have begun go on as they were.
    What cannot be used is told in the log and at /health, and changes nothing.

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
    studio = None
    if settings.studio_login is not None:
        studio = StudioWishes(flows, Login.parse(settings.studio_login))
    reader = FolderReader(flows, settings, locked)
    read = reader.read()
    grave = [problem for problem in read.loaded.problems if problem.severity is not Severity.INFO]
    if grave:
        click.echo(show_problems(grave, read.folder), err=True)
    edition = read.reading().edition
    if edition is None:
        raise SettingsError(f"the flows in {flows} have errors, so no call could be answered")
    reader.require(edition.flows)
    app = create_app(
        settings,
        edition.flows,
        assets=edition.assets,
        functions=edition.functions,
        reloading=Reloading(flows, reader) if reload else None,
        studio=studio,
    )
    reader.warn(edition.flows)

    def started(bound: int) -> None:
        base = settings.public_url or f"http://{host}:{bound}"
        count = len(edition.flows.flows)
        noun = "flow" if count == 1 else "flows"
        click.echo(f"ivr {ivr.__version__} answers on {host}:{bound}, with {count} {noun}")
        click.echo(f"  a call comes in      {base}{VOICE_PATH}")
        click.echo(f"  call status changes  {base}{STATUS_PATH}")
        if studio is not None:
            click.echo(f"  studio               http://127.0.0.1:{bound}{PATH}/ on this machine")

    Server(app, host, port, drain_s=drain).run(started)
