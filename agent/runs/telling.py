"""Writes a run's report while the values are still there to be masked in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.browser.room import DiskFull, blames_disk, disk_full

if TYPE_CHECKING:
    from agent.artifacts.leavings import Leavings
    from agent.runs.course import Course
    from agent.runs.report import Report
    from agent.runs.states import State


def told(course: Course, leavings: Leavings, stopped: State, *, junit: bool) -> Report:
    """Clean what the course holds, publish the report in its forms, and give it.

    ``stopped`` is the state of a run that was stopped. On a full disk there is the record alone.
    """
    _clean(course, leavings)
    course.kept(leavings.kept)
    try:
        leavings.tell(course.report(stopped).document(), junit=junit)
    except (OSError, DiskFull) as error:
        if not blames_disk(error):
            raise
        course.fail(disk_full(leavings.destination))
    course.kept(leavings.kept)
    return course.report(stopped)


def _clean(course: Course, leavings: Leavings) -> None:
    if course.error is not None:
        leavings.cleaned(course.error)
    course.result = leavings.cleaned_values(course.result)
    course.notices = leavings.cleaned_texts(course.notices)
    seen = leavings.cleaned_texts([note[1] for note in course.notes])
    done = leavings.cleaned_texts([note[2] for note in course.notes])
    course.notes = [
        (line, saw, did, seconds)
        for (line, _, _, seconds), saw, did in zip(course.notes, seen, done, strict=True)
    ]
