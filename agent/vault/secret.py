"""What the rest of the program holds of a secret: its ref, its card, and an opaque handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, final

if TYPE_CHECKING:
    from agent.vault.origin import OriginPolicy

PRINTED: Final = "Secret(***)"
GIVEN: Final = "given"
"""The source of values that were given for one run alone; see ``agent.vault.given``."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The id (UUID text) of a secret: all that plans, queues and logs ever carry."""

    id: str


@dataclass(frozen=True, slots=True)
class SecretCard:
    """All that may be shown of a secret; ``fields`` are the names of the fields it has.

    ``source`` says who keeps its values and ``reference`` (JSON) where, for others than the vault.
    """

    id: str
    name: str
    type: str
    fields: tuple[str, ...]
    origins: OriginPolicy
    version: int
    mode: str
    visibility: str
    created_at: str
    source: str = "local"
    reference: str = ""

    @property
    def ref(self) -> SecretRef:
        """The ref that plans carry."""
        return SecretRef(self.id)

    def has(self, field: str) -> bool:
        """Tell whether the secret has a value for ``field``."""
        return field in self.fields


@final
class Secret:
    """One bound secret of one run: a handle without the values.

    ``agent.vault.reveal`` keeps the values and gives them out to allowed receivers only. The
    handle prints as ``Secret(***)`` in every format and refuses to be copied, pickled or dumped.
    """

    __slots__ = ("__weakref__", "_card", "_slot")

    def __init__(self, card: SecretCard, slot: str) -> None:
        self._card = card
        self._slot = slot

    @property
    def card(self) -> SecretCard:
        """What may be shown of it."""
        return self._card

    @property
    def slot(self) -> str:
        """The slot of the task it is bound to."""
        return self._slot

    def __repr__(self) -> str:
        return PRINTED

    def __str__(self) -> str:
        return PRINTED

    def __format__(self, specification: str) -> str:
        return PRINTED

    def __copy__(self) -> NoReturn:
        raise TypeError("a Secret is not copied")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError("a Secret is not copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")
