"""Tokens for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed, Mode, Name, RoleName, Taken, moment
from agent.runner.token_keeping import TokenKeeping
from agent.vault.access.tokens import DAYS, MOST_DAYS, NewToken
from agent.vault.policy import Action, Role

if TYPE_CHECKING:
    from agent.vault.access.tokens import Token

router = APIRouter(prefix="/tokens", tags=["tokens"])

TokenId = Annotated[str, Path(min_length=1, max_length=40)]


class TokenWish(Taken):
    """A token to make; ``role`` is the most it may do, ``days`` how long it is good."""

    name: Name
    scopes: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=20)
    mode: Mode = "test"
    role: RoleName = "runner"
    days: int = Field(default=DAYS, ge=1, le=MOST_DAYS)


class TokenGiven(Given):
    """A token, without its text."""

    id: str
    name: str
    person: str
    mode: str
    role: str
    scopes: list[str]
    created_at: str | None
    expires_at: str | None
    used_at: str | None


class TokenMade(TokenGiven):
    """A token that was just made: ``token`` is shown here and nowhere else."""

    token: str


@router.get("", **door(Action.TOKENS))
def tokens(asked: Asked) -> Listed[TokenGiven]:
    """List the tokens: an Owner sees those of everyone."""
    return Listed(items=[TokenGiven(**_shown(one)) for one in _keeping(asked).list()])


@router.post("", status_code=201, **door(Action.TOKENS))
def add(asked: Asked, wish: TokenWish) -> TokenMade:
    """Make a token; its text is in this answer only."""
    new = NewToken(wish.name, tuple(wish.scopes), wish.mode, Role(wish.role), wish.days)
    made, text = _keeping(asked).add(new)
    return TokenMade(token=text, **_shown(made))


@router.get("/{token_id}", **door(Action.TOKENS))
def token(asked: Asked, token_id: TokenId) -> TokenGiven:
    """Describe a token."""
    return TokenGiven(**_shown(_keeping(asked).get(token_id)))


@router.delete("/{token_id}", status_code=204, **door(Action.TOKENS))
def revoke(asked: Asked, token_id: TokenId) -> None:
    """Take a token back: from now on it lets nobody in."""
    _keeping(asked).revoke(token_id)


def _keeping(asked: Asked) -> TokenKeeping:
    return TokenKeeping(asked.runner.house)


def _shown(one: Token) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "person": one.person,
        "mode": one.mode,
        "role": one.role.value,
        "scopes": list(one.scopes),
        "created_at": moment(one.created_at),
        "expires_at": moment(one.expires_at),
        "used_at": moment(one.used_at),
    }
