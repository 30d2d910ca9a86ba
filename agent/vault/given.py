"""Values given for one run alone: held in memory by the process that carries it out, never stored.

Plan, queue, audit and log have a ref of their own for them, which begins with ``given-`` and leads
to nothing once the run is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from agent.errors import SecretFrozen, SecretUnfit
from agent.vault.audit import Entry
from agent.vault.fields import check_schemes
from agent.vault.opened import Opened
from agent.vault.policy import RESTRICTED
from agent.vault.secret import GIVEN, SecretCard
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source, contents
from agent.vault.store import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from sqlalchemy import Engine

    from agent.vault.admission import Admission
    from agent.vault.audit import Trail
    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import SecretRef

NAME: Final = "given for this run"
_PREFIX: Final = "given-"


def is_given(ref: str) -> bool:
    """Tell whether a ref stands for values that were given for one run alone."""
    return ref.startswith(_PREFIX)


def given_secret(kind: str, fields: Mapping[str, str], origins: OriginPolicy, mode: str) -> Opened:
    """Make a secret of values that no vault has. Raises ``UsageError``, which quotes none."""
    made = contents(kind, fields, Source())
    check_schemes(SECRET_TYPES[kind], origins)
    card = SecretCard(
        id=f"{_PREFIX}{uuid4()}",
        name=NAME,
        type=kind,
        fields=made.fields,
        origins=origins,
        version=0,
        mode=mode,
        visibility=RESTRICTED,
        created_at="",
        source=GIVEN,
    )
    return Opened(card, made.source.provider, made.values)


class GivingVault(Vault):
    """A vault as one run uses it, with what was given for that run; ``forget`` ends that."""

    given: MutableMapping[str, Opened]

    @classmethod
    def of(cls, vault: Vault, engine: Engine, given: Mapping[str, Opened]) -> GivingVault:
        """Give the same open vault, in the name of the same person, with values beside it."""
        unlocker = vault.opening.unlocker
        made = cls(engine, unlocker, actor=vault.actor, clock=vault.clock, project=vault.project)
        made.person, made.opening = vault.person, vault.opening
        made.given = {one.card.id: one for one in given.values()}
        return made

    def forget(self) -> None:
        """Let go of the values; a run that was to use them finds none."""
        self.given.clear()

    def _bind(self, slot: str, ref: SecretRef, trail: Trail, admission: Admission) -> Opened:
        found = self.given.get(ref.id)
        if found is None:
            return super()._bind(slot, ref, trail, admission)
        try:
            admission.check(slot, found.card, trail)
        except (SecretUnfit, SecretFrozen) as error:
            trail.record(Entry.opening(slot, ref.id).refused(error.code))
            raise
        return found
