"""Who may do what: one table, and everything that is not in it is refused.

Every use case asks ``authorize`` before it does anything. A decision that is not plainly allowed
names what must be given with the request: the typed name, the value again, a step-up. A foreign
project's secret does not exist for the one who asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from agent.errors import NotAllowed, SecretMissing, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.vault.secret import SecretCard

TEST: Final = "test"
LIVE: Final = "live"
MODES: Final = (TEST, LIVE)
MASKED: Final = "masked"
RESTRICTED: Final = "restricted"
VISIBILITIES: Final = (MASKED, RESTRICTED)
DEFAULT_PROJECT: Final = "default"


class Role(StrEnum):
    """What a person is in a project, the mightiest first; a runner is a token, and only runs."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    RUNNER = "runner"


class Action(StrEnum):
    """Everything that is asked for; a use case without an action here cannot be authorised."""

    SEE = "see"
    CREATE = "create"
    ROTATE = "rotate"
    REVEAL = "reveal"
    BIND = "bind"
    DEPLOY = "deploy"
    NARROW = "narrow"
    WIDEN = "widen"
    DELETE = "delete"
    RETIRE = "retire"
    PURGE = "purge"
    USAGE = "usage"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    EXPORT = "export"
    RUN = "run"
    TAKE_OVER = "take_over"
    CODE = "code"
    SEE_RUNS = "see_runs"
    PRUNE = "prune"
    AUDIT = "audit"
    KEYS = "keys"
    PEOPLE = "people"
    PROJECTS = "projects"
    TOTP = "totp"
    SEE_TASKS = "see_tasks"
    TASKS = "tasks"
    SCHEDULES = "schedules"
    WEBHOOKS = "webhooks"
    LIMITS = "limits"
    TOKENS = "tokens"


class Decision(StrEnum):
    """The answer; anything between the two ends needs the thing it is called by."""

    DENY = "deny"
    ALLOW = "allow"
    BOUND = "bound"
    STEP_UP = "step_up"
    VALUE = "value"
    NAME = "name"
    BELOW = "below"


_WANTED: Final = {
    Decision.BOUND: "only for what is bound to the token",
    Decision.STEP_UP: "only after the passphrase, or the secret's name, was entered again",
    Decision.VALUE: "only together with the secret's values, entered again",
    Decision.NAME: "only with the secret's name typed to confirm it",
    Decision.BELOW: "only for people of a lower role than your own",
}

_Key = tuple[Action, Role, str, str]


@dataclass(frozen=True, slots=True)
class Only:
    """What a token is limited to, beside its role: one mode, and the actions of its scopes."""

    mode: str
    actions: frozenset[Action]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person (or a token), its role in a project; no role, no rights.

    ``id`` stays the same whatever the person is called; alone on a machine everyone has one.
    ``only`` is what a token is limited to.
    """

    name: str
    role: Role | None
    project: str
    id: str = field(default="", compare=False)
    only: Only | None = field(default=None, compare=False)

    @property
    def mode(self) -> str:
        """The mode of what is asked for as a whole, such as a list."""
        return TEST if self.only is None else self.only.mode


ALONE: Final = Actor("local", Role.OWNER, DEFAULT_PROJECT, "local")
"""The person at a machine that knows no other people."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about; for a thing that is no secret, mode and visibility do not matter."""

    project: str = DEFAULT_PROJECT
    mode: str = TEST
    visibility: str = RESTRICTED
    name: str = ""

    @classmethod
    def of(cls, card: SecretCard, project: str) -> Thing:
        """Make it of a secret's card."""
        return cls(project, card.mode, card.visibility, card.name)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the table: an action, a letter's decision per role, and where it counts."""

    action: Action
    owner: Decision
    admin: Decision
    editor: Decision = Decision.DENY
    runner: Decision = Decision.DENY
    modes: tuple[str, ...] = MODES
    visibilities: tuple[str, ...] = VISIBILITIES

    def cells(self) -> Iterator[tuple[_Key, Decision]]:
        answers = zip(Role, (self.owner, self.admin, self.editor, self.runner), strict=True)
        for role, decision in answers:
            for mode in self.modes:
                for visibility in self.visibilities:
                    yield (self.action, role, mode, visibility), decision


_YES, _NO, _BOUND = Decision.ALLOW, Decision.DENY, Decision.BOUND
_STEP_UP, _VALUE, _NAME = Decision.STEP_UP, Decision.VALUE, Decision.NAME

