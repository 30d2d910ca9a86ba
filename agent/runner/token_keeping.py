"""Tokens for programs: made by people for themselves, listed and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import NotAllowed
from agent.vault.access.scopes import lower
from agent.vault.access.tokens import Tokens
from agent.vault.policy import Action, Role

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.vault.access.tokens import Found, NewToken, Token


@dataclass(frozen=True, slots=True)
class TokenKeeping:
    """Use cases of the tokens of a project."""

    house: House

    def add(self, new: NewToken) -> tuple[Token, str]:
        """Make a token of the actor's; its text is given here and never again.

        Raises ``NotAllowed`` for a role above the actor's own.
        """
        self.house.permit(Action.TOKENS)
        role = self.house.actor.role
        if role is None or lower(role, new.role) is not new.role:
            raise NotAllowed("a token's role is never above the one who makes it")
        return self._tokens().add(self.house.actor.name, new)

    def list(self) -> Found:
        """List the project's tokens; an Owner sees all, others those of their own."""
        self.house.permit(Action.TOKENS)
        return [one for one in self._tokens().list() if self._mine(one)]

    def get(self, token_id: str) -> Token:
        """Show one. Raises ``NotFound``."""
        self.house.permit(Action.TOKENS)
        found = self._tokens().get(token_id)
        return found if self._mine(found) else self._tokens().get("")

    def revoke(self, token_id: str) -> None:
        """Take one back: it lets nobody in from now on. Raises ``NotFound``."""
        self._tokens().revoke(self.get(token_id).id)

    def _mine(self, token: Token) -> bool:
        actor = self.house.actor
        return actor.role is Role.OWNER or token.person == actor.name

    def _tokens(self) -> Tokens:
        return Tokens(self.house.vault.trail())
