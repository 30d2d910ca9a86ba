"""What a token may be good for: each scope is a few of the policy's actions."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError
from agent.vault.fields import did_you_mean
from agent.vault.policy import Action, Only, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCOPES: Final[Mapping[str, frozenset[Action]]] = MappingProxyType(
    {
        "runs:read": frozenset({Action.SEE_RUNS}),
        "runs:write": frozenset({Action.RUN}),
        "runs:takeover": frozenset({Action.TAKE_OVER}),
        "tasks:read": frozenset({Action.SEE_TASKS}),
        "tasks:write": frozenset({Action.TASKS}),
        "secrets:list": frozenset({Action.SEE, Action.USAGE}),
        "secrets:bind": frozenset({Action.BIND}),
        "secrets:write": frozenset(
            {Action.CREATE, Action.ROTATE, Action.NARROW, Action.DELETE, Action.RETIRE}
        ),
        "secrets:totp": frozenset({Action.TOTP}),
        "secrets:freeze": frozenset({Action.FREEZE}),
        "deployments:write": frozenset({Action.DEPLOY}),
        "schedules:write": frozenset({Action.SCHEDULES}),
        "webhooks:write": frozenset({Action.WEBHOOKS}),
        "limits:write": frozenset({Action.LIMITS}),
        "audit:read": frozenset({Action.AUDIT}),
    }
)
"""Scope → actions. There is none for showing values, people, tokens, keys, exports and code."""


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Give the scopes sorted. Raises ``UsageError`` for one there is not, and for none at all."""
    wanted = sorted(set(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            near = did_you_mean(scope, SCOPES)
            raise UsageError(f"there is no scope {scope!r:.40}{near}", hint=", ".join(SCOPES))
    if not wanted:
        raise UsageError("a token needs a scope", hint=", ".join(SCOPES))
    return tuple(wanted)


def only(mode: str, scopes: Iterable[str]) -> Only:
    """Make the limits of a token. A scope that a later version dropped is worth nothing."""
    actions = [SCOPES[scope] for scope in scopes if scope in SCOPES]
    return Only(mode, frozenset().union(*actions))


def lower(one: Role, other: Role) -> Role:
    """Give the weaker of two roles."""
    order = list(Role)
    return order[max(order.index(one), order.index(other))]
