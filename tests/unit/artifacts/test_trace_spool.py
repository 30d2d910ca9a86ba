"""Of the lines of a recording that wait, only what is to be changed in them is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.artifacts import trace_spool
from agent.artifacts.artifact import Refused
from agent.artifacts.trace_spool import Spool
from tests.unit.artifacts.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.open import RunSecrets

SAID = {"type": "console", "messageType": "log", "time": 1, "args": [], "location": {}}


def lines(folder: Path, secrets: RunSecrets, values: int, others: int) -> list[bytes]:
    """What becomes of a console in which values lie over two lines each, and of other lines."""
    spool = Spool(folder / "spool", secrets.redactor, 0)
    with spool:
        for text in [PASSWORD[:9], PASSWORD[9:]] * values + ["a guest"] * others:
            spool.put({**SAID, "text": text})
    try:
        return [*spool.lines({})]
    finally:
        spool.forget()


def test_more_changed_lines_than_can_be_held_are_refused(
    tmp_path: Path, secrets: RunSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = lines(tmp_path, secrets, 2, 0)
    assert PASSWORD[:9].encode() not in b"".join(changed)
    monkeypatch.setattr(trace_spool, "_MOST_HELD", sum(map(len, changed)))
    assert lines(tmp_path, secrets, 2, 500)[:4] == changed, "what stays as it is does not count"
    with pytest.raises(Refused, match="more places than can be held"):
        lines(tmp_path, secrets, 3, 0)
