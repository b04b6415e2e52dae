"""How log lines look: one line an event, on standard error.

Called by the commands that serve. Messages never hold keys or secrets; that is the business of
whoever writes them.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Final

FORMAT: Final = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s"


class OneLine(logging.Formatter):
    """Keeps what others have sent from beginning a new line, and so from faking an entry."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without its traceback, if there is one."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


def configure_logging(level: int = logging.INFO) -> None:
    """Send the log of this process to standard error, unless it already goes somewhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(FORMAT, "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
