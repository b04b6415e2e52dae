"""Fetch yaml-language-server where it is not there yet, and run the tests beside this file."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.editor import HERE, LOCK, cache, server

INSTALL_SECONDS_MAX = 300


def fetch() -> None:
    """Install what the lock file says, nothing else, and run no scripts of it."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    for file in (HERE / "package.json", LOCK):
        shutil.copy(file, folder)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        check=True,
        timeout=INSTALL_SECONDS_MAX,
    )


if __name__ == "__main__":
    if not server().exists():
        fetch()
    sys.exit(pytest.main([str(HERE), *sys.argv[1:]]))
