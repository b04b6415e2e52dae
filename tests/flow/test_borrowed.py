"""The voice of a flow that names none."""

from __future__ import annotations

from ivr.flow.load import load

VOICES = "voices: {ana: {provider: tone}, bo: {provider: tone}}\n"
RUNS = "steps: {main: {run: inner, otherwise: main}}\n"
INNER = "returns: [done]\nsteps: {main: {say: Hello., goto: out}, out: {return: done}}\n"


def voices(**files: str) -> dict[str, list[str]]:
    """The voices of each flow, in the order of its languages."""
    named = {f"{name}.yaml": text for name, text in files.items()}
    flows = load({**named, "settings.yaml": VOICES}, checked=False).flows
    assert flows is not None
    return {id: [lang.voice for lang in flow.languages] for id, flow in flows.flows.items()}


def test_a_flow_that_is_run_speaks_with_the_voice_of_the_one_that_runs_it() -> None:
    found = voices(main=f"voice: ana\n{RUNS}", inner=INNER)
    assert found == {"main": ["ana"], "inner": ["ana"]}


def test_also_where_that_one_is_run_itself() -> None:
    between = f"returns: [done]\n{RUNS}"
    main = "voice: ana\nsteps: {main: {run: between, otherwise: main}}\n"
    assert voices(main=main, between=between, inner=INNER)["inner"] == ["ana"]


def test_its_own_voice_counts_more_and_each_language_has_its_own() -> None:
    assert voices(main=f"voice: ana\n{RUNS}", inner=f"voice: bo\n{INNER}")["inner"] == ["bo"]
    both = "languages: {en-US: {voice: ana}, es-US: {voice: bo}}\n"
    inner = INNER.replace("returns", "languages: {es-US: {}, en-US: {}}\nreturns")
    assert voices(main=both + RUNS, inner=inner)["inner"] == ["bo", "ana"]


def test_of_several_the_first_lends_its_voice_and_without_any_it_is_the_embedded_one() -> None:
    found = voices(b=f"voice: bo\n{RUNS}", a=f"voice: ana\n{RUNS}", inner=INNER)
    assert found["inner"] == ["ana"]
    assert voices(main=RUNS, inner=INNER) == {"main": ["embedded"], "inner": ["embedded"]}
    assert voices(inner=INNER.replace("say: Hello.", "run: inner"))["inner"] == ["embedded"]
