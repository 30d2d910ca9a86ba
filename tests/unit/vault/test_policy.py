"""The table of who may do what, all of it."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest

import agent.runner
from agent.errors import NotAllowed, SecretMissing, UsageError
from agent.vault.policy import (
    MODES,
    POLICY,
    VISIBILITIES,
    Action,
    Actor,
    Decision,
    Role,
    Thing,
    authorize,
    check_choice,
    decide,
)

GOLDEN = Path(__file__).with_name("policy.golden")
EVERY = list(product(Action, Role, MODES, VISIBILITIES))
LET_THROUGH = frozenset(Decision) - {Decision.DENY}


def line(action: Action, role: Role, mode: str, visibility: str) -> str:
    decision = decide(Actor("x", role, "p"), action, Thing("p", mode, visibility))
    return f"{action:<9} {role:<6} {mode:<4} {visibility:<10} {decision}"


def foreign(action: Action, role: Role) -> str:
    """What a person of project p gets for a thing of project q: a secret, a run, anything."""
    answers = set()
    for mode, visibility in product(MODES, VISIBILITIES):
        try:
            authorize(Actor("x", role, "p"), action, Thing("q", mode, visibility), LET_THROUGH)
        except SecretMissing:
            answers.add("not found")
        except NotAllowed:
            answers.add("deny")
        else:
            answers.add("allow")
    return f"{action:<9} {role:<6} of another project {' '.join(sorted(answers))}"


def matrix() -> list[str]:
    return [
        *(line(*key) for key in EVERY),
        *(foreign(action, role) for action, role in product(Action, Role)),
    ]


def test_the_whole_matrix_is_as_written_down() -> None:
    written = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert written == matrix()
    assert len(written) == len(Action) * len(Role) * 5


def test_the_comparison_sees_one_right_too_many() -> None:
    written = GOLDEN.read_text(encoding="utf-8")
    wrong = written.replace(
        "reveal    editor test masked     deny", "reveal    editor test masked     allow"
    )
    assert wrong != written
    assert wrong.splitlines() != matrix()


def test_what_is_not_in_the_table_is_refused() -> None:
    assert all(key in set(EVERY) for key in POLICY)
    for action, role, mode, visibility in set(EVERY) - set(POLICY):
        with pytest.raises(NotAllowed):
            authorize(Actor("x", role, "p"), action, Thing("p", mode, visibility), LET_THROUGH)


@pytest.mark.parametrize("action", Action)
def test_who_has_no_role_may_nothing(action: Action) -> None:
    for mode, visibility in product(MODES, VISIBILITIES):
        with pytest.raises(NotAllowed):
            authorize(Actor("x", None, "p"), action, Thing("p", mode, visibility), LET_THROUGH)


@pytest.mark.parametrize(("action", "role", "mode", "visibility"), EVERY)
def test_another_projects_secret_does_not_exist(
    action: Action, role: Role, mode: str, visibility: str
) -> None:
    with pytest.raises(SecretMissing):
        authorize(Actor("x", role, "p"), action, Thing("q", mode, visibility), LET_THROUGH)


@pytest.mark.parametrize(("action", "role", "mode", "visibility"), EVERY)
def test_a_condition_lets_through_only_with_what_it_asks_for(
    action: Action, role: Role, mode: str, visibility: str
) -> None:
    actor, thing = Actor("x", role, "p"), Thing("p", mode, visibility)
    decision = decide(actor, action, thing)
    if decision is Decision.ALLOW:
        assert authorize(actor, action, thing) is Decision.ALLOW
        return
    with pytest.raises(NotAllowed):
        authorize(actor, action, thing, LET_THROUGH - {decision, Decision.ALLOW})
    if decision is not Decision.DENY:
        assert authorize(actor, action, thing, frozenset({decision})) is decision


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", Role)
def test_nobody_is_ever_shown_a_restricted_secret(role: Role, mode: str) -> None:
    assert (Action.REVEAL, role, mode, "restricted") not in POLICY


@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("role", Role)
def test_nobody_deletes_a_live_secret(role: Role, visibility: str) -> None:
    assert (Action.DELETE, role, "live", visibility) not in POLICY


def test_the_refusal_names_what_was_asked_and_by_whom() -> None:
    with pytest.raises(NotAllowed, match="delete Hotel: not for the role editor of ann"):
        authorize(Actor("ann", Role.EDITOR, "p"), Action.DELETE, Thing("p", name="Hotel"))
    with pytest.raises(NotAllowed, match="nobody may do that with a restricted secret"):
        authorize(Actor("ann", Role.OWNER, "p"), Action.REVEAL, Thing("p"))
    with pytest.raises(NotAllowed, match="ann has no role in the project p"):
        authorize(Actor("ann", None, "p"), Action.SEE, Thing("p"))


def test_modes_and_visibilities_are_a_closed_list() -> None:
    check_choice("live", "masked")
    for wrong in (("prod", "masked"), ("live", "hidden")):
        with pytest.raises(UsageError):
            check_choice(*wrong)


def unguarded(source: str) -> list[str]:
    """Name the public use cases of a class that never ask whether the actor may."""
    asks = {
        "bindable", "Planning", "_mine", "get", "_seen", "may_change",
        "permit", "let", "authorize", "card", "members", "projects", "add",
        "change", "remove", "add_project", "submit", "report", "keep", "wanted_for_origins",
        "secret", "cards", "terms", "_may",
    }  # fmt: skip
    found = []
    for kind in ast.walk(ast.parse(source)):
        if not isinstance(kind, ast.ClassDef):
            continue
        for method in kind.body:
            if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            calls = (node.func for node in ast.walk(method) if isinstance(node, ast.Call))
            named = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
            if not method.name.startswith("_") and not method.decorator_list and not named & asks:
                found.append(f"{kind.name}.{method.name}")
    return found


FREE = {
    "Runner.validate",  # a file, and no secret
    "Runner.checks",  # looks at the machine
    "House.check_frozen",  # a check, made after the actor was let in
    "House.step_up",
    "House.runs_bound_to",
    "Usage.told",
    "Safety.freezes",
    "Happening.wait",  # asks in another thread
    "Happening.further",  # for a reader whom `wait` let in, and who is asked again soon
    "Planning.plan_with",  # secrets that `cards` let the actor bind
    "TakingOver.is_mine",  # looks at what the actor was shown
    "NewSchedule.order",  # words, and nothing done
    "Membership.link",  # people.may_change lets the actor or refuses
}


@pytest.mark.parametrize(
    "module",
    [
        "__init__",
        "house",
        "keeping",
        "deploying",
        "safety",
        "membership",
        "keys",
        "sourcing",
        "planning",
        "tasks",
        "orders",
        "events",
        "schedules",
        "webhooks",
        "limits",
        "giving",
        "taking_over",
    ],
)
def test_every_use_case_asks_first(module: str) -> None:
    path = Path(agent.runner.__file__).with_name(f"{module}.py")
    assert set(unguarded(path.read_text("utf-8"))) <= FREE


def test_a_use_case_that_does_not_ask_is_found() -> None:
    assert unguarded("class A:\n def leak(self):\n  return self.vault.delete(1)\n") == ["A.leak"]
