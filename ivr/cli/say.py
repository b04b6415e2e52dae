"""``ivr say``: hear a text in a voice, and see how soon and how fast it came."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing, nullcontext
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from ivr.audio import wav
from ivr.cli.player import PLAYERS, find_player
from ivr.cli.progress import Progress, chunks, summarise
from ivr.cli.raw import config_of, fetch
from ivr.cli.ring import console
from ivr.cli.say_wishes import (
    Plan,
    given,
    need_vendor,
    plays_with,
    refuse_buffering,
    refuse_file,
    refuse_silent_format,
    refuse_words_around,
    text_of,
)
from ivr.cli.speech import Playback, Take, listen
from ivr.cli.typed import Typed
from ivr.cli.voices import Switches, access_of, build, choose, described, read_voices
from ivr.cli.ways import ROUNDS_MAX, ROUNDS_MIN, Measured, measure, shown, verdict, ways
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.settings import Settings
from ivr.voices.base import Line

INTERRUPTED: Final = 130
"""The exit code of programs that were ended with Ctrl-C."""
FAILED: Final = 1
TOLD: Final = (
    "character-cost",
    "current-concurrent-requests",
    "maximum-concurrent-requests",
    "x-region",
)
"""Headers of the vendor that are worth a line."""
LANGUAGE_DEFAULT: Final = "en-US"


@click.command(context_settings={"max_content_width": 100})
@click.argument("words", nargs=-1, required=True, metavar="TEXT|-")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the sound as a WAV file, as a caller would hear it; with --raw the vendor's bytes.",
)
@click.option(
    "--voice", "name", help="A voice of settings.yaml.  [default: the first, or embedded]"
)
@click.option("--language", default=LANGUAGE_DEFAULT, show_default=True, help="Of the text.")
@click.option("--no-sound", is_flag=True, help="Play nothing.")
@click.option("--voice-id", help="A voice of ElevenLabs by its id, whatever settings.yaml has.")
@click.option("--model", help="Its model, like eleven_flash_v2_5.")
@click.option("--format", "form", help="Its output format, like ulaw_8000.")
@click.option("--socket", type=click.Choice(["multi", "single", "http"]), help="How it is asked.")
@click.option(
    "--latency", type=click.IntRange(0, 4), help="How much quality HTTP gives for speed: 0 to 4."
)
@click.option(
    "--chunk-schedule",
    metavar="N,N,...",
    help="Characters before the first, second … piece is made, like 120,160,250,290.",
)
@click.option(
    "--auto-mode/--no-auto-mode", default=None, help="Make a piece of each text as it comes."
)
@click.option("--stability", type=float, help="0 to 1.")
@click.option("--similarity", type=float, help="0 to 1.")
@click.option("--style", type=float, help="0 to 1; costs time.")
@click.option("--speed", type=float, help="0.7 to 1.2; the embedded voice 0.5 to 2.")
@click.option("--speaker-boost/--no-speaker-boost", default=None, help="Nearer to the speaker.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="For the same sound each time.")
@click.option("--previous-text", "before", default="", help="Words said before it; over HTTP only.")
@click.option("--next-text", "after", default="", help="Words said after it; over HTTP only.")
@click.option("--raw", is_flag=True, help="Write what the vendor sends as it is, like mp3 or opus.")
@click.option("--compare", "comparing", is_flag=True, help="Ask in every way; which is fastest?")
@click.option(
    "--rounds",
    default=3,
    show_default=True,
    type=click.IntRange(ROUNDS_MIN, ROUNDS_MAX),
    help="How often --compare asks in each way.",
)
@click.option(
    "--flows",
    "folder",
    default="flows",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder of settings.yaml.",
)
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    file: Path | None,
    name: str | None,
    language: str,
    no_sound: bool,
    voice_id: str | None,
    model: str | None,
    form: str | None,
    socket: str | None,
    latency: int | None,
    chunk_schedule: str | None,
    auto_mode: bool | None,
    stability: float | None,
    similarity: float | None,
    style: float | None,
    speed: float | None,
    speaker_boost: bool | None,
    seed: int | None,
    before: str,
    after: str,
    raw: bool,
    comparing: bool,
    rounds: int,
    folder: Path,
) -> None:
    """Say a text in a voice, and tell how soon it was heard.

    TEXT - speaks standard input while it is typed or piped; Ctrl-D or Ctrl-C ends it. The voice is
    one of settings.yaml, changed by the switches below, or one made of them with --voice-id. The
    embedded voice needs no account and no key.

    Ends with 0, with 1 when the voice failed, with 2 when it cannot be used like this.
    """
    switches = Switches(
        options=given(
            voice_id=voice_id,
            model=model,
            format=form,
            socket=socket,
            latency=latency,
            chunk_length_schedule=_schedule(chunk_schedule),
            auto_mode=auto_mode,
            seed=seed,
        ),
        settings={
            key: str(value)
            for key, value in given(
                stability=stability,
                similarity_boost=similarity,
                style=style,
                speed=speed,
                use_speaker_boost=speaker_boost,
            ).items()
        },
    )
    text = text_of(words)
    if text is None and (raw or comparing):
        raise SettingsError(
            "standard input is spoken as it comes: with --raw and --compare, give a text"
        )
    refuse_file(file, raw=raw, form=form)
    settings = Settings.from_environment(os.environ)
    spec = choose(read_voices(folder, settings.environment), name, switches)
    plan = Plan(
        spec,
        access_of(settings),
        bool(switches),
        text,
        language,
        file,
        sound=not no_sound,
        before=before,
        after=after,
    )
    refuse_words_around(plan, alone="--raw" if raw else "--compare" if comparing else None)
    if not comparing:
        refuse_buffering(spec, _buffering(chunk_schedule, auto_mode), raw=raw)
    ctx.exit(_exit_code(plan, raw=raw, rounds=rounds if comparing else None))


def _exit_code(plan: Plan, *, raw: bool, rounds: int | None) -> int:
    """Do it; a voice that fails is one sentence and 1."""
    terminal = console()
    logging.getLogger("ivr").addHandler(logging.NullHandler())  # its errors are raised as well
    try:
        if raw:
            return _save_raw(plan, terminal)
        refuse_silent_format(plan.spec)
        if rounds is not None:
            return _compare(plan, rounds, terminal)
        return _say(plan, terminal)
    except VoiceError as error:
        click.echo(f"ivr: {plan.spec.name}: {error}", err=True)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


# --------------------------------------------------------------------------- saying it


def _say(plan: Plan, terminal: Console) -> int:
    """Speak, play, show and write; what came before an interruption is shown and written too."""
    take = Take()
    try:
        asyncio.run(_speak(plan, take, terminal))
    finally:
        if take.chunks:
            summarise(take, terminal, typed=plan.text is None)
            _write(plan.file, wav.write(bytes(take.audio)), terminal)
    if not take.chunks:
        raise VoiceError("it made no sound of this text", retryable=False)
    return 0


async def _speak(plan: Plan, take: Take, terminal: Console) -> None:
    """Open the voice, and let it speak into the take and a player."""
    async with AsyncExitStack() as stack:
        player = await find_player() if plan.sound else None
        if player is not None:
            stack.push_async_callback(player.aclose)
        progress = stack.enter_context(Progress(take, terminal))
        voice = build(plan.spec, plan.access, switched=plan.switched)
        await voice.open()
        stack.push_async_callback(voice.aclose)
        line = voice.lease("say", language=plan.language)
        stack.push_async_callback(line.aclose)
        terminal.print(
            _head(plan, player.name if player else None),
            style="bold",
            soft_wrap=not terminal.is_terminal,
        )
        if plan.text is None and sys.stdin.isatty():
            progress.leave()
            terminal.print("Type: each line is spoken at Enter. Ctrl-D ends.", style="dim")
        progress.show("waiting for the first audio")
        playback = Playback(player.hear) if player is not None else None

        def hear(chunk: bytes) -> None:
            progress.moved()
            if playback is not None:
                playback.hear(chunk)

        try:
            async with asyncio.TaskGroup() as group:
                if playback is not None:
                    group.create_task(playback.run())
                await listen(_speech(plan, line, take), take, hear)
                if playback is not None:
                    playback.end()
        except* VoiceError as errors:
            raise errors.exceptions[0] from None


def _speech(plan: Plan, line: Line, take: Take) -> AsyncGenerator[bytes, None]:
    """The voice's audio: of the text, or of what is being typed."""
    if plan.text is not None:
        take.asked()
        return line.speak(plan.text, language=plan.language, before=plan.before, after=plan.after)
    return _narrated(line, take, plan.language)


