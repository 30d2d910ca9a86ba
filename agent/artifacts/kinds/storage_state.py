"""What a browser context remembers: its names stay, every value is cut.

A session that can be used again is a secret; it is kept sealed in the vault or not at all, never in
an open file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.harvest import Harvest
from agent.artifacts.literal import clean_line
from agent.artifacts.sensitive import CUT
from agent.artifacts.trace_events import pick

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_COOKIE = ("name", "domain", "path", "expires", "httpOnly", "secure", "sameSite")


class StorageStateKind:
    """The cleaner of storage states: which cookies and keys there were, without what they held."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the names; ``Refused`` when it is no storage state."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        try:
            state = json.loads(raw.path.read_bytes())
        except ValueError:
            raise Refused("not JSON") from None
        if not isinstance(state, dict) or not {"cookies", "origins"} & state.keys():
            raise Refused("not a storage state")
        # what it held may stand in other files of the same run
        with Harvest(cleaning.secrets) as harvest:
            harvest.from_result(state)
        clean = {
            "cookies": [
                pick(cookie, _COOKIE) | {"value": CUT} for cookie in _objects(state, "cookies")
            ],
            "origins": [_origin(origin) for origin in _objects(state, "origins")],
        }
        target = cleaning.workspace / "storage-state.json"
        write_private(target, clean_line(clean, cleaning.secrets.redactor, raw.name) + b"\n")
        return target


def _origin(origin: dict[str, Any]) -> dict[str, Any]:
    stored = [
        {"name": str(item.get("name", "")), "value": CUT}
        for item in _objects(origin, "localStorage")
    ]
    return {"origin": str(origin.get("origin", "")), "localStorage": stored}


def _objects(parent: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [item for item in parent.get(key) or [] if isinstance(item, dict)]
