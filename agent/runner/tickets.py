"""Addresses of what a run left that are good for a while, without a cookie or a token.

A ticket is a MAC of the vault over the run and a time: whoever has it may read what that run left,
until then. It is made for someone who may see the run, and nothing is kept of it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import NotFound
from agent.vault.pae import context

if TYPE_CHECKING:
    from agent.vault.audit import Trail

GOOD_FOR: Final = 3600


@dataclass(frozen=True, slots=True)
class Tickets:
    """The tickets of one vault."""

    trail: Trail

    def make(self, project: str, run_id: str) -> str:
        """Make a ticket for what a run left."""
        until = int(self.trail.clock()) + GOOD_FOR
        return f"{until:x}-{self._mac(project, run_id, until)}"

    def check(self, project: str, run_id: str, ticket: str) -> None:
        """Let a ticket in. Raises ``NotFound`` for any other, and for one that is over."""
        written, _, mac = ticket.partition("-")
        try:
            until = int(written, 16)
        except ValueError:
            raise _gone() from None
        good = hmac.compare_digest(mac.encode(), self._mac(project, run_id, until).encode())
        if not good or until < self.trail.clock():
            raise _gone()

    def _mac(self, project: str, run_id: str, until: int) -> str:
        message = context("ticket.v1", self.trail.vault_id, project, run_id, until)
        return self.trail.ring.authenticate(message).hex()


def _gone() -> NotFound:
    return NotFound("there is nothing here, or not any more", hint="ask for the address again")
