"""Who may bring code of their own into a run: who deploys it, or its owner, here and on request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.errors import EnvironmentUnfit, UsageError
from agent.registry import Table
from agent.vault.deployments import Deployments, digest_of
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.planner import Plan
    from agent.runner.house import House
    from agent.runs.options import RunOptions

_WALLS: Table[Callable[[], str]] = Table("agent.steps.sandbox", {"missing": "walls:missing"})
_CODE = "code"
_SENDING = frozenset({"upload", "http", "sftp"})


def with_code(house: House, plan: Plan, options: RunOptions) -> RunOptions:
    """Give the options a plan is carried out with: with leave for its code, if it has any.

    A deployment has been looked at by who deployed it. Raises ``UsageError`` for a task with code
    that nobody gave leave for, ``NotAllowed`` for an actor who may not give it.
    """
    bringing = [step for step in plan.every() if step.type == _CODE]
    if not bringing:
        return replace(options, allow_code=False)
    if plan.deployment and _is_as_deployed(house, plan):
        return replace(options, allow_code=True)
    if not options.allow_code:
        raise UsageError(
            f"the task brings code of its own: {bringing[0].title}",
            hint="read it, then run it with --allow-code; or an admin deploys it: runner deploy",
        )
    house.permit(Action.CODE)
    return options


def require_walls(options: RunOptions) -> None:
    """Raise ``EnvironmentUnfit`` where this machine could not keep a run's code walled in."""
    lacking = _WALLS["missing"]() if options.allow_code else ""
    if lacking:
        raise EnvironmentUnfit(
            f"the task brings code of its own, and this machine cannot wall it in: {lacking}",
            hint="code steps need Linux 6.2 or newer on x86-64, with Landlock; runner doctor",
        )


def _is_as_deployed(house: House, plan: Plan) -> bool:
    """Compare a plan, which may come from the store of runs, with what the vault has sealed."""
    deployment = Deployments(house.vault).find(plan.deployment)
    return deployment.id == plan.deployment and deployment.digest == digest_of(plan.document)


def check_fixed(document: dict[str, Any]) -> None:
    """Refuse a live task whose code, or a file it sends, could be another one tomorrow.

    Raises ``UsageError``.
    """
    for path in sent_from_folder(document):
        raise UsageError(
            f"the file {path} could be changed after the task is deployed: it is not sent",
            hint='write what is in it into the step, as "name" and "text", or send what a step '
            "has downloaded",
        )
    for step in _code_steps(document):
        if "file" in step and "sha256" not in step:
            raise UsageError(
                f"the code in {step['file']} could be changed after the task is deployed",
                hint='write its digest into the step, "sha256": "…" (sha256sum FILE)',
            )


def sent_from_folder(written: Any) -> list[str]:
    """List the files in the task's folder that its steps send, those inside others too."""
    if isinstance(written, list):
        return [path for one in written for path in sent_from_folder(one)]
    if not isinstance(written, dict):
        return []
    inside = [path for one in written.values() for path in sent_from_folder(one)]
    if written.get("type") not in _SENDING:
        return inside
    files = [written.get(key) for key in ("files", "file", "upload")]
    flat = [one for given in files for one in (given if isinstance(given, list) else [given])]
    return [*(str(one["path"]) for one in flat if isinstance(one, dict) and "path" in one), *inside]


def _code_steps(written: Any) -> list[dict[str, Any]]:
    if isinstance(written, list):
        return [step for one in written for step in _code_steps(one)]
    if not isinstance(written, dict):
        return []
    inside = [step for one in written.values() for step in _code_steps(one)]
    return [written, *inside] if written.get("type") == _CODE else inside
