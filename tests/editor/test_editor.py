"""What an author sees in an editor: no false alarms, slips at their place, help where it is due."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.flow import schema
from ivr.flow.schema.kinds import PAGES
from tests.editor import server
from tests.editor.lsp import Editor

pytestmark = pytest.mark.skipif(
    not server().exists() or shutil.which("node") is None,
    reason="yaml-language-server is not there: python -m tests.editor fetches it",
)
Act = Callable[[Callable[[Editor], Coroutine[Any, Any, None]]], None]
FLOWS = Path(__file__).parents[2] / "flows"
SLIPS = """\
steps:
  main:
    say: For sales, press 1.
    menu:
      1: sales
      no: hangup
    trys: 3
    wait: 5
  sales:
    transfer: +13125550123
    retries: 2
    otherwise: main
  check:
    run: identify
    verified: main
  twice:
    - say: Hello.
    - menu: {1: main}
      ask: code
  empty:
    |
"""


def modeline(name: str, up: str = "..") -> str:
    return f"# yaml-language-server: $schema={up}/.ivr/{name}.schema.json\n"


@pytest.fixture(scope="module")
def in_editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    """Does something in an editor, on a folder as authors have it: schemas beside the flows."""
    folder = tmp_path_factory.mktemp("line")
    (folder / schema.FOLDER).mkdir()
    for name, text in schema.files().items():
        (folder / schema.FOLDER / name).write_text(text, "utf-8")
    with asyncio.Runner() as runner:
        editor = runner.run(Editor.open(server(), folder))
        try:
            yield lambda act: runner.run(act(editor))
        finally:
            runner.run(editor.close())


def place(text: str, words: str) -> tuple[int, int]:
    """Where words stand, as editors count."""
    before = text[: text.index(words)]
    return before.count("\n"), len(before) - before.rfind("\n") - 1


def told(diagnostics: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    return {
        (start["line"], start["character"], each["message"])
        for each in diagnostics
        for start in [each["range"]["start"]]
    }


def test_the_shipped_files_give_no_diagnostics(in_editor: Act) -> None:
    async def act(editor: Editor) -> None:
        for file in sorted(FLOWS.glob("*.yaml")):
            known = file.stem if file.stem in ("settings", "numbers") else "flow"
            text = modeline(known) + file.read_text("utf-8")
            assert await editor.show(f"flows/{file.name}", text) == [], file
        for file in sorted(FLOWS.glob("tests/*.yaml")):
            text = modeline("test", "../..") + file.read_text("utf-8")
            assert await editor.show(f"flows/tests/{file.name}", text) == [], file

    in_editor(act)


def test_each_slip_is_told_once_at_its_place_and_nothing_else_is(in_editor: Act) -> None:
    text = modeline("flow") + SLIPS.replace("|", "goto: main")
    expected = {
        (*place(text, "trys"), "Property trys is not allowed."),
        (*place(text, "retries"), "Property retries is not allowed."),
        (*place(text, "no: hangup"), "keys are here: 0 to 9, star or pound, or several in a row"),
        (*place(text, "5\n  sales"), "write a duration like 5s, 500ms or 3m"),
        (*place(text, "ask: code"), "Property ask is not allowed."),
    }

    async def act(editor: Editor) -> None:
        diagnostics = await editor.show("flows/slips.yaml", text)
        assert told(diagnostics) == expected
        assert len(diagnostics) == len(expected)

    in_editor(act)


def test_a_step_is_offered_every_kind_with_a_text_and_as_a_snippet(in_editor: Act) -> None:
    text = modeline("flow") + SLIPS
    line, column = place(text, "|")
    text = text.replace("    |", "    ")

    async def act(editor: Editor) -> None:
        await editor.show("flows/offers.yaml", text)
        offered = await editor.complete("flows/offers.yaml", line, column)
        by_label = {each["label"]: each for each in offered}
        for page in PAGES.values():
            assert page.about in by_label[page.name]["documentation"]["value"]
            assert by_label[f"{page.name} …"]["insertText"].count("\n") >= 1
        assert not {"tries", "busy", "status"} & by_label.keys()
        assert by_label["goto"]["insertText"] == "goto: "
        # Beside a menu only what a menu takes.
        line_of_menu, _ = place(text, "    trys")
        beside = await editor.complete("flows/offers.yaml", line_of_menu, 4)
        labels = {each["label"] for each in beside}
        assert {"tries", "no_match", "fail"} <= labels
        assert not {"busy", "transfer", "goto"} & labels

    in_editor(act)


def test_words_are_offered_where_only_a_few_can_stand(in_editor: Act) -> None:
    text = modeline("flow") + "steps:\n  a:\n    ask: x\n    as: \n    fail: \n"

    async def act(editor: Editor) -> None:
        await editor.show("flows/words.yaml", text)
        types = await editor.complete("flows/words.yaml", *place(text, "\n    fail"))
        assert {"digits", "date", "yes_no"} <= {each["label"] for each in types}
        ways = await editor.complete("flows/words.yaml", 5, 10)
        assert {"hangup", "repeat", "back", "start"} <= {each["label"] for each in ways}

    in_editor(act)


def test_every_key_explains_itself(in_editor: Act) -> None:
    text = modeline("flow") + SLIPS.replace("|", "goto: main").replace("retries: 2", "ring: 30s")

    async def act(editor: Editor) -> None:
        await editor.show("flows/hovers.yaml", text)
        for words, wanted in (
            ("menu:", PAGES["menu"].about),
            ("wait:", "Default: `5s`"),
            ("ring:", "How long it rings."),
            ("run:", PAGES["run"].about),
            ("say:", "What the caller hears."),
            ("otherwise:", "For every outcome without a destination of its own."),
        ):
            line, column = place(text, words)
            shown = await editor.hover("flows/hovers.yaml", line, column + 1)
            assert wanted in shown, words
            assert shown.startswith(f"#### {words[:-1]}\n"), shown

    in_editor(act)
