"""Which file of a flows folder is what, by its path alone; nothing is opened here.

Flows stand at the top of the folder. ``shared/`` and any other sub-folder hold what flows include,
``texts/`` what translators write. Used by :mod:`ivr.flow.load` and the files it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SETTINGS_FILE = "settings.yaml"
NUMBERS_FILE = "numbers.yaml"
TEXTS_FOLDER = "texts/"
_TRANSLATION = re.compile(r"texts/(?P<flow>[^/]+)\.(?P<language>[^./]+)\.yaml")


def is_flow_file(name: str) -> bool:
    """Whether a file of the folder is a flow: it stands at the top and is no settings file."""
    return "/" not in name and name not in (SETTINGS_FILE, NUMBERS_FILE)


def flow_id(name: str) -> str:
    """The id of the flow in a file: its name without its ending."""
    return name.rsplit(".", 1)[0]


def flow_ids(names: Iterable[str]) -> frozenset[str]:
    """The ids of all flows of the folder, those with errors too."""
    return frozenset(flow_id(name) for name in names if is_flow_file(name))


def can_be_included(name: str) -> bool:
    """Whether a file holds definitions: it stands in a sub-folder, and not in ``texts/``."""
    return "/" in name and not name.startswith(TEXTS_FOLDER)


def translation(name: str) -> tuple[str, str] | None:
    """The flow and the language of ``texts/clinic.es.yaml``; None for any other file."""
    found = _TRANSLATION.fullmatch(name)
    return (found["flow"], found["language"]) if found else None
