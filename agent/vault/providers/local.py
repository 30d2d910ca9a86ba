"""The vault itself: the values are what is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Local:
    """Gives the sealed payload as it is."""

    def values(self, sealed: Mapping[str, str]) -> Mapping[str, str]:
        """Get the values."""
        return dict(sealed)
