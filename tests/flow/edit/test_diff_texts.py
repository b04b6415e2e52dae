"""How a change of what callers hear is told: texts, languages, recordings, pauses, conditions."""

# ruff: noqa: E501 (sentences are told in one line)

from __future__ import annotations

import pytest

from ivr.flow.edit.diff_texts import Heard, of_prompt, of_prompts
from tests.flow.edit.versions import OLD, changes, told


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        (
            "For sales, press 1.",
            "For sales and service, press 1.",
            [
                "The main menu says “For sales and service, press 1.” (before “For sales, press 1.”)."
            ],
        ),
        (
            "play: tune.wav",
            "play: song.wav",
            ["The main menu plays the recording song.wav (before tune.wav)."],
        ),
        (
            "- play: tune.wav",
            "- Listen.",
            ["The main menu says “Listen.” (before: it plays the recording tune.wav)."],
        ),
        ("pause: 1s", "pause: 500ms", ["The main menu pauses for 0.5 seconds (before 1 second)."]),
        ("      - pause: 1s\n", "", ["The main menu no longer pauses for 1 second."]),
        (
            "      - pause: 1s\n",
            "      - pause: 1s\n      - say: For service, press 3.\n        if: hours.desk.open\n",
            ["The main menu now also says “For service, press 3.”, if “desk” is open."],
        ),
        (
            "if: tries > 1",
            "if: call.language != 'es-US'",
            [
                "The main menu says “For more, press 2.”, if the call is not in Spanish (before: if tries > 1)."
            ],
        ),
        (
            "        if: tries > 1\n",
            "",
            ["The main menu says “For more, press 2.” always (before: if tries > 1)."],
        ),
        (
            "es: Bienvenidos.",
            "es: Hola.",
            ["The greeting says in Spanish: “Hola.” (before “Bienvenidos.”)."],
        ),
        ("        es: Bienvenidos.\n", "", ["The greeting is no longer said in Spanish."]),
        (
            "repeat: Once more.",
            "repeat: {en: Once more., es: Otra vez.}",
            ["In the main menu, whoever comes back now hears it in Spanish, too: “Otra vez.”."],
        ),
        (
            "if: tries > 1",
            "if: tries > 1\n        language: es-US",
            ["The main menu says “For more, press 2.” in Spanish (before: the caller's language)."],
        ),
        ("tag: begin", "tag: begin\n      whole: yes", ["The greeting is now spoken in one go."]),
        (
            "no_input: [Nothing yet., Still nothing.]",
            "no_input: [Hello?, Still nothing., Nothing at all.]",
            [
                "In the main menu, whoever presses nothing, the first time, hears “Hello?” (before “Nothing yet.”).",
                "In the main menu, whoever presses nothing, the third time, now hears “Nothing at all.”.",
            ],
        ),
    ],
)
def test_a_change_of_a_text_is_told(before: str, after: str, sentences: list[str]) -> None:
    assert told("main.yaml", before, after) == sentences


def test_how_a_text_is_broken_into_lines_is_no_change() -> None:
    assert changes("main.yaml", "say: Please hold.", "say: >\n      Please\n      hold.") == ()


def test_a_text_that_is_there_only_now_is_told() -> None:
    prompt = OLD.flows.flows["main"].steps["bye"].actions[0].prompt
    assert prompt is not None
    heard = Heard("the step", flow=OLD.flows.flows["main"])
    assert list(of_prompt(None, prompt, heard)) == ["the step now says “Goodbye.”"]
    assert list(of_prompts((prompt,), (), heard)) == ["the step no longer says “Goodbye.”"]
