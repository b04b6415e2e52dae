"""``ivr say``: hear a text in a voice, and see how soon and how fast it came."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from ivr.audio import wav
from ivr.cli.player import PLAYERS, find_player
from ivr.cli.ring import console
from ivr.cli.speech import Playback, Take, listen
from ivr.cli.typed import typed
from ivr.cli.voices import VENDOR, Switches, access_of, build, choose, described, read_voices
from ivr.cli.ways import ROUNDS_MAX, ROUNDS_MIN, Measured, measure, shown, verdict, ways
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import Option, VoiceSpec
from ivr.settings import Settings
from ivr.voices.access import Access
from ivr.voices.base import Line

STANDARD_INPUT: Final = "-"
TEXT_CHARS_MAX: Final = 5_000
"""Six minutes of speech."""
INTERRUPTED: Final = 130
"""The exit code of programs that were ended with Ctrl-C."""
FAILED: Final = 1
PROGRESS_MS: Final = 5_000
"""Sound between two lines of progress in a pipe."""
LANGUAGE_DEFAULT: Final = "en-US"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said, by whom, and what becomes of it."""

    spec: VoiceSpec
    access: Access
    switched: bool
    """Whether the voice is other than settings.yaml has it."""
    text: str | None
    """None: what comes on standard input."""
    language: str
    file: Path | None
    sound: bool


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
        options=_given(
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
            for key, value in _given(
                stability=stability,
                similarity_boost=similarity,
                style=style,
                speed=speed,
                use_speaker_boost=speaker_boost,
            ).items()
        },
    )
    settings = Settings.from_environment(os.environ)
    spec = choose(read_voices(folder, settings.environment), name, switches)
    plan = Plan(
        spec,
        access_of(settings),
        bool(switches),
        _text(words),
        language,
        file,
        sound=not no_sound,
    )
    ctx.exit(_exit_code(plan, raw=raw, rounds=rounds if comparing else None))


def _exit_code(plan: Plan, *, raw: bool, rounds: int | None) -> int:
    """Do it; a voice that fails is one sentence and 1."""
    terminal = console()
    _check_writable(plan.file)
    try:
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
            _tell(take, terminal)
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
        line = voice.lease("say")
        stack.push_async_callback(line.aclose)
        terminal.print(_head(plan, player.name if player else None), style="bold", soft_wrap=True)
        progress.show("waiting for the first audio" if plan.text else "type; Ctrl-D ends")
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


class Progress:
    """How far the voice has come: a moving line on a terminal, a line now and then in a pipe."""

    def __init__(self, take: Take, terminal: Console) -> None:
        self._take = take
        self._terminal = terminal
        self._status = terminal.status("opening the voice …") if terminal.is_terminal else None
        self._next_ms = PROGRESS_MS

    def __enter__(self) -> Progress:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, what: str) -> None:
        """Say what is being done, where somebody looks."""
        if self._status is not None:
            self._status.update(what)

    def moved(self) -> None:
        """There is more sound."""
        take = self._take
        so_far = f"{take.sound_ms / 1000:.1f} s of sound in {_chunks(take)}"
        self.show(so_far)
        if self._status is None and take.sound_ms >= self._next_ms:
            self._next_ms += PROGRESS_MS
            self._terminal.print(f"… {so_far}, after {take.took_ms / 1000:.2f} s")


def _speech(plan: Plan, line: Line, take: Take) -> AsyncGenerator[bytes, None]:
    """The voice's audio: of the text, or of what is being typed."""
    if plan.text is not None:
        take.asked()
        return line.speak(plan.text, language=plan.language)
    return line.narrate(_pieces(take), language=plan.language)


async def _pieces(take: Take) -> AsyncGenerator[str, None]:
    """What is typed; the clock starts at the first word."""
    async with aclosing(typed(sys.stdin.fileno())) as pieces:
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


def _tell(take: Take, terminal: Console) -> None:
    """What came of it, in three lines."""
    assert take.first_ms is not None
    quiet = f", then {take.silence_ms:.0f} ms of silence" if take.silence_ms >= 1 else ""
    terminal.print(f"first audio  {take.first_ms:.0f} ms{quiet}")
    terminal.print(
        f"sound        {take.sound_ms / 1000:.2f} s in {_chunks(take)}, {len(take.audio):,} bytes"
    )
    terminal.print(
        f"made in      {take.took_ms / 1000:.2f} s, {take.rate:.1f} times as fast as it plays"
    )


def _chunks(take: Take) -> str:
    return f"{take.chunks} chunk{'' if take.chunks == 1 else 's'}"


# --------------------------------------------------------------------------- comparing ways


def _compare(plan: Plan, rounds: int, terminal: Console) -> int:
    """Ask in every way, one after the other, and show the table."""
    if plan.spec.provider != VENDOR:
        raise SettingsError(
            f"--compare is for voices of ElevenLabs, and {plan.spec.name!r} is of the provider "
            f"{plan.spec.provider}; name one with --voice or --voice-id"
        )
    assert plan.text is not None
    variants = ways(plan.spec)
    cost = len(plan.text) * rounds * len(variants)
    terminal.print(
        f"{described(plan.spec)}: {len(variants)} ways, {rounds} times each, "
        f"{cost:,} characters of the account's quota",
        style="bold",
    )
    found = asyncio.run(_measure_all(plan, variants, rounds, terminal))
    terminal.print(shown(found))
    if all(each.failure for each in found):
        raise VoiceError("it failed in every way", retryable=False)
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


# --------------------------------------------------------------------------- what was typed


def _text(words: tuple[str, ...]) -> str | None:
    """The text, or None for standard input."""
    if words == (STANDARD_INPUT,):
        return None
    text = " ".join(words).strip()
    if not text:
        raise click.UsageError("there is nothing to say: write a text, or - for standard input")
    if len(text) > TEXT_CHARS_MAX:
        raise click.UsageError(
            f"the text has {len(text):,} characters; at most {TEXT_CHARS_MAX:,} are spoken at once "
            "(a longer one can be piped into  ivr say -)"
        )
    return text


def _given(**options: object) -> dict[str, Option]:
    """The options that were given, as they would be written in settings.yaml."""
    written: dict[str, Option] = {}
    for name, value in options.items():
        match value:
            case None:
                continue
            case bool():
                written[name] = "yes" if value else "no"
            case list():
                written[name] = value
            case _:
                written[name] = str(value)
    return written


def _schedule(text: str | None) -> list[str] | None:
    return None if text is None else [each.strip() for each in text.split(",")]


def _check_writable(file: Path | None) -> None:
    """Find out before the vendor is asked, not after."""
    if file is not None and not file.parent.is_dir():
        raise SettingsError(f"{file} cannot be written: there is no folder {file.parent}")


def _write(file: Path | None, data: bytes, terminal: Console) -> None:
    if file is None:
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    terminal.print(f"written      {file}", soft_wrap=True)
