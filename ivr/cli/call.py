"""``ivr call``: ring a line from this terminal, without a telephone and without an account."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click

from ivr.cli.answering import Stubbed, answers_of, desk_of, legs_of
from ivr.cli.folder import load_folder, read_folder, show_problems
from ivr.cli.kept import LAST, asked, find
from ivr.cli.legs import callees
from ivr.cli.moment import OFFICE_HOURS, clock_from, office_hours, parse_moment
from ivr.cli.ring import Feed, Plan, console, ring
from ivr.cli.target import NUMBER, choose_flow
from ivr.cli.voices import access_of
from ivr.errors import SettingsError
from ivr.flow.model import Flow, FlowSet
from ivr.flow.values import Value, scalar
from ivr.outside.functions import Registry
from ivr.phone.answers import (
    ANSWERED,
    EVERYBODY_ANSWERS,
    PICK_UP_MS,
    TALK_MS,
    Answers,
)
from ivr.phone.dead_air import DEAD_AIR_MS
from ivr.phone.events import EndedBy
from ivr.phone.script import Script, parse
from ivr.phone.telephone import Line
from ivr.server.app import create_app
from ivr.server.run import Server
from ivr.server.twilio import STATUS_PATH, VOICE_PATH
from ivr.settings import ENVIRONMENT_DEFAULT, Settings, is_loopback
from ivr.voices.table import reachable

PUBLIC_URL: Final = "https://ivr.local.test"
"""What the server of one call is told Twilio calls it; requests are routed to loopback."""
CALLER: Final = "+13125550177"
UNSIGNED_TOKEN: Final = "unsigned"

_CALLER: Final = re.compile(r"\+[1-9]\d{1,14}|[a-z]+|(?:sip|client):\S+")
_NUMBER: Final = re.compile(r"\+[1-9]\d{1,14}")


@click.command(context_settings={"max_content_width": 100})
@click.argument("flow", required=False)
@click.option(
    "--keys",
    metavar="SCRIPT",
    help='Keys to press, like "2 12345678# wait:3 1": each word at the next question, !2 at once, '
    "say:4s to speak (into a voicemail, say), hangup to hang up. After the last one the caller "
    "listens and hangs up at the next question.",
)
@click.option(
    "--at",
    metavar="WHEN",
    help=f'When the call is made: "Mon 10:15", "2026-11-23 10:15" or now.  [default: {OFFICE_HOURS}'
    ", when offices are open]",
)
@click.option("--from", "caller", default=CALLER, show_default=True, help="Who calls.")
@click.option("--to", "number", help="The number called.  [default: one that leads to FLOW]")
@click.option("--language", help="The language the call begins in, like es-US.")
@click.option(
    "--answers",
    metavar="TEXT|FILE",
    help='What the world says: "front_desk: busy, answered 20s, GET /patients/*: 404" (busy, then '
    "answered), or a file of such lines as in flow tests.  [default: everybody picks up, for 3 s; "
    "services answer as the example: of their step]",
)
@click.option(
    "--real", is_flag=True, help="Really ask services and call functions, instead of answering."
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A settings.NAME.")
@click.option("--env", "environment", help="The block of settings.yaml.  [default: IVR_ENV or dev]")
@click.option(
    "--flows",
    "folder",
    default="flows",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder of the flows.",
)
@click.option("--url", help="Ring a running server instead. Needs TWILIO_AUTH_TOKEN to sign.")
@click.option(
    "--wav",
    default="call.wav",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the sound goes, left the caller, right the line; the transcript goes beside it.",
)
@click.option("--no-wav", is_flag=True, help="Write no files.")
@click.option("--no-sound", is_flag=True, help="Play nothing.")
@click.option("--waterfall", is_flag=True, help="Draw where the time went before each prompt.")
@click.option(
    "--dead-air",
    metavar="MS",
    default=round(DEAD_AIR_MS),
    show_default=True,
    type=click.IntRange(1),
    help="Fail when a caller who waits hears nothing for longer than this.",
)
@click.pass_context
def command(
    ctx: click.Context,
    flow: str | None,
    keys: str | None,
    at: str | None,
    caller: str,
    number: str | None,
    language: str | None,
    answers: str | None,
    real: bool,
    settings: tuple[str, ...],
    environment: str | None,
    folder: Path,
    url: str | None,
    wav: Path,
    no_wav: bool,
    no_sound: bool,
    waterfall: bool,
    dead_air: int,
) -> None:
    """Call a flow from this terminal.

    Starts a server for one call and rings it as Twilio would, with a simulated telephone that is
    strict about the protocol. Press 0-9 * # on the keyboard; h, q, Ctrl-C or Ctrl-D hang up. The
    call is written to call.wav and call.txt, its record to call.jsonl.

    \b
    Who is called, in --answers (by name or number, * for everybody else):
      answered 20s   picks up, presses the key a whisper asks for, talks for 20 s
      machine        an answering machine picks up: it never presses a key
      refused        picks up, listens to the whisper, and hangs up
      no_answer busy declined failed
      … after 5s     rings so long before;   … key 2   presses 2 instead of 1
    A queue: "queue sales: answered", full, too_long or failed.

    Ends with 0 when the call ended properly, 1 when it failed, the server broke the protocol or
    left the caller in silence, 2 when the flows or the options cannot be used.
    """
    if not _CALLER.fullmatch(caller):
        raise click.BadParameter(
            "write a number like +13125550177, or anonymous", param_hint="--from"
        )
    if number is not None and not _NUMBER.fullmatch(number):
        raise click.BadParameter("write a number like +13125550100", param_hint="--to")
    base = Plan(
        line=Line("", number or NUMBER),
        token="",
        route={},
        caller=caller,
        answers=legs_of(answers) if url is not None else EVERYBODY_ANSWERS,
        script=_script(keys),
        title="",
        facts=(),
        head="",
        wav=None if no_wav else wav,
        sound=not no_sound,
        stages=waterfall,
        dead_air_ms=dead_air,
    )
    if url is not None:
        chosen = {"FLOW": flow, "--at": at, "--language": language, "--env": environment}
        given = [name for name, value in chosen.items() if value] + ["--set"] * bool(settings)
        if given:
            raise click.UsageError(
                f"{given[0]} is for a server of our own; with --url the called number picks the "
                "flow (--to), and the server has its own clock"
            )
        ctx.exit(_run(_remote(base, url, os.environ)))
    wishes = _Wishes(folder, flow, number, language, at, settings, environment, answers, real)
    ctx.exit(_rehearse(base, wishes))


# --------------------------------------------------------------------------- which server


@dataclass(frozen=True, slots=True)
class _Wishes:
    """Which flow is called, as whom, and what the world says."""

    folder: Path
    flow: str | None
    number: str | None
    language: str | None
    at: str | None
    settings: tuple[str, ...]
    environment: str | None
    answers: str | None
    real: bool


def _rehearse(base: Plan, wishes: _Wishes) -> int:
    """Start a server for this one call, and ring it."""
    own = {name: value for name, value in os.environ.items() if not _is_the_lines(name)}
    settings = Settings.from_environment(own)
    if wishes.environment is not None:
        settings = replace(settings, environment=wishes.environment)
    files = read_folder(wishes.folder)
    functions = Registry.load(wishes.folder)
    loaded = load_folder(files, environment=settings.environment, functions=functions)
    if loaded.flows is None:
        click.echo(show_problems(loaded.problems, files), err=True)
        raise SettingsError(
            f"the flows in {wishes.folder} have errors, so there is nothing to call"
        )
    flows, flow, called = choose_flow(loaded.flows, wishes.flow, wishes.number, wishes.language)
    flows = replace(flows, settings={**flows.settings, **_overrides(wishes.settings)})
    moment = _moment(wishes.at, flow)
    token, feed = secrets.token_hex(16), Feed()
    answers = answers_of(wishes.answers, flows)
    base = replace(base, answers=answers.legs)
    with tempfile.TemporaryDirectory(prefix="ivr-call-") as store, _QuietLogs():
        own_settings = replace(
            settings,
            public_url=PUBLIC_URL,
            twilio_tokens=(token,),
            store=store,
            takes=str(settings.takes_folder),
            messages=_messages(settings, base.wav),
        )
        app = create_app(
            own_settings,
            flows,
            assets=files.read_audio(),
            watch=feed,
            wall_clock=clock_from(moment),
            functions=functions,
            world=(
                None
                if wishes.real
                else Stubbed(flows, answers.stubs, feed, desk_of(own_settings, flows, feed))
            ),
        )
        server = Server(app)
        port = _start(server)
        try:
            plan = replace(
                base,
                line=Line(PUBLIC_URL + VOICE_PATH, called, PUBLIC_URL + STATUS_PATH),
                token=token,
                route={PUBLIC_URL: f"http://127.0.0.1:{port}"},
                title=flow.title or flow.id,
                facts=_facts(base, _voices(flows, flow, settings), flow, called, moment),
                callees=callees(flows),
                head=f"flow {flow.id}   called at {moment:%a %Y-%m-%d %H:%M}",
                feed=feed,
            )
            return _run(plan)
        finally:
            server.stop()
            _keep_record(Path(store), base.wav)


def _messages(settings: Settings, wav: Path | None) -> str | None:
    """Where the caller's messages go: to those of the store in ``dev``, so that ``ivr messages``
    plays them; else they end with the call, as they do where no files are to be written. A
    rehearsal leaves nothing in the mailboxes of a real line.
    """
    real = settings.environment != ENVIRONMENT_DEFAULT
    return None if real or wav is None else str(settings.messages_folder)


def _keep_record(store: Path, wav: Path | None) -> None:
    """Put the call's record beside its sound: for `ivr calls show` and `ivr test --record`."""
    if wav is not None:
        with contextlib.suppress(SettingsError):  # nobody rang
            wav.with_suffix(".jsonl").write_bytes(
                asked(str(store), lambda kept: find(kept, LAST)).lines
            )


