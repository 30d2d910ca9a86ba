"""The vault itself: the values are what is sealed, and nothing is asked elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from agent.errors import SourceMissing
from agent.vault.sourcing.reference import Reference, named_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vault.secret_types import SecretType


class Sealed(Reference):
    """The opened payload of a secret; unlike every other reference it is secret, and never kept."""

    values: Annotated[dict[str, str], Field(repr=False)]

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields there are values for."""
        return named_fields(kind, self.values)


class Local:
    """Gives the sealed values as they are."""

    reference: ClassVar[type[Sealed]] = Sealed
    in_tasks: ClassVar[bool] = False

    def fetch(self, reference: Sealed, fields: Sequence[str]) -> dict[str, str]:
        """Get the values. Raises ``SourceMissing`` for a field that was never sealed."""
        missing = [name for name in fields if name not in reference.values]
        if missing:
            raise SourceMissing(f"the vault has no {', '.join(missing)} of this secret")
        return {name: reference.values[name] for name in fields}
