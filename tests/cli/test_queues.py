"""Where and when a queued run may begin, as it is typed, and what is said of one that waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call

SITE = "https://portal.example"


def test_a_run_is_queued_for_a_place_and_a_time_and_says_what_it_waits_for(
    call: Call, tmp_path: Path
) -> None:
    task = tmp_path / "look.json"
    steps = [{"type": "goto", "url": f"{SITE}/list"}]
    task.write_text(json.dumps({"name": "Look", "steps": steps, "labels": ["eu"]}))
    call("vault", "init")
    assert call("tasks", "add", str(task)).code == 0
    words = ["tasks", "queue", "Look", "--queue", "night", "--label", "linux"]
    later = call(*words, "--after", "2h").out.strip()
    now = call(*words, "--at", "2020-01-01T06:30").out.strip()
    listed = {one["run_id"]: one for one in call("runs", "list", "--json").document}
    assert listed[later]["queue"] == listed[now]["queue"] == "night"
    assert listed[later]["labels"] == ["eu", "linux"]
    assert listed[later]["not_before"] > listed[later]["created_at"] + 7000
    assert "in night eu linux, from " in call("runs", "list").out
    assert "it waits for its time, " in call("runs", "show", later).err
    nobody = "a worker that takes from the queue night and has the labels eu linux: there is none"
    assert nobody in call("runs", "show", now).err


def test_what_is_no_queue_time_or_label_is_refused_in_one_line(call: Call) -> None:
    late = ["--after", "1m", "--at", "2026-11-22T06:30"]
    for words, said in (
        (["tasks", "queue", "Look", "--label", "/"], "'/' is no label"),
        (["tasks", "queue", "Look", *late], "exclude each other"),
        (["worker", "--labels", "a,b,c,d,e,f,g"], "6 labels, not 7"),
    ):
        assert said in call(*words).fails_in_one_line(2)


def test_a_site_is_limited_and_set_free_again(call: Call) -> None:
    call("vault", "init")
    wanted = ["limits", "set", f"{SITE}/login", "--concurrency", "2", "--per-minute", "6"]
    assert call(*wanted).out == f"limited {SITE}\n"
    [limit] = call("limits", "list", "--json").document
    assert (limit["site"], limit["concurrency"], limit["per_minute"]) == (SITE, 2, 6.0)
    assert SITE in call("limits", "list").out
    assert call("limits", "remove", SITE).code == 0
    call("limits", "remove", SITE).fails_in_one_line(2)
    call("limits", "set", SITE).fails_in_one_line(2)
