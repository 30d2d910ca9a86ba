"""The values of opened secrets, wherever they are kept: fetched for one run and nothing longer."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from agent.errors import SourceFailed, SourceMalformed, SourceMissing, UsageError
from agent.vault.audit import Act, Entry
from agent.vault.open import Bound
from agent.vault.providers import LOCAL, PROVIDERS
from agent.vault.providers.local import Local, Sealed
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source, check_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.audit import Trail
    from agent.vault.opened import Opened
    from agent.vault.providers import Provider

NOTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def with_values(
    opened: Mapping[str, Opened], trail: Trail, needs: Mapping[str, tuple[str, ...]] = NOTHING
) -> list[Bound]:
    """Join the values of each slot's secret, for one run that needs these fields of a slot.

    Each source is asked for one thing once, so that the fields of a run agree. Raises
    ``SourceFailed`` naming slot and secret, audited as refused; it never quotes a value.
    """
    providers: dict[str, Provider] = {}
    bound = []
    for slot, one in opened.items():
        try:
            values = values_of(one, providers)
            _check_needs(values, needs.get(slot, ()))
        except SourceFailed as error:
            refused = Entry(Act.OPENED, one.card.id, slot=slot, version=one.card.version)
            trail.record(refused.refused(error.code))
            message = f"slot {slot}: “{one.card.name}”: {error.message}"
            raise type(error)(message, hint=error.hint) from None
        bound.append(Bound(slot, one.card, trail, values))
    return bound


def _check_needs(values: Mapping[str, str], needed: tuple[str, ...]) -> None:
    # What is in a document that is kept elsewhere is known only now.
    missing = [name for name in needed if name not in values]
    if missing:
        raise SourceMissing(
            f"what is kept there has no {', '.join(missing)}",
            hint="look there what the paths are; a list's entries are counted from 0",
        )


def values_of(opened: Opened, providers: dict[str, Provider]) -> Mapping[str, str]:
    """Get one secret's values, checked and as the vault would have stored them.

    ``providers`` keeps the sources that were asked already. Raises ``SourceFailed``.
    """
    fields = opened.card.fields
    if opened.provider == LOCAL:
        return Local().fetch(Sealed(values=dict(opened.values)), fields)
    try:
        reference = check_reference(Source(opened.provider, opened.reference))
        provider = providers.setdefault(opened.provider, PROVIDERS[opened.provider]())
        fetched = provider.fetch(reference, fields)
        return SECRET_TYPES[opened.card.type].validate(fetched)
    except UsageError as error:
        # What a type says of a wrong value never quotes it.
        raise SourceMalformed(error.message, hint=error.hint) from None