async def _narrated(line: Line, take: Take, language: str) -> AsyncGenerator[bytes, None]:
    """What is typed, spoken up to each pause of whoever types."""
    stdin = Typed(sys.stdin.fileno())
    while not stdin.ended:
        narration = line.narrate(_pieces(stdin, take), language=language)
        async with aclosing(narration) as chunks:
            async for chunk in chunks:
                yield chunk


async def _pieces(stdin: Typed, take: Take) -> AsyncGenerator[str, None]:
    """One utterance; the clock starts at the first word of all."""
    async with aclosing(stdin.utterance()) as pieces:
        async for piece in pieces:
            if piece.strip():
                take.asked()
            yield piece


def _head(plan: Plan, player: str | None) -> str:
    """Who speaks, and whether anybody hears it."""
    if not plan.sound:
        return described(plan.spec)
    names = ", ".join(command[0] for _, command in PLAYERS)
    heard = f"played by {player}" if player else f"not played: none of {names} works here"
    return f"{described(plan.spec)}, {heard}"


# --------------------------------------------------------------------------- the vendor's bytes


def _save_raw(plan: Plan, terminal: Console) -> int:
    """Ask over HTTP, in any format, and write what comes as it is."""
    need_vendor("--raw", plan.spec)
    if plan.file is None:
        raise SettingsError("--raw needs a file to write the vendor's bytes to: -o FILE")
    assert plan.text is not None
    config = config_of(plan.spec, plan.access)
    take = Take()
    terminal.print(f"{config.voice_id}, {config.model}, {config.format}, http", style="bold")
    told = asyncio.run(fetch(config, plan.access, plan.text, plan.language, take))
    if take.first_ms is None:
        raise VoiceError("it made no sound of this text", retryable=False)
    terminal.print(f"first bytes  {take.first_ms:.0f} ms")
    terminal.print(f"bytes        {len(take.audio):,} in {chunks(take)}")
    terminal.print(f"made in      {take.took_ms / 1000:.2f} s")
    for name in TOLD:
        if name in told:
            terminal.print(f"{name:<28} {told[name]}")
    _write(plan.file, bytes(take.audio), terminal)
    if (command := plays_with(config.format, plan.file)) is not None:
        terminal.print(f"plays with   {command}", soft_wrap=True)
    return 0


