"""Uses of a secret at any depth of a piece of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.steps.values import SecretUse

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_uses(written: Any) -> Any:
    """Read every ``{"secret": …, "field": …}`` inside JSON. Raises ``ValueError`` for half of one.

    What stands in their place are ``SecretUse``; everything else stays as it is.
    """
    if isinstance(written, list):
        return [with_uses(one) for one in written]
    if not isinstance(written, dict):
        return written
    if "secret" not in written or isinstance(written["secret"], (dict, list)):
        return {key: with_uses(one) for key, one in written.items()}
    try:
        return SecretUse.model_validate(written)
    except ValidationError:
        raise ValueError(
            'a secret is written as {"secret": "SLOT", "field": "NAME"} and nothing else'
        ) from None


def secrets_in(
    written: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], SecretUse]]:
    """Find every use of a secret inside JSON, with its path."""
    if isinstance(written, SecretUse):
        yield path, written
    elif isinstance(written, dict):
        for key, one in written.items():
            yield from secrets_in(one, (*path, key))
    elif isinstance(written, list):
        for place, one in enumerate(written):
            yield from secrets_in(one, (*path, place))
