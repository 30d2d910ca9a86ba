"""The environment this program was started with, whatever stands in ``os.environ`` just now.

Playwright's driver copies ``os.environ`` when it starts, so ``agent.browser`` puts another one
there for that moment. Runs that begin meanwhile in the same process find their own variables here.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TURN = threading.Lock()
_ASIDE: list[dict[str, str]] = []


def surroundings() -> dict[str, str]:
    """Copy the variables this program was started with."""
    with _TURN:
        return dict(_ASIDE[0] if _ASIDE else os.environ)


@contextmanager
def replaced_by(environment: Mapping[str, str]) -> Iterator[None]:
    """Put another environment into ``os.environ`` while the block lasts; one block at a time."""
    with _TURN:
        _ASIDE.append(dict(os.environ))
        _replace(environment)
    try:
        yield
    finally:
        with _TURN:
            _replace(_ASIDE.pop())


def _replace(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
