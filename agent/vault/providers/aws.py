"""AWS Secrets Manager, with the normal AWS credentials of this machine.

What is fetched is kept for one run and in memory only, so taking a key's rights away, or the
secret itself, counts from the next run on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import StringConstraints, model_validator
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from agent.errors import SourceBusy, SourceUnavailable, UsageError
from agent.registry import Table
from agent.vault.sourcing.keyed_text import KeyedText, values_in
from agent.vault.sourcing.reference import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from agent.vault.secret_types import SecretType

    SecretKind = type[SecretType]

# boto3 is an extra and takes a quarter of a second to import.
BOTO: Final[Table[Callable[[str, str], str]]] = Table(
    "agent.vault.sourcing", {"fetch": "boto:fetch"}
)

ATTEMPTS: Final = 5
LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts, at most."""

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


class AwsSecrets:
    """Asks AWS, each secret once a run; a few times more while AWS asks for patience."""

    reference: ClassVar[type[AwsReference]] = AwsReference
    in_tasks: ClassVar[bool] = True

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}

    def fetch(self, reference: AwsReference, fields: Sequence[str]) -> dict[str, str]:
        """Get the values. Raises ``SourceFailed``."""
        asked = (reference.secret_name, reference.region_name)
        if asked not in self._texts:
            self._texts[asked] = _patiently(*asked)
        return values_in(
            self._texts[asked], reference, fields, f"AWS secret {reference.secret_name:.200}"
        )


def _patiently(secret_name: str, region_name: str) -> str:
    try:
        fetch = BOTO["fetch"]
    except ModuleNotFoundError:
        raise SourceUnavailable(
            "secrets of AWS need the package boto3, which is not installed",
            hint='pip install "slotrunner[aws]"',
        ) from None
    trying = Retrying(
        retry=retry_if_exception_type(SourceBusy),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE),
        reraise=True,
    )
    return trying(fetch, secret_name, region_name)
