"""``ivr doctor``: what works here, what a real line still needs, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp
import click

from ivr.cli import doctor_line, doctor_machine, doctor_twilio, doctor_vendor
from ivr.cli.asking import Asker
from ivr.cli.doctor_machine import (
    PUBLIC_URL,
    TOKEN,
    UNSIGNED,
    VARIABLES,
    Flows,
    check_local_voice,
    check_players,
)
from ivr.cli.findings import SECONDS_MAX, Check, Finding, State, hush, look, show
from ivr.cli.ring import console
from ivr.cli.voices import VENDOR, access_of
from ivr.errors import SettingsError
from ivr.flow.world import EMBEDDED, VoiceSpec
from ivr.settings import Settings, is_loopback

LOCAL_SECONDS_MAX: Final = 60.0
"""For a local voice to load and to speak."""
LINE_SECONDS_MAX: Final = 60.0
"""For the name, the certificate and five requests, one after the other."""
TWILIO_SECONDS_MAX: Final = 30.0
"""For some pages of numbers, and for a second token."""
VENDOR_SECONDS_MAX: Final = 45.0
"""For the account, and then its voices."""
SPEECH_SECONDS_MAX: Final = 60.0
PROBLEMS_FOUND: Final = 1
SECRET_VARIABLES: Final = (
    *("TWILIO_AUTH_TOKEN", "TWILIO_WEBHOOK_KEYS", "TWILIO_API_SECRET", "ELEVENLABS_API_KEY"),
    *("IVR_EVENTS_SECRET", "IVR_SMTP_URL", "IVR_STUDIO_LOGIN"),
)


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--flows",
    "folder",
    default="flows",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder of the flows.",
)
@click.option(
    "--speak",
    is_flag=True,
    help="Let the voices of ElevenLabs speak and measure them. Costs about 70 characters a voice.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.pass_context
def command(ctx: click.Context, folder: Path, speak: bool, as_json: bool) -> None:
    """Look at everything a line needs.

    Python, flows, voices, keys, quota, the public address and its certificate, signatures, the
    numbers at Twilio. Each with ok, note or problem, and what to do. Nothing is changed anywhere,
    nothing rings, and no secret is shown.

    Ends with 0 when nothing is a problem, with 1 otherwise.
    """
    logging.getLogger("ivr").addHandler(logging.NullHandler())  # what matters is a finding
    settings, unread = readable(os.environ)
    terminal = console()
    moving = terminal.is_terminal and not as_json
    with terminal.status("looking …") if moving else nullcontext():
        found = asyncio.run(examine(settings, folder, os.environ, speak=speak, unread=unread))
    found = hush(found, _secrets(settings, os.environ))
    problems = sum(each.state is State.PROBLEM for each in found)
    if as_json:
        told = {"problems": problems, "findings": [each.as_json() for each in found]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        show(found, terminal)
        terminal.print()
        terminal.print(closing(settings, problems), soft_wrap=not terminal.is_terminal)
    ctx.exit(PROBLEMS_FOUND if problems else 0)


async def examine(
    settings: Settings,
    folder: Path,
    environ: Mapping[str, str],
    *,
    speak: bool,
    unread: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Every check that makes sense here, side by side; the findings in a fixed order.

    ``unread``: the variables that ``settings`` go without, and why.
    """
    flows = doctor_machine.read_flows(folder, settings.environment)
    found = [*doctor_machine.check_python(), *flows.findings]
    unread = unread or {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        asker = Asker(session)
        plan = [
            *_local_voices(settings, flows),
            *_vendor(settings, flows, asker),
            *_line(settings, flows, asker),
            *_numbers(settings, flows, environ, asker),
            Look("sound", check_players),
        ]
        # Speech has the machine to itself: what else is looked at would make it look slow.
        answers = await asyncio.gather(*(each() for each in plan))
        known = not any(
            finding.about == doctor_vendor.ACCOUNT and finding.state is State.PROBLEM
            for answer in answers
            for finding in answer
        )
        spoken = [await each() for each in _speech(settings, flows)] if speak and known else []
    measured = {finding.about for answer in spoken for finding in answer}
    by_group = [
        finding for answer in answers for finding in answer if finding.about not in measured
    ]
    by_group += [finding for answer in spoken for finding in answer]
    ours = doctor_line.host_of(settings.public_url)  # perhaps this machine: it knows no better
    clocks = {
        host: ahead
        for host, ahead in asker.clocks.items()
        if host != ours and not is_loopback(host)
    }
    return [
        *found,
        *doctor_machine.check_variables(settings, flows, unread),
        *by_group,
        *doctor_line.check_clock(clocks),
    ]


def closing(settings: Settings, problems: int) -> str:
    """What to do now, in a sentence or two."""
    missing = [
        name
        for name, there in (
            (PUBLIC_URL, settings.public_url is not None),
            (TOKEN, bool(settings.twilio_tokens or settings.twilio_shared_keys)),
        )
        if not there
    ]
    if problems:
        count = "1 problem" if problems == 1 else f"{problems} problems"
        return f"{count} to mend; what stands behind the arrow says how."
    if missing:
        return (
            "Nothing is broken. make call rings the flows in this terminal, now and without an "
            f"account. A real line also needs {' and '.join(missing)} (.env.example says where to "
            "find what)."
        )
    host = doctor_line.host_of(settings.public_url) or ""
    if is_loopback(host):
        return (
            f"Nothing is broken: ivr serve can take rehearsed calls. Twilio cannot reach {host}; a "
            f"real line has an https address in {PUBLIC_URL} (infra/README.md sets one up)."
        )
    return "Nothing is a problem: ivr serve can take calls."


# --------------------------------------------------------------------------- what is looked at


@dataclass(frozen=True, slots=True)
class Look:
    """One check, and how long it may take."""

    about: str
    check: Check
    seconds: float = SECONDS_MAX

    def __call__(self) -> Awaitable[Sequence[Finding]]:
        return look(self.about, self.check, seconds=self.seconds)


def _local_voices(settings: Settings, flows: Flows) -> list[Look]:
    """One look for all names of the same voice."""
    groups: dict[str, list[VoiceSpec]] = {}
    for spec in flows.voices.values():
        if spec.provider != VENDOR:
            alike = repr((spec.provider, sorted(spec.options.items())))
            groups.setdefault(alike, []).append(spec)
    used = set(flows.voices if flows.flows is None else flows.flows.voices_used())
    if flows.vendor_voices and settings.elevenlabs_key is None:
        used.add(EMBEDDED)  # it speaks in their place
    looks = []
    for group in groups.values():
        about = f"voice{'s' * (len(group) > 1)} {', '.join(spec.name for spec in group)}"
        needed = any(spec.name in used for spec in group)
        check = partial(check_local_voice, group[0], about, needed=needed)
        looks.append(Look(about, check, LOCAL_SECONDS_MAX))
    return looks


def _vendor(settings: Settings, flows: Flows, asker: Asker) -> list[Look]:
    access, specs = access_of(settings), flows.vendor_voices
    if access.elevenlabs_key is None and not specs:
        return []
    check = partial(doctor_vendor.check_vendor, access, specs, asker)
    return [Look(doctor_vendor.ACCOUNT, check, VENDOR_SECONDS_MAX)]


def _speech(settings: Settings, flows: Flows) -> list[Look]:
    access, specs = access_of(settings), flows.vendor_voices
    if access.elevenlabs_key is None or not specs:
        return []
    told = partial(doctor_vendor.check_concurrency, specs[0], access)
    return [
        *(
            Look(
                f"speech {spec.name}",
                partial(doctor_vendor.check_speech, spec, access),
                SPEECH_SECONDS_MAX,
            )
            for spec in specs
        ),
        Look("concurrency", told, SPEECH_SECONDS_MAX),
    ]


def _line(settings: Settings, flows: Flows, asker: Asker) -> list[Look]:
    url = settings.public_url
    if url is None:
        return []
    check = partial(doctor_line.check_line, url, settings, flows.flows, asker)
    return [Look(PUBLIC_URL, check, LINE_SECONDS_MAX)]


def _numbers(
    settings: Settings, flows: Flows, environ: Mapping[str, str], asker: Asker
) -> list[Look]:
    if settings.public_url is None and not settings.twilio_tokens:
        return []
    known = sorted(flows.flows.numbers) if flows.flows is not None else []

    async def check() -> Sequence[Finding]:
        sid = doctor_twilio.account_of(environ)
        if sid is None or not settings.twilio_tokens:
            return doctor_twilio.not_asked(settings, sid)
        return await doctor_twilio.check_numbers(settings, sid, known, asker)

    return [Look(doctor_twilio.ABOUT, check, TWILIO_SECONDS_MAX)]


# --------------------------------------------------------------------------- what is never shown


def readable(environ: Mapping[str, str]) -> tuple[Settings, Mapping[str, str]]:
    """The settings of all variables that can be read, and of each other one what is wrong."""
    good, unread = dict(environ), {}
    for name in VARIABLES:
        alone = {each: environ[each] for each in (name, f"{name}_FILE") if each in environ}
        try:
            Settings.from_environment(alone)
        except SettingsError as error:
            unread[name] = str(error)
            for each in alone:
                del good[each]
    try:
        return Settings.from_environment(good), unread
    except SettingsError as error:  # each is right, and two of them exclude each other
        for each in (UNSIGNED, f"{UNSIGNED}_FILE"):
            good.pop(each, None)
        return Settings.from_environment(good), {**unread, UNSIGNED: str(error)}


def _secrets(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Every value that must not be seen, as it was given and as it was read."""
    given = [environ.get(name, "") for name in SECRET_VARIABLES]
    parts = [
        part.strip() for value in given for item in value.split(",") for part in item.split("=", 1)
    ]
    read = [
        *settings.twilio_tokens,
        *settings.twilio_shared_keys.values(),
        *settings.secrets.values(),
    ]
    return [*given, *parts, *read, settings.elevenlabs_key or ""]
