"""A worker whose disk is full fails its run, cleans up, and takes no more until there is room."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.browser.room import ENOUGH
from agent.runner.orders import Order
from agent.runs.states import State
from tests.standins.disks import MEGABYTE, NO_MEMORY, may_mount, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.standins.disks import Disk
    from tests.standins.hosts import Place


@pytest.fixture
def disk(place: Place) -> Iterator[Disk]:
    """The disk that runs write to; the database is on another one."""
    if not may_mount():
        pytest.skip("no disk can be mounted here: that takes root")
    with small_disk(place.home / "small", ENOUGH // MEGABYTE + 32) as made:
        for name in ("runs", "private"):
            (made.path / name).mkdir(mode=0o700)
            if (place.home / name).is_dir():
                (place.home / name).rmdir()
            (place.home / name).symlink_to(made.path / name)
        yield made
        place.end()


def states(place: Place) -> list[str]:
    return [one.state for one in place.runner.orders.workers()]


def test_the_run_says_so_its_private_folder_goes_and_the_worker_takes_no_more(
    place: Place, disk: Disk
) -> None:
    first = place.place(1)
    place.crew(1, before=NO_MEMORY)
    place.site.wait_for("/hold", 1)
    assert list((disk.path / "private").iterdir()) != []
    disk.fill()
    waits = place.place(2)
    place.site.let_go(1, 2)
    place.ended(first)
    run = place.runner.store.get(first)
    assert (run.state, run.outcome) == (State.FAILED, "disk_full")
    error = place.runner.report(first).error
    assert error is not None
    assert "is full" in error.message
    assert "make room" in error.hint
    assert list((disk.path / "private").iterdir()) == []
    place.wait(lambda: states(place) == ["full"])
    assert place.state(waits) is State.QUEUED
    disk.clear()
    place.ended(waits)
    assert place.state(waits) is State.SUCCEEDED
    place.wait(lambda: states(place) == ["working"])


@pytest.mark.slow
def test_a_run_is_begun_only_where_there_is_room_for_what_it_leaves(
    place: Place, disk: Disk
) -> None:
    disk.fill(ENOUGH - MEGABYTE)
    waits = place.place(1)
    place.site.let_go(1)
    place.crew(1, before=NO_MEMORY)
    place.wait(lambda: states(place) == ["full"])
    assert place.state(waits) is State.QUEUED
    disk.clear()
    place.ended(waits)
    assert place.state(waits) is State.SUCCEEDED


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_on_a_full_disk_is_told_as_that_too(place: Place, disk: Disk) -> None:
    steps = [{"type": "goto", "url": f"{place.site.url}/hold?n=1"}, {"type": "screenshot"}]
    place.runner.tasks.add(json.dumps({"name": "Look", "steps": steps}).encode())
    first = place.runner.orders.place(Order("Look")).id
    place.crew(1, before=NO_MEMORY)
    place.site.wait_for("/hold", 1)
    disk.fill()
    place.site.let_go(1)
    place.ended(first)
    assert place.runner.store.get(first).outcome == "disk_full"
    place.wait(lambda: list((disk.path / "private").iterdir()) == [])
