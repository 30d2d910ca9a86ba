"""The pictures of runs over time."""

from __future__ import annotations

import re

from agent.api.dashboard.charts import Bar, bars


def test_each_run_is_a_bar_and_the_whole_is_said_in_words() -> None:
    drawn = bars([Bar(2.0, good=True, title="a"), Bar(8.0, good=False, title="b")])
    assert re.findall(r'<rect class="(\w+)"', drawn) == ["good", "bad"]
    heights = [float(height) for height in re.findall(r'height="([0-9.]+)" rx', drawn)]
    assert heights[1] == 4 * heights[0]
    assert 'aria-label="1 of the last 2 runs succeeded; the longest took 8.0 s"' in drawn


def test_a_hostile_title_stays_text() -> None:
    drawn = bars([Bar(1.0, good=True, title="</title><script>")])
    assert "<script" not in drawn
    assert "&lt;/title&gt;&lt;script&gt;" in drawn


def test_no_runs_are_no_picture() -> None:
    assert str(bars([])) == ""
