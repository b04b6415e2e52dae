"""What ElevenLabs says of the key, the account and the voices, before a caller finds out.

Reading only, so it costs nothing; speech, which costs characters, is asked for with ``--speak``
alone. Used by ``ivr doctor``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ivr.cli import raw
from ivr.cli.asking import Asker, Unanswered
from ivr.cli.doctor_machine import BASE_URL, CORRECT, LANGUAGES_TRIED, SAMPLE, VENDOR_KEY
from ivr.cli.findings import Finding, State, note, ok, problem
from ivr.cli.speech import Take, listen
from ivr.cli.voices import VENDOR
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs import options, voice
from ivr.voices.elevenlabs.failures import of_response
from ivr.voices.elevenlabs.wire import headers

ACCOUNT: Final = "ElevenLabs account"
SUBSCRIPTION_PATH: Final = "/v1/user/subscription"
COPY_ID: Final = "elevenlabs.io → Voices shows the voices of the account; copy the ID there"
WITHDRAWN: Final = "2026-12-31"
CHARACTERS_LOW: Final = 10_000
"""About ten calls of a clinic's menus, spoken live."""
ANY_VOICE: Final = VoiceSpec("any", VENDOR, {"voice_id": "any"})
"""To read from the options where the vendor is, while no voice is written."""
CONCURRENT: Final[Mapping[str, int]] = {
    "free": 4,
    "starter": 6,
    "creator": 10,
    "pro": 20,
    "scale": 30,
    "business": 30,
}
"""Flash generations at once by plan, as the vendor's pages had it in August 2025."""
SECONDS_MAX: Final = 2**32
"""A time after that, in the year 2106, is none."""
CALLS_EACH: Final = 20
"""Calls that share one generation at a time; the vendor's rule of thumb is 5 for a hundred."""


async def check_vendor(
    access: Access, specs: Sequence[VoiceSpec], asker: Asker
) -> Sequence[Finding]:
    """The account, and then the voices: of a key that does not work they need not be told again.

    The account is asked wherever a voice is spoken: regions are accounts of their own.
    """
    try:
        usual = options.read(ANY_VOICE, access).base_url
    except SettingsError as error:
        about = VENDOR_KEY if VENDOR_KEY in str(error) else BASE_URL
        return [problem(about, str(error), CORRECT)]
    found: list[Finding] = []
    works: dict[str, bool] = {}
    if access.elevenlabs_key is not None:
        bases = [base for spec in specs if (base := _base(spec, access)) is not None]
        for base in dict.fromkeys(bases or [usual]):
            told, works[base] = await _account(base, access.elevenlabs_key, asker)
            found += told
    voices = await asyncio.gather(
        *(
            _voice(spec, access, asker, works.get(_base(spec, access) or "", False))
            for spec in specs
        )
    )
    return [*found, *merged([finding for told in voices for finding in told])]


def merged(found: Sequence[Finding]) -> list[Finding]:
    """One finding for voices of which the same is told, where the first of them stood."""
    names: dict[tuple[State, str, str], list[str]] = {}
    for each in found:
        names.setdefault((each.state, each.said, each.remedy), []).append(each.about)
    return [
        Finding(_voices(abouts), state, said, remedy)
        for (state, said, remedy), abouts in names.items()
    ]


def _voices(abouts: Sequence[str]) -> str:
    """``voice sarah``, ``voices sarah, mateo``."""
    names = ", ".join(about.removeprefix("voice ") for about in abouts)
    return f"voice{'s' * (len(abouts) > 1)} {names}"


async def _voice(spec: VoiceSpec, access: Access, asker: Asker, ask: bool) -> Sequence[Finding]:
    """Whether a voice's options are right, and whether the account has its voice and its model."""
    about = f"voice {spec.name}"
    try:
        made = voice.build(spec, access)
    except SettingsError as error:
        said = str(error).removeprefix(f"settings.yaml: voice '{spec.name}': ").rstrip(".")
        return [problem(about, said, "correct it in settings.yaml")]
    told = [note(about, remark) for remark in made.config.remarks]
    if not ask:
        said = "the options are right; whether voice and model exist is asked once a key works"
        return [note(about, said), *told]
    faults = await made.check()
    if faults:
        return [*(problem(about, fault.rstrip("."), COPY_ID) for fault in faults), *told]
    said = f"{made.config.model} over {made.config.socket}: voice and model exist"
    return [ok(about, said), *told, *await _withdrawn(about, made.config, access, asker)]


async def _withdrawn(
    about: str, config: options.Config, access: Access, asker: Asker
) -> list[Finding]:
    """Whether it is one of the vendor's default voices, which end with this year."""
    url = f"{config.base_url}/v1/voices/{config.voice_id}"
    try:
        reply = await asker.ask("GET", url, headers=headers(access.elevenlabs_key or ""))
    except Unanswered:
        return []  # what the account says has just been told
    match reply.json():
        case {"category": "premade"}:
            said = f"a default voice, which ElevenLabs withdraws on {WITHDRAWN}"
            return [note(about, said, "choose another one, and set its voice_id")]
    return []