# --------------------------------------------------------------------------- comparing ways


def _compare(plan: Plan, rounds: int, terminal: Console) -> int:
    """Ask in every way, one after the other, and show the table."""
    need_vendor("--compare", plan.spec)
    assert plan.text is not None
    variants = ways(plan.spec)
    cost = len(plan.text) * rounds * len(variants)
    terminal.print(
        f"{described(plan.spec)}: {len(variants)} ways, {rounds} times each, "
        f"{cost:,} characters of the account's quota",
        style="bold",
        soft_wrap=not terminal.is_terminal,
    )
    found = asyncio.run(_measure_all(plan, variants, rounds, terminal))
    terminal.print(shown(found))
    if all(each.failure for each in found):
        reasons = dict.fromkeys(each.failure for each in found)
        raise VoiceError(f"it failed in every way: {'; '.join(reasons)}", retryable=False)
    terminal.print(verdict(found))
    return 0


async def _measure_all(
    plan: Plan, variants: Mapping[str, VoiceSpec], rounds: int, terminal: Console
) -> list[Measured]:
    found = []
    for way, spec in variants.items():
        with nullcontext() if not terminal.is_terminal else terminal.status(f"asking: {way}"):
            voice = build(spec, plan.access, switched=True)
            assert plan.text is not None
            found.append(await measure(way, voice, plan.text, plan.language, rounds))
    return found


# --------------------------------------------------------------------------- switches and files


def _buffering(chunk_schedule: str | None, auto_mode: bool | None) -> str | None:
    """The switch that was given of those that say when a socket begins to speak."""
    if chunk_schedule is not None:
        return "--chunk-schedule"
    return None if auto_mode is None else "--auto-mode" if auto_mode else "--no-auto-mode"


def _schedule(text: str | None) -> list[str] | None:
    return None if text is None else [each.strip() for each in text.split(",")]


def _write(file: Path | None, data: bytes, terminal: Console) -> None:
    if file is None:
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    terminal.print(f"written      {file}", soft_wrap=True)
