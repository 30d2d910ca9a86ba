"""Declarations of secrets in ``secrets/*.json``: what must exist and where it may go.

A declaration never holds a value; a file that does is refused, and the refusal does not quote it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import UsageError
from agent.vault.fields import check_name, did_you_mean
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.providers import LOCAL, PROVIDERS
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source, contents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    name: str
    type: str
    provider: str = LOCAL
    reference: dict[str, Any] = {}
    origins: list[str]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One checked file."""

    source: Path
    name: str
    type: str
    kept: Source
    origins: OriginPolicy

    @property
    def is_kept_elsewhere(self) -> bool:
        """Whether the file is all there is to give: it refers to the values."""
        return self.kept.provider != LOCAL

    def with_values(self, fields: Mapping[str, str]) -> NewSecret:
        """Join the values a person gave: what ``Vault.add`` takes."""
        return NewSecret(self.name, self.type, fields, self.origins, source=self.kept)


@dataclass(frozen=True, slots=True)
class Difference:
    """A declared secret that exists otherwise; ``settled`` when it was narrowed to fit."""

    declaration: Declaration
    card: SecretCard
    message: str
    hint: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What ``apply`` found: all declarations, those without a secret, and what differs."""

    declared: tuple[Declaration, ...]
    pending: tuple[Declaration, ...]
    differences: tuple[Difference, ...]


def read(folder: Path) -> list[Declaration]:
    """Read every declaration of a folder, by file name. Raises ``UsageError`` naming the file."""
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not a folder of declarations", hint="name the secrets/ folder"
        )
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    sources: dict[str, Path] = {}
    for one in found:
        other = sources.setdefault(one.name.casefold(), one.source)
        if other != one.source:
            raise UsageError(f"{one.source} and {other.name} declare one name: {one.name}")
    return found


def pending(folder: Path, vault: Vault) -> list[Declaration]:
    """Give the declarations that have no secret in the vault yet."""
    have = {card.name.casefold() for card in vault.cards()}
    return [one for one in read(folder) if one.name.casefold() not in have]


def apply(folder: Path, vault: Vault) -> Applied:
    """Compare a folder with the vault, and narrow the origins of secrets declared with fewer.

    Nothing else changes: no secret is made without its values, and none may go to more origins
    than before.
    """
    declared = read(folder)
    cards = {card.name.casefold(): card for card in vault.cards()}
    differences = []
    for one in declared:
        card = cards.get(one.name.casefold())
        declares = (one.type, one.origins, one.kept.provider)
        if card is not None and (card.type, card.origins, card.source) != declares:
            differences.append(_settle(one, card, vault))
    missing = tuple(one for one in declared if one.name.casefold() not in cards)
    return Applied(tuple(declared), missing, tuple(differences))


def _settle(one: Declaration, card: SecretCard, vault: Vault) -> Difference:
    if card.type != one.type:
        return Difference(
            one,
            card,
            f"{one.source}: {one.name} is declared as {one.type} and stored as {card.type}",
            "the type of a secret never changes: delete it and add it again, or mend the file",
        )
    if card.source != one.kept.provider:
        return Difference(
            one,
            card,
            f"{one.source}: {one.name} is declared as kept by {one.kept.provider}, and it is "
            f"kept by {card.source}",
            "move it: runner secrets move; or mend the file",
        )
    if not card.origins.covers(one.origins):
        stored = ", ".join(card.origins.texts())
        return Difference(
            one,
            card,
            f"{one.source}: {one.name} would go to more origins than stored ({stored})",
            "give its values again with the new origins: runner secrets rotate",
        )
    return Difference(
        one,
        vault.narrow(card.id, one.origins),
        f"{one.source}: {one.name} may now go to {', '.join(one.origins.texts())} only",
        "",
        settled=True,
    )


def _read(path: Path) -> Declaration:
    try:
        text = path.read_text(encoding="utf-8")
        written = _Written.model_validate(json.loads(text, object_pairs_hook=_no_repeats))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        # pydantic quotes what it was given, which may be a value that never belonged there.
        found = error.errors(include_input=False, include_url=False, include_context=False)
        worst = min(found, key=lambda one: one["type"] != "extra_forbidden")
        raise _refusal(path, worst["type"], worst["loc"]) from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON", hint="write one JSON object") from None
    return _checked(path, written)


def _refusal(path: Path, kind: str, place: tuple[int | str, ...]) -> UsageError:
    where = str(place[0]) if place else "the file"
    if kind != "extra_forbidden":
        problem = "is missing" if kind == "missing" else "is not of the right form"
        return UsageError(f"{path}: {where} {problem}", hint="see secrets/hotel-admin.json")
    if any(where in (*kind.required, *kind.optional) for kind in SECRET_TYPES.values()):
        return UsageError(
            f"{path}: a declaration never holds a value, and {where} is one",
            hint="take it out of the file, and out of version control; then change it at its site",
        )
    near = did_you_mean(where, _Written.model_fields)
    return UsageError(f"{path}: there is no {where:.60} in a declaration{near}")


def _checked(path: Path, written: _Written) -> Declaration:
    if written.type not in SECRET_TYPES:
        near = did_you_mean(written.type, SECRET_TYPES)
        raise UsageError(f"{path}: there is no type of secret {written.type!r:.60}{near}")
    if written.provider not in PROVIDERS:
        near = did_you_mean(written.provider, PROVIDERS)
        raise UsageError(f"{path}: there is no provider {written.provider!r:.60}{near}")
    kept = Source(written.provider, written.reference)
    try:
        check_name(written.name)
        if kept != Source():
            contents(written.type, {}, kept)
        origins = OriginPolicy.parse(written.origins)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", hint=error.hint) from None
    return Declaration(path, written.name, written.type, kept, origins)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)