async def check_speech(spec: VoiceSpec, access: Access) -> Sequence[Finding]:
    """How soon a voice speaks, twice on one line: with dialling, and as within a call."""
    about = f"speech {spec.name}"
    try:
        made = voice.build(spec, access)
        language = next((each for each in LANGUAGES_TRIED if made.speaks(each)), LANGUAGES_TRIED[0])
        takes = [Take(), Take()]
        await made.open()
        try:
            line = made.lease("doctor")
            for take in takes:
                take.asked()
                await listen(line.speak(SAMPLE, language=language), take)
            await line.aclose()
        finally:
            await made.aclose()
    except (SettingsError, VoiceError) as error:
        remedy = "ivr say shows more of it"
        return [problem(about, f"it did not speak: {error}", remedy)]
    first, second = (f"{take.first_ms or 0:.0f} ms" for take in takes)
    said = (
        f"{first} to the first audio with dialling, {second} on an open line, "
        f"{takes[1].rate:.1f} x real time (about {2 * len(SAMPLE)} characters used)"
    )
    return [ok(about, said)]


async def check_concurrency(spec: VoiceSpec, access: Access) -> Sequence[Finding]:
    """How many generations may run at once, which the vendor tells beside the sound only."""
    about = "concurrency"
    try:
        config = raw.config_of(spec, access)
        told = await raw.fetch(config, access, SAMPLE, LANGUAGES_TRIED[0], Take())
    except (SettingsError, VoiceError) as error:
        return [note(about, f"not told: {error}")]
    running = told.get("current-concurrent-requests", "?")
    most = told.get("maximum-concurrent-requests", "")
    if not most.isascii() or not most.isdigit():
        return [note(about, "ElevenLabs did not say how many requests may run at once")]
    where = f", served from {told['x-region']}" if "x-region" in told else ""
    cost = f"about {len(SAMPLE)} characters used"
    said = f"{running} of {most} requests at once are running{where} ({cost})"
    if running.isascii() and running.isdigit() and int(running) >= int(most) > 1:
        remedy = "see what else speaks with this account: callers would wait for it"
        return [note(about, f"{said}, so the account is busy", remedy)]
    return [ok(about, said)]


# --------------------------------------------------------------------------- the account


async def _account(base: str, key: str, asker: Asker) -> tuple[list[Finding], bool]:
    """What is told of an account, and whether the key works there."""
    try:
        reply = await asker.ask("GET", base + SUBSCRIPTION_PATH, headers=headers(key))
    except Unanswered as error:
        host = base.partition("//")[2]
        remedy = "see whether this machine may connect there (firewall, proxy, DNS)"
        return [problem(ACCOUNT, f"{host} cannot be asked: {error}", remedy)], False
    if reply.status != 200:
        refused = _refused(reply.status, reply.body)
        return [refused], refused.state is State.NOTE
    plan = reply.json()
    if not isinstance(plan, dict):
        return [note(ACCOUNT, "the key works; the answer of ElevenLabs was not understood")], True
    return [_quota(plan), *_at_once(plan)], True


def _refused(status: int, body: bytes) -> Finding:
    failure = of_response(status, body)
    if failure.code == "missing_permissions":
        said = "the key works, but may not read the subscription, so the quota is not known"
        return note(ACCOUNT, said, "give the key the permission user: read to see it here")
    if status == 401:
        remedy = f"copy the key again into {VENDOR_KEY} (elevenlabs.io → Developers → API Keys)"
        return problem(ACCOUNT, "ElevenLabs refuses the key (401)", remedy)
    remedy = "look at status.elevenlabs.io, and try again" if failure.retryable else "see above"
    return problem(ACCOUNT, failure.sentence, remedy)


def _quota(plan: Mapping[str, Any]) -> Finding:
    """How many characters are left, and until when."""
    used, limit = plan.get("character_count"), plan.get("character_limit")
    tier = plan.get("tier")
    head = f"the key works, plan {tier}" if isinstance(tier, str) else "the key works"
    if not isinstance(used, int) or not isinstance(limit, int):
        return note(ACCOUNT, f"{head}; ElevenLabs did not say what is left")
    left = max(0, limit - used)
    reset = plan.get("next_character_count_reset_unix")
    until = ""
    if isinstance(reset, int) and 0 < reset < SECONDS_MAX:
        until = f", new ones on {datetime.fromtimestamp(reset, UTC):%Y-%m-%d}"
    said = f"{head}, {left:,} of {limit:,} characters left{until}"
    extends = bool(plan.get("can_extend_character_limit")) and bool(
        plan.get("allowed_to_extend_character_limit")
    )
    if left == 0 and not extends:
        return problem(ACCOUNT, said, "add credits or upgrade the plan: nothing can be spoken")
    if left < CHARACTERS_LOW:
        return note(ACCOUNT, said, "that is little: add credits, or upgrade the plan")
    return ok(ACCOUNT, said)


def _at_once(plan: Mapping[str, Any]) -> list[Finding]:
    """What the plan usually allows; ``--speak`` asks what it really is."""
    most = CONCURRENT.get(str(plan.get("tier")).lower())
    if most is None:
        return []
    said = (
        f"the plan usually allows {most} Flash generations at once, "
        f"enough for about {most * CALLS_EACH} calls"
    )
    return [ok("concurrency", said)]


def _base(spec: VoiceSpec, access: Access) -> str | None:
    """Where the voice is spoken; None if its options are wrong, which is told elsewhere."""
    try:
        return options.read(spec, access).base_url
    except SettingsError:
        return None
