"""Secrets: made, described, given new values. No answer here has a value in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from agent.api.asking import Asked, Asking, door
from agent.api.shapes import Fields, Given, Listed, Mode, Name, Source, Taken, Visibility, Word
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.policy import Action
from agent.vault.sourcing.contents import Source as Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vault.secret import SecretCard

router = APIRouter(prefix="/secrets", tags=["secrets"])

SecretId = Annotated[str, Path(min_length=1, max_length=120)]
Origins = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=50)]


class SecretWish(Taken):
    """A secret to keep; ``fields`` are its values, none where a ``source`` keeps them."""

    name: Name
    type: Word
    fields: Fields = Field(default_factory=dict)
    origins: Origins = Field(default_factory=list)
    mode: Mode = "test"
    visibility: Visibility = "restricted"
    source: Source | None = None


class NewValues(Taken):
    """All values anew, or where they are kept from now on."""

    fields: Fields = Field(default_factory=dict)
    source: Source | None = None


class SecretGiven(Given):
    """All that may be shown of a secret; ``fields`` are the names of those it has."""

    id: str
    name: str
    type: str
    fields: list[str]
    origins: list[str]
    version: int
    mode: str
    visibility: str
    created_at: str
    source: str
    reference: dict[str, Any] | None = None
    last_used_at: str | None = None
    frozen: bool = False


@router.get("", **door(Action.SEE))
def secrets(
    asked: Asked,
    search: Annotated[str, Query(max_length=120)] = "",
    mode: Mode | None = None,
    type: Annotated[str | None, Query(max_length=40)] = None,  # noqa: A002 - its name in the URL
) -> Listed[SecretGiven]:
    """List the secrets by name."""
    found = [
        card
        for card in asked.runner.secrets()
        if search.casefold() in card.name.casefold()
        and mode in (None, card.mode)
        and type in (None, card.type)
    ]
    return Listed(items=shown(asked, found))


@router.post("", status_code=201, **door(Action.CREATE))
def add(asked: Asked, wish: SecretWish) -> SecretGiven:
    """Keep a new secret."""
    new = NewSecret(
        wish.name,
        wish.type,
        wish.fields,
        OriginPolicy.parse(wish.origins),
        wish.mode,
        wish.visibility,
        kept(wish.source) or Kept(),
    )
    return one(asked, asked.runner.keep(new))


@router.get("/{secret_id}", **door(Action.SEE))
def secret(asked: Asked, secret_id: SecretId) -> SecretGiven:
    """Describe a secret."""
    return one(asked, asked.runner.secret(secret_id))


@router.post("/{secret_id}/versions", status_code=201, **door(Action.ROTATE))
def new_version(asked: Asked, secret_id: SecretId, new: NewValues) -> SecretGiven:
    """Give a secret new values under the same id, so that bindings stay as they are."""
    source = kept(new.source)
    if source is None:
        return one(asked, asked.runner.rotate_secret(secret_id, new.fields))
    return one(asked, asked.runner.sourcing.move(secret_id, source, new.fields))


def kept(source: Source | None) -> Kept | None:
    """Read where a value is kept."""
    return None if source is None else Kept(source.provider, source.reference)


def one(asked: Asking, card: SecretCard) -> SecretGiven:
    """Show one secret."""
    return shown(asked, [card])[0]


def shown(asked: Asking, cards: Sequence[SecretCard]) -> list[SecretGiven]:
    """Show secrets, with when they were last used and whether they are frozen."""
    safety = asked.runner.safety
    used = safety.last_used(cards)
    return [
        SecretGiven(
            id=card.id,
            name=card.name,
            type=card.type,
            fields=list(card.fields),
            origins=card.origins.texts(),
            version=card.version,
            mode=card.mode,
            visibility=card.visibility,
            created_at=card.created_at,
            source=card.source,
            reference=json.loads(card.reference) if card.reference else None,
            last_used_at=used.get(card.id),
            frozen=bool(safety.freezes(card)),
        )
        for card in cards
    ]
