"""The command line: ``ivr`` and its commands, one file each.

A command is a file of this folder with a click command named ``command``; nothing else has to be
told about it. It is imported when it is used and not before, so ``ivr --version`` is quick, and its
help is read from its source. Whatever goes wrong is one sentence and exit code 2.
"""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import traceback
from typing import Any, Final

import click

import ivr
from ivr.errors import IvrError

EXIT_CODE: Final = 2
TRACE_VARIABLE: Final = "IVR_TRACE"
"""Set to 1, faults of ivr itself are shown with the place where they happened."""


class Commands(click.Group):
    """The commands of this folder, found by their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in alphabetical order."""
        return sorted(self._helps())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is no such file, or if it holds no command."""
        name = cmd_name.replace("-", "_")
        if name not in _modules():
            return None
        module = importlib.import_module(f"{__name__}.{name}")
        command: click.Command | None = getattr(module, "command", None)
        if command is not None:
            command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self._helps().items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors become a sentence."""
        try:
            return super().invoke(ctx)
        except IvrError as error:
            raise Sentence(str(error)) from None
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get(TRACE_VARIABLE) == "1":
                traceback.print_exc()
            said = " ".join(str(error).split()) or "no more is known"
            raise Sentence(
                f"a fault of ivr itself, {type(error).__name__}: {said} "
                f"(set {TRACE_VARIABLE}=1 to see where)"
            ) from None

    def _helps(self) -> dict[str, str]:
        helps = {}
        for name in _modules():
            text = _help_of(name)
            if text is not None:
                helps[name.replace("_", "-")] = text
        return helps


class Sentence(click.ClickException):
    """What went wrong, for a person."""

    exit_code = EXIT_CODE

    def show(self, file: Any = None) -> None:
        """Say it on standard error."""
        click.echo(f"ivr: {self.format_message()}", err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ivr.__version__, prog_name="ivr")
def main() -> None:
    """A phone line that answers at once and is led by flows written in YAML."""


def _modules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(__path__)}


def _help_of(name: str) -> str | None:
    """The first line of a command's help, read from its source; None if the file holds none."""
    source = pkgutil.get_data(__name__, f"{name}.py") or b""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == "command":
            return (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")
    return None
