"""What a version of a secret is made of: sealed values, or a reference to where they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.errors import UsageError
from agent.vault.fields import did_you_mean
from agent.vault.opened import Opened
from agent.vault.providers import LOCAL, PROVIDERS
from agent.vault.providers.local import Sealed
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.reference import Reference, read_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Source:
    """A provider's name, and for all but the vault itself the reference as written."""

    provider: str = LOCAL
    reference: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """Checked: either ``values`` in their stored form or a ``reference`` as it is sealed."""

    source: Source
    fields: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)

    def sealed(self) -> tuple[str, Mapping[str, str], Mapping[str, Any], tuple[str, ...]]:
        """Give what a ``Draft`` ends with."""
        return self.source.provider, self.values, self.source.reference, self.fields

    def opened(self, card: SecretCard) -> Opened:
        """Make the next version of ``card`` of it."""
        after = replace(card, fields=self.fields)
        return Opened(after, self.source.provider, self.values, self.source.reference)


def contents(kind: str, values: Mapping[str, str], source: Source) -> Contents:
    """Check what a person gave for a secret of type ``kind``. Raises ``UsageError``."""
    if kind not in SECRET_TYPES:
        raise UsageError(
            f"there is no type of secret {kind!r:.60}{did_you_mean(kind, SECRET_TYPES)}",
            hint=f"the types are {', '.join(SECRET_TYPES)}",
        )
    if source.provider == LOCAL:
        if source.reference:
            raise UsageError("the vault itself takes values, not a reference")
        stored = SECRET_TYPES[kind].validate(values)
        return Contents(source, tuple(sorted(stored)), stored)
    if values:
        raise UsageError(
            "a secret has values or a reference, not both",
            hint="leave the values out: they are fetched when a run needs them",
        )
    reference = check_reference(source)
    fields = tuple(sorted(reference.fields(SECRET_TYPES[kind])))
    return Contents(Source(source.provider, reference.written()), fields, {})


def check_reference(source: Source) -> Reference:
    """Read a reference. Raises ``UsageError`` for an unknown source or a wrong reference."""
    if source.provider not in PROVIDERS:
        raise UsageError(
            f"there is no source {source.provider!r:.60}{did_you_mean(source.provider, PROVIDERS)}",
            hint=f"the sources are {', '.join(PROVIDERS)}",
        )
    model = PROVIDERS[source.provider].reference
    if model is Sealed:
        raise UsageError("the vault itself takes values, not a reference")
    return read_reference(source.provider, model, source.reference)


def renewed(before: Opened, values: Mapping[str, str], source: Source | None) -> Contents:
    """Check what takes the place of ``before``; with a ``source``, the value moves there.

    Raises ``UsageError`` for values of a secret that is kept elsewhere.
    """
    if before.provider != LOCAL and source is None:
        raise UsageError(
            f"the values of {before.card.name} are kept by {before.provider}, not here",
            hint="change them there; or move the secret: runner secrets move",
        )
    return contents(before.card.type, values, source or Source())
