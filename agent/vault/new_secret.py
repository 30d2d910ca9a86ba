"""A secret as it is given to the vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.vault.policy import RESTRICTED, TEST
from agent.vault.sourcing.contents import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.origin import OriginPolicy


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to add; ``fields`` are the values as entered, none where ``source`` keeps them.

    ``mode`` and ``visibility`` are chosen here and never change.
    """

    name: str
    type: str
    fields: Mapping[str, str] = field(repr=False)
    origins: OriginPolicy
    mode: str = TEST
    visibility: str = RESTRICTED
    source: Source = field(default_factory=Source)
