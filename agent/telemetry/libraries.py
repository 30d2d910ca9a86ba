"""What libraries log: that they did, and where, and never their words, which may quote anything."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.telemetry.log import Log


class Ear(logging.Handler):
    """Hears warnings and errors of every library that has no other listener."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write which package warned, and the line of it that did."""
        package = record.name.partition(".")[0]
        by = package if package in sys.modules or package == "py" else "other"
        self._log.warned(by, f"{record.module}:{record.lineno}")


def hear(log: Log) -> None:
    """Have the log hear of what libraries log in this process, Python's own warnings among it."""
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, Ear)]
    root.addHandler(Ear(log))
    logging.captureWarnings(capture=True)
