"""Variables of this process's environment, for CI: only their names are kept.

They are read when a run starts. No process that a run starts inherits them: the browser's
environment and that of every program asked for a secret are allow-listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, StringConstraints

from agent.errors import SourceMissing
from agent.vault.sourcing.reference import Reference, named_fields
from agent.vault.sourcing.surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vault.secret_types import SecretType

Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class EnvReference(Reference):
    """Which variable holds which field."""

    variables: Annotated[dict[str, Variable], Field(min_length=1)]

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields that have a variable."""
        return named_fields(kind, self.variables)


class Env:
    """Reads variables of this process."""

    reference: ClassVar[type[EnvReference]] = EnvReference
    in_tasks: ClassVar[bool] = False

    def fetch(self, reference: EnvReference, fields: Sequence[str]) -> dict[str, str]:
        """Get the variables' texts. Raises ``SourceMissing`` for one that is unset or empty."""
        found, here = {}, surroundings()
        for name in fields:
            variable = reference.variables.get(name, "")
            found[name] = here.get(variable, "")
            if not found[name]:
                raise SourceMissing(
                    f"the variable {variable or 'for ' + name} is not set",
                    hint="set it for this program only, not in a file that is committed",
                )
        return found
