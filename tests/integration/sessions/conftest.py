"""A data folder with one login in it, and tasks that keep their session."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.options import RunOptions
from agent.runs.watcher import NobodyWatches
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.runner import Runner
    from agent.runs.report import Report
    from tests.standins.kept_site import KeptSite


class Listening(NobodyWatches):
    """Remembers the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


@dataclass
class Desk:
    """Runs against one site."""

    folder: Path
    site: KeptSite
    secret: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def runner(self) -> Runner:
        """What the next process has: everything is read again."""
        environ = {
            "RUNNER_HOME": str(self.folder / "home"),
            "RUNNER_KEY_FILE": str(self.folder / "keys" / "vault.key"),
        }
        return build(Settings.load(environ, self.folder))

    def store(self) -> str:
        fields = {"username": "ann", "password": self.site.password}
        self.secret = self.runner.add_secret("login", "login", fields, [self.site.origin]).id
        return self.secret

    def task(
        self, *more: dict[str, Any], first: dict[str, Any] | None = None, **wishes: Any
    ) -> Path:
        step = {"type": "sign_in", "slot": "LOGIN", "url": f"{self.site.origin}/login"}
        before = [first] if first else []
        steps = [*before, {**step, "session": "keep", **wishes}, *more]
        path = self.folder / "task.json"
        slots = {"LOGIN": {"type": "login", "origins": [self.site.origin]}}
        path.write_text(json.dumps({"name": "kept", "slots": slots, "steps": steps}), "utf-8")
        return path

    async def run(
        self, *more: dict[str, Any], options: RunOptions | None = None, **wishes: Any
    ) -> Report:
        runner, watcher = self.runner, Listening()
        plan = runner.plan(self.task(*more, **wishes), {"LOGIN": self.secret}, {})
        report = await runner.run(plan, options or RunOptions(pictures="off"), watcher)
        self.notices = watcher.notices
        return report

    async def ends(self, *more: dict[str, Any], **wishes: Any) -> str:
        """Run, and give the outcome of the sign-in."""
        report = await self.run(*more, **wishes)
        assert report.outcome == "passed", report.error
        return report.steps[0].outcome


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[[KeptSite], Desk]:
    """Make a desk with the site's login stored."""

    def make(site: KeptSite) -> Desk:
        desk = Desk(tmp_path, site)
        desk.store()
        return desk

    return make
