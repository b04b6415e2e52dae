"""Flows in a real editor: yaml-language-server with the schemas that ``ivr schema`` writes.

``python -m tests.editor`` fetches the server once, at the versions of ``package-lock.json``, into a
cache folder, and runs the tests. In ``pytest`` they run where it was fetched, and are skipped
elsewhere. Needs Node.js 22.13 or newer and npm.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"


def cache() -> Path:
    """Where this version of the server is kept; a new lock file is another folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return Path(base) / "ivr" / f"editor-{digest}"


def server() -> Path:
    """The language server's program, whether it is there or not."""
    return cache() / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
