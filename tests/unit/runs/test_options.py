from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runs.options import keeps_video

if TYPE_CHECKING:
    from agent.browser.options import Video


@pytest.mark.parametrize(
    ("video", "kept"),
    [
        ("on", (True, True)),
        ("only-on-failure", (False, True)),
        ("retain-on-failure", (False, True)),
        ("off", (False, False)),
    ],
)
def test_a_film_is_kept_as_was_asked(video: Video, kept: tuple[bool, bool]) -> None:
    assert (keeps_video(video, failed=False), keeps_video(video, failed=True)) == kept
