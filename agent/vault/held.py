"""What a handle stands for while its run lasts: only ``agent.vault`` may import this module."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.errors import RunInterrupted
from agent.vault.fence import OPEN
from agent.vault.origin import Origin
from agent.vault.secret_type import TOKENS
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.transactions import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.vault.audit import Entry, Trail
    from agent.vault.fence import Fence
    from agent.vault.secret import SecretCard


_MAY_GO_AGAIN: Final = frozenset({"username", "private_key", "passphrase"})
"""Names, and keys that are proved and never sent: another attempt with them locks no account."""


def _nobody_counts() -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a handle stands for while its run lasts; ``learn`` tells redactor and gate a value.

    ``derived`` are values that were made of the secret's own during the run. ``spent`` is called
    before a password or a code goes out; ``fence`` can tell whether the run goes on.
    """

    card: SecretCard
    slot: str
    trail: Trail = field(repr=False)
    learn: Callable[[str, str], None] = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    spent: Callable[[], None] = field(repr=False, default=_nobody_counts)
    fence: Fence = OPEN
    derived: dict[str, str] = field(repr=False, default_factory=dict)

    def let_out(self, field: str) -> None:
        """Count a field on its way out, unless it is one that no server locks an account for."""
        if field not in _MAY_GO_AGAIN and self.card.type not in TOKENS:
            self.spent()

    def value(self, field: str) -> str:
        """Give one value."""
        return self.derived[field] if field in self.derived else self.values[field]

    def release(self, asked: Entry) -> None:
        """Write the row of a release that is allowed, if the run still is its worker's.

        The database is asked in the transaction of the row, so either the run was lost before it,
        and nothing is released, or the row stands before the loss. Raises ``RunInterrupted``.
        """
        self.fence.check()
        try:
            with writing(self.trail.engine) as connection:
                self.fence.confirm(connection)
                self.trail.append(connection, asked)
        except RunInterrupted as error:
            self.trail.record(asked.refused(error.code))
            raise
        self.fence.check()

    def may_go(self, field: str, origin: Origin) -> bool:
        """Say whether a field may go to an origin: what a token is made of goes to its issuer."""
        issuer = SECRET_TYPES[self.card.type].issuer
        if issuer and field not in self.derived:
            return origin == Origin.parse(self.values[issuer])
        return self.card.origins.allows(origin)
