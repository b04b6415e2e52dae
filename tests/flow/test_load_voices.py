"""The voices of settings.yaml, and what their providers say of them."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from ivr.flow.problems import Severity
from ivr.flow.world import VoiceSpec
from tests.flow.folders import folder, problem, told
from tests.flow.ring import flows_of, problems_of

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


def test_voices_have_a_provider_and_options_and_may_be_like_another() -> None:
    flows = flows_of(
        FLOW,
        settings="""
            voices:
              sarah: {provider: embedded, speaker: a}
              quick: {like: sarah, speed: 1.2}
        """,
    )
    assert flows.voices["sarah"] == VoiceSpec("sarah", "embedded", {"speaker": "a"})
    assert flows.voices["quick"].options == {"speaker": "a", "speed": "1.2"}


def test_options_may_be_lists_and_maps_and_voices_may_fall_back() -> None:
    flows = flows_of(
        FLOW,
        settings="""
            voices:
              sarah:
                provider: elevenlabs
                settings: {stability: 0.5, use_speaker_boost: yes}
                chunk_length_schedule: [120, 160]
                fallback: [sarah_http, embedded]
              sarah_http: {like: sarah, socket: http}
        """,
    )
    sarah = flows.voices["sarah"]
    assert sarah.options["settings"] == {"stability": "0.5", "use_speaker_boost": "yes"}
    assert sarah.options["chunk_length_schedule"] == ["120", "160"]
    assert sarah.fallback == ("sarah_http", "embedded")
    assert flows.voices["sarah_http"].options["socket"] == "http"
    assert flows.voices["sarah_http"].fallback == ()


def test_a_voice_may_read_the_environment_but_no_secrets() -> None:
    text = "voices: {a: {provider: elevenlabs, voice_id: '${env.VOICE_EN}', x: '${env.UNSET}'}}\n"
    found = load({"a.yaml": FLOW, "settings.yaml": text}, environ={"VOICE_EN": "abc"})
    assert found.flows is not None
    assert found.flows.voices["a"].options == {"voice_id": "abc", "x": ""}
    secret = text.replace("VOICE_EN", "ELEVENLABS_API_KEY")
    assert problems_of(FLOW, settings=secret) == [("S007", 1, 46)]


def test_a_fallback_must_be_a_voice() -> None:
    text = "voices: {a: {provider: embedded, fallback: [b]}}\n"
    assert problems_of(FLOW, settings=text) == [("S007", 1, 45)]


def test_the_embedded_voice_is_always_there() -> None:
    assert flows_of(FLOW).voices["embedded"].provider == "embedded"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("voices: {a: {}}\n", ("S007", 1, 10)),
        ("voices: {a: {like: b}}\n", ("S007", 1, 20)),
        ("voices: {a: embedded}\n", ("S007", 1, 13)),
    ],
)
def test_mistakes_in_voices_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, settings=text)


# --------------------------------------------------------------------------- what providers say


def fussy(spec: VoiceSpec) -> str | None:
    """A provider that wants a voice_id, a speed below 2, and knows nothing else but a map."""
    of = f"settings.yaml: voice {spec.name!r}: "
    if spec.provider != "fussy":
        return f"{of}there is no provider {spec.provider!r}; there is only 'fussy'."
    for name in spec.options:
        if name not in ("voice_id", "speed", "settings"):
            return f"{of}fussy has no option {name!r}; there are: settings, speed, voice_id."
    if not spec.options.get("voice_id"):
        return f"{of}voice_id is missing; write one."
    settings = spec.options.get("settings")
    if isinstance(settings, dict) and float(settings.get("stability", 0)) > 1:
        return f"{of}settings.stability is too high; it takes 0 to 1."
    if float(str(spec.options.get("speed", 1))) >= 2:
        return f"{of}speed is too high; it takes less than 2."
    return None


def faults(voices: str, voice: str = "a") -> list[tuple[int, int, str]]:
    files = {"main": f"voice: {voice}\n" + FLOW, "settings": "voices:\n" + voices}
    found = folder(files, voice_problem=fussy).problems
    return [(each.span.line, each.span.column, each.severity.value) for each in found]


@pytest.mark.parametrize(
    ("voice", "column"),
    [
        ("{provider: fussy, voice_id: x, speed: 2}", 44),
        ("{provider: fussy, voice_id: x, settings: {style: 1, stability: 7}}", 69),
        ("{provider: fussy, speeed: 1, voice_id: x}", 32),
        ("{provider: fussy, speed: 1}", 17),
        ("{provider: fussy, speed: 1, voice_id: ''}", 44),
        ("{provider: fussi, speed: 1}", 17),
    ],
)
def test_a_fault_is_told_at_its_option(voice: str, column: int) -> None:
    assert faults(f"  a: {voice}\n") == [(2, column, "error")]


def test_all_faults_of_a_voice_are_told() -> None:
    voice = "{provider: fussy, voice_id: x, speed: 2, pitch: 3}"
    assert faults(f"  a: {voice}\n") == [(2, 44, "error"), (2, 54, "error")]


def test_the_sentence_is_the_providers_with_its_remedy_apart() -> None:
    files = {
        "main": "voice: a\n" + FLOW,
        "settings": "voices: {a: {provider: fussy, voice_id: x, speed: 2}}\n",
    }
    found = problem(files, "S007", voice_problem=fussy)
    assert (found.message, found.help) == (
        "voice 'a': speed is too high",
        "it takes less than 2",
    )


def test_a_voice_nobody_hears_is_only_warned_of() -> None:
    voices = "  a: {provider: fussy, voice_id: x}\n  b: {provider: fussy}\n"
    assert faults(voices) == [(3, 17, "warning")]
    assert faults(voices, voice="b") == [(3, 17, "error")]


def test_a_fallback_of_a_used_voice_is_heard_too() -> None:
    voices = "  a: {provider: fussy, voice_id: x, fallback: b}\n  b: {provider: fussy}\n"
    assert faults(voices) == [(3, 17, "error")]


def test_what_a_voice_takes_from_another_is_told_there_once() -> None:
    voices = "  b: {provider: fussy, voice_id: x, speed: 2}\n  a: {like: b}\n"
    assert faults(voices) == [(2, 44, "error")]


def test_a_fault_of_a_used_voice_stays_one_where_an_unused_one_shares_it() -> None:
    voices = "  a: {provider: fussy, voice_id: x, speed: 2}\n  b: {like: a}\n"
    assert faults(voices) == [(2, 44, "error")]


def test_an_option_of_its_own_is_told_at_the_voice_that_has_it() -> None:
    voices = "  b: {provider: fussy, voice_id: x}\n  a: {like: b, speed: 2}\n"
    assert faults(voices) == [(3, 23, "error")]


def test_what_lies_in_a_variable_may_be_right_where_the_line_runs() -> None:
    voices = "  a: {provider: fussy, voice_id: '${env.VOICE}'}\n"
    assert faults(voices) == [(2, 34, "warning")]
    files = {"main": FLOW, "settings": "voices:\n" + voices}
    assert problem(files, "S007", voice_problem=fussy).help == "set VOICE where the line runs"


def test_without_somebody_to_ask_nothing_is_said() -> None:
    files = {"main": "voice: a\n" + FLOW, "settings": "voices: {a: {provider: none}}\n"}
    assert told(files) == []
    assert [e.severity for e in folder(files, voice_problem=fussy).problems] == [Severity.ERROR]


def test_a_provider_nothing_pleases_is_not_asked_for_ever() -> None:
    asked = 0

    def never(spec: VoiceSpec) -> str | None:
        nonlocal asked
        asked += 1
        return f"{asked}"

    options = ", ".join(f"o{n}: 1" for n in range(200))
    files = {"main": FLOW, "settings": f"voices: {{a: {{provider: x, {options}}}}}\n"}
    assert len(folder(files, voice_problem=never).problems) < 30
