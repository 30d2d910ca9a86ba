"""Stored tasks: put there by whoever may, in versions that never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import TaskInvalid, UsageError
from agent.planner import read_given
from agent.planner.shape import beside, shape_of
from agent.runner.house import bindings_of
from agent.runs.listing import Wanted
from agent.runs.task_store import Content, StoredTask
from agent.tasks import Task
from agent.vault.deployments import Deployments, digest_of
from agent.vault.policy import LIVE, TEST, Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.errors import Problem
    from agent.planner.shape import TaskShape
    from agent.runner.house import House
    from agent.runs.task_store import TaskStore

Tasks = list[StoredTask]


@dataclass(frozen=True, slots=True)
class TaskKeeping:
    """Use cases of stored tasks. What is not there, or another project's, is ``NotFound``."""

    house: House

    def problems(self, text: bytes) -> tuple[Problem, ...]:
        """Find what is wrong with a task's text; none where it could be stored."""
        self.house.permit(Action.SEE_TASKS)
        try:
            return beside(read_given(text))
        except TaskInvalid as wrong:
            return wrong.problems

    def add(self, text: bytes) -> StoredTask:
        """Store a task under its own name. Raises ``TaskInvalid``, ``UsageError`` for its name."""
        self.house.permit(Action.TASKS)
        return self._store.add(self._content(text))

    def add_version(self, id_or_name: str, text: bytes) -> StoredTask:
        """Store another version and use it from now on; raises as ``add`` does."""
        self.house.permit(Action.TASKS)
        return self._store.add_version(self._store.get(id_or_name).id, self._content(text))

    def put(self, text: bytes) -> StoredTask:
        """Store a task, as a new version where there is one of its name; raises as ``add``."""
        self.house.permit(Action.TASKS)
        content = self._content(text)
        there = [one for one in self._store.list() if one.name == content.name]
        if there:
            return self._store.add_version(there[0].id, content)
        return self._store.add(content)

    def list(self) -> Tasks:
        """Give the tasks by name, each with the version that is used."""
        self.house.permit(Action.SEE_TASKS)
        return self._store.list()

    def get(self, id_or_name: str, version: int | None = None) -> StoredTask:
        """Give a task, in the version that is used or in another one."""
        self.house.permit(Action.SEE_TASKS)
        return self._store.get(id_or_name, version)

    def versions(self, id_or_name: str) -> Tasks:
        """Give all versions of a task, the newest first."""
        return self._store.versions(self.get(id_or_name).id)

    def shape(self, stored: StoredTask) -> TaskShape:
        """Say what a task needs, what it gives back, and what it does in words."""
        self.house.permit(Action.SEE_TASKS)
        return shape_of(task_of(stored))

    def shape_of_document(self, document: Mapping[str, Any]) -> TaskShape:
        """Say the same of a task as it was deployed."""
        self.house.permit(Action.SEE_TASKS)
        return shape_of(Task.model_validate(dict(document)))

    def delete(self, id_or_name: str, typed: str) -> None:
        """Take a task away; ``typed`` is its name, typed to confirm it. Raises ``UsageError``.

        Runs that wait or go on keep what they were planned with.
        """
        self.house.permit(Action.TASKS)
        stored = self._store.get(id_or_name)
        if typed != stored.name:
            raise UsageError("the name typed to confirm it is not the task's")
        self._store.delete(stored.id)

    def last_bindings(self, id_or_name: str, mode: str = TEST) -> dict[str, str]:
        """Give what each slot was bound to the last time (ids of secrets); empty before.

        For live mode that is the newest deployment of the task's name.
        """
        stored = self.get(id_or_name)
        if mode == LIVE:
            deployed = Deployments(self.house.vault).history(stored.name)
            made = deployed[-1].bindings if deployed else {}
            return {slot: bound.secret for slot, bound in made.items()}
        page = self.house.store.page(Wanted(limit=1, task=stored.id, mode=mode, reports=False))
        return bindings_of(page.items[0]) if page.items else {}

    @property
    def _store(self) -> TaskStore:
        return self.house.store.tasks

    def _content(self, text: bytes) -> Content:
        task = read_given(text)
        problems = beside(task)
        if problems:
            raise TaskInvalid(task.source, problems)
        document = task.document()
        return Content(document, digest_of(document), self.house.actor.name)


def task_of(stored: StoredTask) -> Task:
    """Read a stored task; it has no file, and so no folder with other files."""
    return Task.model_validate(dict(stored.document))
