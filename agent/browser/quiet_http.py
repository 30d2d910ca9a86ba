"""The library that asks over HTTP, without its log: that holds whole addresses, keys in them too.

Nothing else here imports it, so that nothing asks before the log is shut.
"""

from __future__ import annotations

import logging

import httpx2

for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = ["httpx2"]
