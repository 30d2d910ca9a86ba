"""Live deployments: looked at as a difference first, then made, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from agent.api.asking import Asked, Asking, door
from agent.api.shapes import Given, Listed, Taken, Word
from agent.errors import NotFound, UsageError
from agent.runner.deploying import Wish
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.vault.deployments import Deployment, Proposal

router = APIRouter(prefix="/deployments", tags=["deployments"])

Named = Annotated[str, Path(min_length=1, max_length=200)]


class DeployWish(Taken):
    """What to deploy: a stored task with bindings, and which test secrets to copy to live."""

    task: Word
    secret_bindings: dict[str, Word] = Field(default_factory=dict, max_length=50)
    copy_secrets: list[Word] = Field(default_factory=list, max_length=50)
    name: str = Field(default="", max_length=120)


class DeployOrder(DeployWish):
    """What to deploy, after the difference was seen; ``before`` is the deployment it was with."""

    before: str | None = Field(default=None, max_length=60)


class Binding(Given):
    """What fills a slot: a live secret, and the test secret it was copied from."""

    secret: str
    copied_from: str | None


class DeploymentGiven(Given):
    """One deployment; ``number`` counts those of one name."""

    id: str
    name: str
    number: int
    digest: str
    bindings: dict[str, Binding]
    created_by: str
    created_at: str


class DeploymentDetail(DeploymentGiven):
    """A deployment with its task as it was."""

    document: dict[str, Any]


class Candidate(Given):
    """A bound test secret that has no live one of its name yet."""

    id: str
    name: str


class Difference(Given):
    """What a deployment would change; ``before`` goes back with the request to make it."""

    name: str
    digest: str
    copies: dict[str, str]
    live: dict[str, str]
    before: str | None
    same_task: bool
    candidates: list[Candidate]


@router.get("", **door(Action.SEE))
def deployments(asked: Asked) -> Listed[DeploymentGiven]:
    """List the newest deployment of each name."""
    return Listed(items=[DeploymentGiven(**_told(one)) for one in asked.runner.deploying.newest()])


@router.get("/{deployment}", **door(Action.SEE))
def deployment(asked: Asked, deployment: Named) -> Listed[DeploymentDetail]:
    """List all deployments of a name, the newest first."""
    found = reversed(_history(asked, deployment))
    return Listed(
        items=[DeploymentDetail(**_told(one), document=dict(one.document)) for one in found]
    )


@router.post("/difference", **door(Action.DEPLOY))
def difference(asked: Asked, wish: DeployWish) -> Difference:
    """Say what a deployment would change; nothing is made."""
    deploying, asked_for = asked.runner.deploying, _wish(wish)
    candidates = [Candidate(id=c.id, name=c.name) for c in deploying.candidates(asked_for)]
    return _difference(deploying.propose(asked_for), candidates)


@router.post("", status_code=201, **door(Action.DEPLOY))
def deploy(asked: Asked, order: DeployOrder) -> DeploymentGiven:
    """Make a deployment, copies and all, or nothing."""
    proposal = asked.runner.deploying.propose(_wish(order))
    if order.before != (proposal.before.id if proposal.before else None):
        raise UsageError("that name was deployed meanwhile", hint="look at the difference again")
    return DeploymentGiven(**_told(asked.runner.deploying.deploy(proposal)))


def _wish(wish: DeployWish) -> Wish:
    return Wish(wish.task, wish.secret_bindings, wish.copy_secrets, wish.name)


def _history(asked: Asking, name: str) -> list[Deployment]:
    try:
        return asked.runner.deploying.history(name)
    except UsageError as error:
        raise NotFound(error.message, hint=error.hint) from None


def _difference(proposal: Proposal, candidates: list[Candidate]) -> Difference:
    before = proposal.before
    return Difference(
        name=proposal.name,
        digest=proposal.digest,
        copies={slot: card.id for slot, card in proposal.copies.items()},
        live={slot: card.id for slot, card in proposal.live.items()},
        before=before.id if before else None,
        same_task=before is not None and before.digest == proposal.digest,
        candidates=candidates,
    )


def _told(one: Deployment) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "number": one.number,
        "digest": one.digest,
        "bindings": {
            slot: Binding(secret=bound.secret, copied_from=bound.source or None)
            for slot, bound in one.bindings.items()
        },
        "created_by": one.created_by,
        "created_at": one.created_at,
    }
