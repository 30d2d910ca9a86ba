"""Who may bring code of their own into a run: who deploys it, or its owner, here and on request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.errors import UsageError
from agent.vault.deployments import Deployments, digest_of
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.planner import Plan
    from agent.runner.house import House
    from agent.runs.options import RunOptions

_CODE = "code"


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


def _is_as_deployed(house: House, plan: Plan) -> bool:
    """Compare a plan, which may come from the store of runs, with what the vault has sealed."""
    deployment = Deployments(house.vault).find(plan.deployment)
    return deployment.id == plan.deployment and deployment.digest == digest_of(plan.document)


def check_fixed(document: dict[str, Any]) -> None:
    """Refuse to deploy a task whose code could be another one tomorrow. Raises ``UsageError``."""
    for step in _code_steps(document):
        if "file" in step and "sha256" not in step:
            raise UsageError(
                f"the code in {step['file']} could be changed after the task is deployed",
                hint='write its digest into the step, "sha256": "…" (sha256sum FILE)',
            )


def _code_steps(written: Any) -> list[dict[str, Any]]:
    if isinstance(written, list):
        return [step for one in written for step in _code_steps(one)]
    if not isinstance(written, dict):
        return []
    inside = [step for one in written.values() for step in _code_steps(one)]
    return [written, *inside] if written.get("type") == _CODE else inside
