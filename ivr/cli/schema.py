"""``ivr schema``: the flow language for editors, and for people as a reference.

Editors with yaml-language-server (VS Code's YAML extension, Neovim, Helix, Zed …) complete, explain
and check flows by it; the first line of a flow says where it is.
"""

from __future__ import annotations

from pathlib import Path

import click

from ivr.errors import SettingsError
from ivr.flow import schema
from ivr.flow.schema.reference import put_into, reference

_SUFFIX = ".schema.json"


@click.command()
@click.argument("name", default="flow", metavar="[NAME]")
@click.option(
    "--write",
    "folder",
    is_flag=False,
    flag_value=schema.FOLDER,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="[FOLDER]",
    help=f"Write all schemas into a folder, by default {schema.FOLDER}, where flows look for them.",
)
@click.option("--reference", "wanted", is_flag=True, help="Print the reference in Markdown.")
@click.option(
    "--into",
    "document",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Put the reference into this document, between its marks, instead of printing it.",
)
def command(name: str, folder: Path | None, wanted: bool, document: Path | None) -> None:
    """Print or write what editors need to complete, explain and check flows.

    NAME is flow, settings, numbers, shared, texts or test.
    """
    if document is not None:
        document.write_text(put_into(document.read_text("utf-8")), "utf-8")
    elif wanted:
        click.echo(reference(), nl=False)
    elif folder is not None:
        _write(folder)
    else:
        files = schema.files()
        if name + _SUFFIX not in files:
            known = ", ".join(each.removesuffix(_SUFFIX) for each in files)
            raise SettingsError(f"there is no schema {name!r}; there are {known}")
        click.echo(files[name + _SUFFIX], nl=False)


def _write(folder: Path) -> None:
    """Put every schema where editors look for it."""
    files = schema.files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written to: {error.strerror}") from None
    click.echo(f"{folder}: {len(files)} schemas; the first line of a flow names its own:")
    click.echo(schema.MODELINE)
