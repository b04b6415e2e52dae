"""``ivr new``: a flows folder that works at once, to be changed into one's own.

The folders stand in ``templates/`` beside this file, as they are written but for the first line,
which tells editors the schema: each is checked, tested and laid out like the shipped flows. The
schemas go into ``.ivr`` beside the folder. Never writes into a folder that holds something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import click

from ivr.errors import SettingsError
from ivr.flow import schema
from ivr.flow.files import NUMBERS_FILE, SETTINGS_FILE

TEMPLATES: Final[Mapping[str, str]] = {
    "front_desk": "a menu, a person, and a message where nobody picks up",
    "after_hours": "a person by day, a message at night and on holidays",
    "clinic": "two languages, opening hours, and a service that is asked",
}
DEFAULT_FOLDER: Final = Path("flows")
"""Which every command takes where none is named."""


@click.command(
    epilog="\b\nTemplates:\n" + "\n".join(f"  {name:12} {what}" for name, what in TEMPLATES.items())
)
@click.argument("folder", default=DEFAULT_FOLDER, type=click.Path(path_type=Path))
@click.option(
    "--from",
    "template",
    type=click.Choice(list(TEMPLATES)),
    default="front_desk",
    show_default=True,
    help="What to begin with.",
)
def command(folder: Path, template: str) -> None:
    """Make a flows folder that works at once.

    FOLDER is made; default: flows. It holds one flow, the numbers that lead to it, settings, and
    tests that pass. A folder that is not empty is left alone.
    """
    _refuse_what_is_there(folder)
    click.echo(f"{folder}: {TEMPLATES[template]}")
    for name, source in _files(template):
        _write(folder / name, f"{_modeline(name)}\n{source.read_text('utf-8')}")
        click.echo(f"  {name}")
    schemas = folder.absolute().parent / schema.FOLDER
    for name, text in schema.files().items():
        _write(schemas / name, text)
    click.echo(f"  ../{schema.FOLDER}: by which editors complete and check these files")
    click.echo("\nNext:")
    steps = list(_next(folder, template))
    width = max(len(typed) for typed, _ in steps)
    for typed, why in steps:
        click.echo(f"  {typed:<{width}}   {why}")


def _next(folder: Path, template: str) -> Iterator[tuple[str, str]]:
    """What to type now, and why; ``flows`` need not be named."""
    usual = folder == DEFAULT_FOLDER
    name = str(folder) if " " not in str(folder) else f'"{folder}"'
    yield "ivr call" + ("" if usual else f" --flows {name}"), "ring it here; press keys, h hangs up"
    yield "ivr dev" + ("" if usual else f" {name}"), f"change {template}.yaml and hear it on saving"
    yield "ivr test" + ("" if usual else f" {name}"), "make the calls of its tests"


def _refuse_what_is_there(folder: Path) -> None:
    """Raises :class:`~ivr.errors.SettingsError` unless the folder is new or empty."""
    try:
        there = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be read: {error.strerror}") from None
    if there:
        kind = "holds something already" if folder.is_dir() else "is a file"
        raise SettingsError(f"{folder} {kind}, and was left alone: name a folder that is not there")


def _files(template: str) -> Iterator[tuple[str, Traversable]]:
    """The files of a template by path, in a fixed order: the flow first, its tests last."""
    root = files("ivr.cli") / "templates" / template
    flow = f"{template}.yaml"
    found = [(each.name, each) for each in root.iterdir() if each.is_file()]
    yield from sorted(found, key=lambda each: (each[0] != flow, each[0]))
    for each in sorted((root / "tests").iterdir(), key=lambda each: each.name):
        yield f"tests/{each.name}", each


def _modeline(name: str) -> str:
    """The first line of a file, by which editors with yaml-language-server know what it is."""
    kinds = {SETTINGS_FILE: "settings", NUMBERS_FILE: "numbers"}
    kind = "test" if "/" in name else kinds.get(name, "flow")
    above = "../" * (name.count("/") + 1)
    return f"# yaml-language-server: $schema={above}{schema.FOLDER}/{kind}.schema.json"


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
