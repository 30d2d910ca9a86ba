"""What a run must hold to before a secret is opened for it: its mode, no freeze, its lease."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.vault.fence import OPEN
from agent.vault.lockout import Lockouts
from agent.vault.modes import check_mode
from agent.vault.policy import TEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.audit import Trail
    from agent.vault.fence import Fence
    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Admission:
    """A run's mode, where it means to use each slot (absent: anywhere), and fields it needs.

    ``fence`` can tell whether the run still goes on.
    """

    mode: str = TEST
    sites: Mapping[str, OriginPolicy] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fence: Fence = OPEN

    def check(self, slot: str, card: SecretCard, trail: Trail) -> None:
        """Raise ``SecretUnfit`` for a secret of the other mode, ``SecretFrozen`` for a frozen one.

        ``RunInterrupted`` where the run was lost meanwhile. The values of the other mode would not
        open either: the mode is part of their seal.
        """
        self.fence.check()
        check_mode(slot, card, self.mode)
        Lockouts(trail).check(card, self.sites.get(slot))