_RULES: Final = (
    _Rule(Action.SEE, _YES, _YES, _YES, _BOUND),
    _Rule(Action.CREATE, _YES, _YES),
    _Rule(Action.ROTATE, _YES, _YES),
    _Rule(Action.REVEAL, _STEP_UP, _STEP_UP, visibilities=(MASKED,)),
    _Rule(Action.BIND, _YES, _YES, _YES, modes=(TEST,)),
    _Rule(Action.BIND, _YES, _YES, modes=(LIVE,)),
    _Rule(Action.DEPLOY, _YES, _YES),
    _Rule(Action.NARROW, _YES, _YES),
    _Rule(Action.WIDEN, _STEP_UP, _STEP_UP, visibilities=(MASKED,)),
    _Rule(Action.WIDEN, _VALUE, _VALUE, visibilities=(RESTRICTED,)),
    _Rule(Action.DELETE, _NAME, _NAME, modes=(TEST,)),
    _Rule(Action.RETIRE, _NAME, _NAME, modes=(LIVE,)),
    _Rule(Action.PURGE, _YES, _YES),
    _Rule(Action.USAGE, _YES, _YES, _YES),
    _Rule(Action.FREEZE, _YES, _YES, _YES),
    _Rule(Action.UNFREEZE, _YES, _YES),
    _Rule(Action.EXPORT, _YES, _NO),
    _Rule(Action.RUN, _YES, _YES, _YES, _YES),
    _Rule(Action.TAKE_OVER, _YES, _YES, _YES, modes=(TEST,)),
    _Rule(Action.TAKE_OVER, _YES, _YES, modes=(LIVE,)),
    _Rule(Action.CODE, _YES, _NO),
    _Rule(Action.SEE_RUNS, _YES, _YES, _YES, _YES),
    _Rule(Action.PRUNE, _YES, _YES),
    _Rule(Action.AUDIT, _YES, _YES),
    _Rule(Action.KEYS, _YES, _NO),
    _Rule(Action.PEOPLE, _YES, Decision.BELOW),
    _Rule(Action.PROJECTS, _YES, _NO),
    _Rule(Action.TOTP, _YES, _YES),
    _Rule(Action.SEE_TASKS, _YES, _YES, _YES, _YES),
    _Rule(Action.TASKS, _YES, _YES, _YES),
    _Rule(Action.SCHEDULES, _YES, _YES, _YES, modes=(TEST,)),
    _Rule(Action.SCHEDULES, _YES, _YES, modes=(LIVE,)),
    _Rule(Action.WEBHOOKS, _YES, _YES),
    _Rule(Action.LIMITS, _YES, _YES),
    _Rule(Action.TOKENS, _YES, _YES),
)

POLICY: Final[Mapping[_Key, Decision]] = MappingProxyType(
    {key: decision for rule in _RULES for key, decision in rule.cells()}
)
"""(action, role, mode, visibility) → decision; what is not here is refused."""


def decide(actor: Actor, action: Action, thing: Thing) -> Decision:
    """Look a request up; ``DENY`` for every combination that is not in the table."""
    if actor.role is None or actor.project != thing.project:
        return Decision.DENY
    return POLICY.get((action, actor.role, thing.mode, thing.visibility), Decision.DENY)


def authorize(
    actor: Actor, action: Action, thing: Thing, given: frozenset[Decision] = frozenset()
) -> Decision:
    """Let a request through, or raise.

    ``given`` is what came with it: ``{Decision.NAME}`` when the name was typed, and so on. Raises
    ``SecretMissing`` for another project's thing, as if it did not exist, and ``NotAllowed``.
    """
    if actor.project != thing.project:
        raise SecretMissing(
            f"there is no such secret in the project {actor.project}",
            hint="runner secrets list shows those there are",
        )
    if actor.only is not None:
        _check_limits(actor.only, action, thing)
    decision = decide(actor, action, thing)
    if decision is Decision.ALLOW or decision in given:
        return decision
    raise NotAllowed(_refusal(actor, action, thing, decision), hint=_hint(actor))


def may_ever(actor: Actor, action: Action) -> None:
    """Refuse an actor who may do something with nothing at all (``NotAllowed``)."""
    if actor.only is not None and action not in actor.only.actions:
        raise NotAllowed(_no_scope(action))
    things = [Thing(actor.project, mode, seen) for mode in MODES for seen in VISIBILITIES]
    if all(decide(actor, action, one) is Decision.DENY for one in things):
        raise NotAllowed(_refusal(actor, action, things[0], Decision.DENY), hint=_hint(actor))


def _no_scope(action: Action) -> str:
    return f"{action.replace('_', ' ')}: the token has no scope for that"


def _check_limits(only: Only, action: Action, thing: Thing) -> None:
    if action not in only.actions:
        raise NotAllowed(_no_scope(action))
    if thing.mode != only.mode:
        raise NotAllowed(f"{action.replace('_', ' ')}: the token is for {only.mode} mode")


def _refusal(actor: Actor, action: Action, thing: Thing, decision: Decision) -> str:
    what = f"{action.replace('_', ' ')} {thing.name}".strip()
    if decision in _WANTED:
        return f"{what}: {_WANTED[decision]}"
    if actor.role is None:
        return f"{what}: {actor.name} has no role in the project {actor.project}"
    if (action, Role.OWNER, thing.mode, thing.visibility) in POLICY:
        return f"{what}: not for the role {actor.role} of {actor.name}"
    return f"{what}: nobody may do that with a {thing.visibility} secret in {thing.mode} mode"


def _hint(actor: Actor) -> str:
    if actor.role is None:
        return "an owner adds you: runner people add"
    return "docs/secrets.md has the whole table of roles, modes and visibilities"


def check_choice(mode: str, visibility: str = RESTRICTED) -> None:
    """Refuse a mode or a visibility there is not (``UsageError``)."""
    for what, chosen, known in (
        ("mode", mode, MODES),
        ("visibility", visibility, VISIBILITIES),
    ):
        if chosen not in known:
            raise UsageError(
                f"there is no {what} {chosen!r:.60}", hint=f"it is {' or '.join(known)}"
            )
