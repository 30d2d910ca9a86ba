"""AWS Secrets Manager, with the normal AWS credentials of this machine.

What is fetched is kept for one run and in memory only, so taking a key's rights away, or the
secret itself, counts from the next run on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from agent.errors import SourceBusy, SourceUnavailable
from agent.registry import Table
from agent.vault.sourcing.aws_reference import AwsReference
from agent.vault.sourcing.keyed_text import values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# boto3 is an extra and takes a quarter of a second to import.
BOTO: Final[Table[Callable[[str, str], str]]] = Table(
    "agent.vault.sourcing", {"fetch": "boto:fetch"}
)

ATTEMPTS: Final = 5
LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts, at most."""


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
