"""``ivr dev``: one command for a day of writing flows.

A line on this machine that reads its folder again whenever it is saved, checks it, makes its tests,
and shows the studio in a browser. Voices are the embedded ones and services answer as their
examples, unless somebody asks for the real ones. What is printed is in ``dev_screen``.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from ivr.calls.errands import World
from ivr.calls.mic import Mic
from ivr.calls.voicemail import Voicemail
from ivr.cli.answering import Stubbed
from ivr.cli.dev_screen import Screen
from ivr.cli.logs import configure_logging
from ivr.cli.serve import PORT_DEFAULT
from ivr.cli.watching import FolderReader
from ivr.errors import SettingsError
from ivr.flow.messages import ErrandDone, JoinQueue, LegOutcome, RecordMessage, RunTwiml
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts
from ivr.server.app import create_app
from ivr.server.reload import Reloading
from ivr.server.run import Server
from ivr.server.studio.door import PATH, StudioWishes
from ivr.server.studio.login import VARIABLE, make_login
from ivr.settings import Settings
from ivr.stores.messages import Messages

HOST: Final = "127.0.0.1"
_LINES: Final = ("TWILIO_", "IVR_PUBLIC_URL", "IVR_UNSIGNED")
"""Variables of a real line; this one is a line of its own."""
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


class Tried(Stubbed):
    """The answers of examples, but for what whoever tries the flow does themselves: they speak
    into the microphone, and say how times away end."""

    desk: Voicemail

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        """The call leaves, and the studio asks."""
        return None

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """What they say is really recorded."""
        return await self.desk.record(facts, message, mic)

    async def keep(self, call: str, recording: int) -> None:
        """It is a message, in the store of this machine."""
        await self.desk.keep(call, recording)

    def sound_of(self, call: str, recording: int) -> bytes:
        """What they said."""
        return self.desk.sound_of(call, recording)

    async def over(self, call: str) -> None:
        """What was recorded is settled."""
        await self.desk.over(call)


@click.command()
@click.argument("flows", default="flows", type=click.Path(path_type=Path))
@click.option(
    "--port",
    default=PORT_DEFAULT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port of the page; 0 for any free one.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--real", is_flag=True, help="Really ask services and call functions, instead of answering."
)
@click.option("--vendor", is_flag=True, help="Speak with the voices of settings.yaml, which costs.")
@click.option(
    "--make-login",
    metavar="NAME",
    help=f"Ask for a password and print {VARIABLE} for the studio of a real line; nothing else.",
)
def command(
    flows: Path, port: int, open_page: bool, real: bool, vendor: bool, make_login: str | None
) -> None:
    """Write flows: reload, check, tests and the studio at every save.

    Answers on this machine only, without a signature: the studio's page rings the flows, and so
    does  ivr call --url. Ends with Ctrl-C.
    """
    if make_login is not None:
        _print_login(make_login)
        return
    configure_logging(logging.WARNING)
    own = {name: value for name, value in os.environ.items() if not name.startswith(_LINES)}
    settings = replace(Settings.from_environment(own), unsigned=True)
    if not vendor:
        settings = replace(settings, elevenlabs_key=None)
    screen = Screen()
    reader = FolderReader(flows, settings, stubbed=not real, told=screen.read)
    edition = reader().edition
    if edition is None:
        screen.problems()
        raise SettingsError(
            f"the flows in {flows} have errors, so there is nothing to begin with: mend them, "
            "and start again"
        )

    def world(flow_set: FlowSet) -> World:
        made = Tried(flow_set, (), screen.outside)
        made.desk = Voicemail(Messages(settings.messages_folder), lambda: flow_set.mailboxes)
        return made

    app = create_app(
        settings,
        edition.flows,
        assets=edition.assets,
        functions=edition.functions,
        world=None if real else world,
        reloading=Reloading(flows, reader, logs=False),  # the screen tells it better
        studio=StudioWishes(flows, rehearses=True, told=screen.rehearsed),
    )
    screen.follow(app.state.house.sets)

    def started(bound: int) -> None:
        address = f"http://{HOST}:{bound}{PATH}/"
        screen.begin(flows, address)
        if open_page:
            # It may take its time, and the line answers meanwhile.
            threading.Thread(target=_open, args=(address, screen), daemon=True).start()

    Server(app, HOST, port, drain_s=0).run(started)
    screen.say("")


def _open(address: str, screen: Screen) -> None:
    """Show the page. Without a display only browsers of the terminal would be found, and this one
    is taken."""
    shows = any(os.environ.get(name) for name in _DISPLAYS)
    if (sys.platform.startswith("linux") and not shows) or not webbrowser.open(address):
        screen.say("no browser was found here: open the address above in one")


def _print_login(name: str) -> None:
    """The variable for a real line; the password is asked for and shown nowhere."""
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        made = make_login(name, password)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--make-login") from None
    click.echo(f"{VARIABLE}='{made}'")