def _start(server: Server) -> int:
    """Open the voices, and say that this takes a moment where somebody looks."""
    terminal = console()
    if not terminal.is_terminal:
        return server.start()
    with terminal.status("opening the voices …", spinner="dots"):
        return server.start()


def _remote(base: Plan, url: str, environ: Mapping[str, str]) -> Plan:
    """Ring a server that runs already."""
    settings = Settings.from_environment(environ)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--url {url} is no address; write one like http://127.0.0.1:8000")
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path if parts.path.strip("/") else VOICE_PATH
    public = settings.public_url or origin
    if settings.twilio_tokens:
        token, signed = settings.twilio_tokens[0], "signed with TWILIO_AUTH_TOKEN"
    elif is_loopback(parts.hostname):
        token, signed = UNSIGNED_TOKEN, "not signed: TWILIO_AUTH_TOKEN is not set"
    else:
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is not set: a real line answers signed calls only, so give the "
            "token the server has"
        )
    route = {public: origin} if public != origin else {}
    where = f"{public}{path}" + (f", at {origin}" if route else "")
    return replace(
        base,
        line=Line(public + path, base.line.number),
        token=token,
        route=route,
        title=where,
        facts=(f"from {base.caller} to {base.line.number}, {signed}", _who_answers(base.answers)),
        head=f"line {where}   called at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _run(plan: Plan) -> int:
    """Make the call; the process's exit code."""
    recording = asyncio.run(ring(plan, console()))
    failed = recording.ended is None or recording.ended.by is EndedBy.FAILED
    return 1 if failed or recording.faults else 0


# --------------------------------------------------------------------------- what the screen says


def _voices(flows: FlowSet, flow: Flow, settings: Settings) -> str:
    """Which voice speaks each language, and who makes it: without a key the embedded one does."""
    told = []
    for language in flow.languages:
        spec = flows.voices[language.voice]
        speaks = reachable(spec, access_of(settings)).provider
        made = speaks if speaks == spec.provider else f"{speaks}: no key for {spec.provider}"
        told.append(f"{language.code} {language.voice} ({made})")
    return ", ".join(told)


def _facts(plan: Plan, voices: str, flow: Flow, called: str, moment: datetime) -> tuple[str, ...]:
    return (
        f"flow {flow.id}, from {plan.caller} to {called}",
        f"its clock says {moment:%a %d %b %Y, %H:%M} {flow.timezone} (--at changes it)",
        f"voices {voices}",
        _who_answers(plan.answers),
    )


def _who_answers(answers: Answers) -> str:
    named = [
        f"{target}: {', then '.join(map(str, each))}" for target, each in answers.by_target.items()
    ]
    if not named and answers.otherwise == ANSWERED:
        rings, talks = PICK_UP_MS / 1000, TALK_MS / 1000
        return (
            f"transfers: somebody answers after {rings:g} s and talks for {talks:g} s (--answers)"
        )
    others = f"{'others' if named else 'everybody'}: {answers.otherwise}"
    return f"transfers: {', '.join([*named, others])} (--answers)"


# --------------------------------------------------------------------------- options


def _script(text: str | None) -> Script | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--keys") from None


def _moment(text: str | None, flow: Flow) -> datetime:
    zone, now = ZoneInfo(flow.timezone), datetime.now(UTC)
    if text is None:
        return office_hours(flow.hours.values(), zone, now)
    try:
        return parse_moment(text, zone, now)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def _overrides(settings: tuple[str, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.isidentifier():
            raise click.BadParameter(f"{setting!r}: write NAME=VALUE", param_hint="--set")
        found[name] = scalar(value, quoted=False)
    return found


def _is_the_lines(name: str) -> bool:
    """Whether a variable belongs to a real line; this server has a line of its own."""
    return name.startswith(("TWILIO_", "IVR_PUBLIC_URL", "IVR_UNSIGNED"))


class _QuietLogs(logging.Handler):
    """A context that keeps the server's warnings off the screen, and tells them afterwards."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self._kept.append(f"{record.name}: {record.getMessage()}")

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        for line in self._kept:
            click.echo(line, err=True)
