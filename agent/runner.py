"""The use cases. Every door (command line, API, MCP) calls only this."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.planner import Plan, make_plan, read_task
from agent.runs.watcher import NobodyWatches
from agent.tasks import Task, bind
from agent.vault.declarations import apply
from agent.vault.origin import OriginPolicy
from agent.vault.store import NewSecret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.executors.executor import Executor
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.store import Run, RunStore
    from agent.runs.watcher import Watcher
    from agent.vault.declarations import Applied
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``runner doctor``: ``ok`` is false only where a run would fail."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Runner:
    """Plan, submit, report, and the secrets they need; made by ``agent.wiring.build``."""

    vault: Vault
    store: RunStore
    open_executor: Callable[[], Executor]
    probes: Sequence[Callable[[], Check]] = field(default=())

    def add_secret(
        self, name: str, kind: str, fields: Mapping[str, str], origins: Sequence[str]
    ) -> SecretCard:
        """Seal a new secret. Raises ``UsageError`` for a bad field, origin or a name in use."""
        return self.vault.add(NewSecret(name, kind, fields, OriginPolicy.parse(origins)))

    def secrets(self) -> list[SecretCard]:
        """List the secrets by name; no value is read."""
        return self.vault.cards()

    def secret(self, ref_or_name: str) -> SecretCard:
        """Describe one secret. Raises ``SecretMissing``."""
        return self.vault.card(ref_or_name)

    def rotate_secret(self, ref_or_name: str, fields: Mapping[str, str]) -> SecretCard:
        """Seal a new version under the same id, so that bindings stay as they are."""
        return self.vault.rotate(ref_or_name, fields)

    def delete_secret(self, ref_or_name: str) -> SecretCard:
        """Shred the secret's keys; what it was called and when it went stays known."""
        return self.vault.delete(ref_or_name)

    def apply_declarations(self, folder: Path) -> Applied:
        """Compare a folder of declarations with the vault; only narrower origins are applied."""
        return apply(folder, self.vault)

    def validate(self, path: Path) -> Task:
        """Check a task file, all of it. Raises ``TaskInvalid`` with every problem."""
        return read_task(path)

    def plan(self, path: Path, bindings: Mapping[str, str], inputs: Mapping[str, str]) -> Plan:
        """Read a task, bind its slots and check every step; no browser, no secret's value."""
        task = self.validate(path)
        cards = {slot: self.vault.card(ref) for slot, ref in bindings.items()}
        return make_plan(bind(task, cards, inputs))

    async def run(self, plan: Plan, options: RunOptions, watcher: Watcher | None = None) -> Report:
        """Record a run of ``plan`` and carry it out, here and now."""
        run = self.submit(plan)
        return await self.open_executor().carry_out(run, plan, options, watcher or NobodyWatches())

    def submit(self, plan: Plan) -> Run:
        """Record a run of ``plan`` as queued; the record names secrets and holds none."""
        return self.store.add(task_name=plan.task_name, params=plan.to_json())

    def runs(self, limit: int = 20) -> list[Run]:
        """List the newest runs first."""
        return self.store.list(limit)

    def report(self, run: str) -> Report:
        """Tell how a run ended; ``run`` is its id or the start of it."""
        return self.store.report(run)

    def trace_of(self, run: str) -> Path:
        """Find a run's sanitized trace. Raises ``UsageError`` where none was kept."""
        report = self.report(run)
        for artifact in report.artifacts:
            if artifact.kind == "trace" and artifact.state == "kept":
                return Path(artifact.path)
        raise UsageError(
            f"run {report.run_id} has no trace",
            hint="it ran with --tracing off, or the trace was withheld: runner runs show",
        )

    def checks(self) -> list[Check]:
        """Look at everything a run needs on this machine."""
        return [probe() for probe in self.probes]
