"""The flow language, described as data: for editors, for the reference, for pictures.

``shapes`` has the vocabulary, ``kinds`` the table of all kinds with their fields, ``folder`` the
top of a flow, ``outside`` and ``rehearsals`` the other files. ``json_schema`` makes of it what
editors read, ``reference`` what people read. The loader does not use it; tests hold both to each
other, field by field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ivr.flow.schema import json_schema

FOLDER = ".ivr"
"""Where editors find the schemas, beside the flows folder."""
MODELINE = "# yaml-language-server: $schema=../.ivr/flow.schema.json"
"""The first line of a flow that editors know as one."""


def files() -> Mapping[str, str]:
    """The schemas as texts, by the name of their file in :data:`FOLDER`."""
    return {
        name: json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for name, schema in json_schema.files().items()
    }
