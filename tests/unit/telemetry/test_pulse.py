"""The file that a probe looks at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent.telemetry.pulse import Pulse

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_young_after_each_beat_and_gone_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    pulse = Pulse(file)
    pulse.worker_lives(0, 1)
    os.utime(file, (1.0, 1.0))
    pulse.worker_lives(1, 1)
    assert file.stat().st_mtime > 1.0
    pulse.flush()
    assert not file.exists()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "pulse").symlink_to(tmp_path / "elsewhere")
    try:
        Pulse(tmp_path / "pulse").worker_lives(0, 1)
    except OSError:
        assert not (tmp_path / "elsewhere").exists()
    else:
        raise AssertionError("the link was followed")
