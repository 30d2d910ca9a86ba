"""How a secret of AWS Secrets Manager is named: all that a task file needs to know of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints, model_validator

from agent.errors import UsageError
from agent.vault.sourcing.keyed_text import KeyedText
from agent.vault.sourcing.reference import Word

if TYPE_CHECKING:
    from typing import Self

    from agent.vault.secret_types import SecretType

    SecretKind = type[SecretType]

Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]


class AwsReference(KeyedText):
    """A secret's name or ARN, its region, and what of it is meant; see ``KeyedText``.

    ``type`` is ``totp_secret`` for a TOTP key, which ``digits`` then belongs to.
    """

    secret_name: Word
    region_name: Region
    type: Literal["totp_secret"] | None = None

    @model_validator(mode="after")
    def _digits_of_codes(self) -> Self:
        if self.type is not None and self.digits is None:
            raise ValueError('"type": "totp_secret" needs digits, the length of its codes')
        return self

    def fields(self, kind: SecretKind) -> tuple[str, ...]:
        """Name the fields. Raises ``UsageError`` where ``type`` is not the secret's own."""
        if self.type is not None and kind.required != ("totp",):
            raise UsageError(
                f'"type": "totp_secret" makes a secret of type totp, not {kind.name}',
                hint="leave it out; a login's TOTP key is named in keys",
            )
        return super().fields(kind)
