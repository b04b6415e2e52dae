"""Chromium, a page that may not complain, and a studio to open: for the tests of this folder only.

They are collected where somebody asks for ``tests/browser`` by name, and else not at all: they need
Chromium and the extra ``browser``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.browser.browsing import Browsing, Visit, browsing
from tests.browser.server import studio_of

HERE: Final = Path(__file__).parent

SETTINGS: Final = "voices:\n  beeps: {provider: tone}\n"
"""Every text has its own melody: what is heard tells what was said."""
NUMBERS: Final = "+13125550100: acme\n+13125550101: {flow: acme, language: es-US}\ndefault: acme\n"
FLOW: Final = """\
title: Acme front desk
timezone: America/Chicago
languages:
  en-US: {voice: beeps}
  es-US: {voice: beeps}
hours:
  office: {mon-fri: 9:00-17:00}
numbers:
  desk: +13125550123
steps:
  main:
    say:
      en: Hello. For our hours press 1, for your account press 2, for a person press 0.
      es: Hola. Para el horario oprima 1, para su cuenta 2, para una persona 0.
    menu:
      1: hours
      2: account
      0: desk
    fail: desk
  hours:
    - if: hours.office.open
      say:
        en: We are open until five.
        es: Abrimos hasta las cinco.
      goto: main
    - say:
        en: We are closed today.
        es: Hoy no abrimos.
      goto: main
  account:
    say:
      en: Please key your four digit PIN.
      es: Marque su PIN de cuatro cifras.
    ask: pin
    digits: 4
    sensitive: yes
    fail: desk
    goto: thanks
  thanks:
    say:
      en: Thank you.
      es: Gracias.
    goto: hangup
  desk:
    say:
      en: One moment please.
      es: Un momento.
    transfer: desk
    otherwise: nobody
  nobody:
    say:
      en: Nobody is there. Goodbye.
      es: No hay nadie. Adiós.
    goto: hangup
"""


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Nothing here is collected unless this folder was asked for."""
    asked = (Path(config.invocation_params.dir, arg.split("::")[0]) for arg in config.args)
    return None if any(HERE in [path, *path.parents] for path in asked) else True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browsing]:
    """One browser for all tests."""
    with browsing() as started:
        yield started


def write_flows(folder: Path) -> Path:
    """The flows of these tests, in a folder of their own."""
    flows = folder / "flows"
    (flows / "tests").mkdir(parents=True)
    (flows / "acme.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "numbers.yaml").write_text(NUMBERS, encoding="utf-8")
    (flows / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return flows


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio whose flows nobody changes."""
    with studio_of(write_flows(tmp_path_factory.mktemp("studio"))) as address:
        yield address


@pytest.fixture
def own_flows(tmp_path: Path) -> Path:
    """A folder that a test may change."""
    return write_flows(tmp_path)


@pytest.fixture
def own_studio(own_flows: Path) -> Iterator[str]:
    """A studio for that folder."""
    with studio_of(own_flows) as address:
        yield address


@pytest.fixture
def visit(chromium: Browsing, studio: str) -> Iterator[Visit]:
    """The page, opened by somebody with a mouse at 1280 pixels."""
    with chromium.visit(studio) as visit:
        yield visit


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots are kept, for whoever wants to look; anew in every run."""
    folder = HERE / "var"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
