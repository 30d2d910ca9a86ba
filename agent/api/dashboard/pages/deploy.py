"""Deploying a task: which secrets it gets in live mode, seen as a difference first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.choices import slots_of
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.rendering import Said
from agent.errors import RunnerError
from agent.runner.deploying import Wish
from agent.vault.policy import TEST, Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.runs.task_store import StoredTask
    from agent.vault.deployments import Proposal
    from agent.vault.secret import SecretCard

router = APIRouter(prefix="/tasks/{task_id}/deploy")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the difference: what, how it is now, and how it will be."""

    what: str
    now: str
    then: str


@router.get("", **door(Action.DEPLOY))
def deploy_page(request: Request, asked: Asked, task_id: str) -> Response:
    """Ask which secrets a task gets in live mode."""
    return _page(request, asked, asked.runner.tasks.get(task_id))


@router.post("", **door(Action.DEPLOY))
def deploy(request: Request, asked: Asked, task_id: str, form: Sent) -> Response:
    """Show what a deployment would change; make it when that was shown already."""
    stored, deploying = asked.runner.tasks.get(task_id), asked.runner.deploying
    try:
        proposal = deploying.propose(_wish(asked, stored, form))
        if form.one("act") != "deploy" or form.one("seen") != _mark(proposal):
            told = {"difference": list(changes_of(proposal)), "seen": _mark(proposal)}
            return _page(request, asked, stored, form, **told)
        deploying.deploy(proposal)
    except RunnerError as error:
        return _page(request, asked, stored, form, said=Said.of(error))
    return see(f"/tasks/{stored.id}", "deployed")


def changes_of(proposal: Proposal) -> Iterator[Change]:
    """Tell what a deployment changes: the task, and what each slot gets."""
    before = proposal.before
    held = before.bindings if before else {}
    now = f"number {before.number}, {before.digest[:12]}" if before else "not deployed"
    yield Change("the task", now, proposal.digest[:12])
    for slot, card in (*proposal.copies.items(), *proposal.live.items()):
        then = f"{card.name} ({card.id[:8]})"
        copied = slot in proposal.copies
        here = held[slot].secret[:8] if slot in held else "nothing"
        yield Change(slot, here, f"a live copy of {then}" if copied else f"the live {then}")


def _mark(proposal: Proposal) -> str:
    """Name a proposal: another one, or the same over another deployment, has another name."""
    before = proposal.before.id if proposal.before else ""
    bound = [f"{slot}={card.id}" for slot, card in (*proposal.copies.items(),)]
    bound += [f"{slot}:{card.id}" for slot, card in proposal.live.items()]
    return "/".join((proposal.name, proposal.digest, before, *sorted(bound)))


def _wish(asked: Asking, stored: StoredTask, form: Form) -> Wish:
    bindings = form.under("slot-")
    cards = {card.id: card for card in asked.runner.secrets()}
    copies = [ref for ref in bindings.values() if ref in cards and cards[ref].mode == TEST]
    return Wish(stored.id, bindings, copies, form.one("name"))


def _page(
    request: Request,
    asked: Asking,
    stored: StoredTask,
    form: Form | None = None,
    **given: Any,
) -> Response:
    tasks = asked.runner.tasks
    chosen = form.under("slot-") if form else tasks.last_bindings(stored.id)
    cards: list[SecretCard] = asked.runner.secrets()
    status = 422 if "said" in given else 200
    given = {"difference": [], "seen": "", "status": status, **given}
    return page(
        request,
        "deploy.html",
        asked,
        task=stored,
        name=form.one("name") if form else stored.name,
        choices=slots_of(tasks.shape(stored), cards, chosen, stored.id),
        **given,
    )
