"""Live deployments: a task as it was, its bindings, and live copies of the chosen test secrets.

A deployment never changes. Deploying again makes the next one of the same name; the one before
stays. A copy has an id, a key and a seal of its own, so a live secret never opens as the test
secret it was made of.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import insert, select

from agent.errors import UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.fields import did_you_mean
from agent.vault.pae import context
from agent.vault.places import Place
from agent.vault.policy import LIVE, TEST
from agent.vault.records import Draft, Records
from agent.vault.shelf import Shelf
from agent.vault.tables import deployment
from agent.vault.transactions import DAMAGED_HINT, fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from agent.vault.audit import Trail
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class LiveBinding:
    """What fills a slot: a live secret, and the test secret it was copied from, if it was."""

    secret: str
    source: str = ""
    source_version: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a deployment would be: ``copies`` maps slots to test secrets, ``live`` to live ones."""

    name: str
    document: Mapping[str, Any]
    source: str
    copies: Mapping[str, SecretCard]
    live: Mapping[str, SecretCard]
    before: Deployment | None = None

    @property
    def digest(self) -> str:
        """The task's digest."""
        return digest_of(self.document)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment; ``number`` counts those of one name, ``source`` is the file it was read from.

    ``digest`` is the SHA-256 of the task as canonical JSON, in hex.
    """

    id: str
    name: str
    number: int
    digest: str
    source: str
    document: Mapping[str, Any]
    bindings: Mapping[str, LiveBinding]
    created_by: str
    created_at: str


def digest_of(document: Mapping[str, Any]) -> str:
    """Give the digest of a task; spaces and the order of keys do not count."""
    canonical = json.dumps(dict(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Deployments:
    """The deployments of one project."""

    vault: Vault

    def newest(self) -> list[Deployment]:
        """List the newest deployment of each name, by name."""
        found = {one.name: one for one in self._read()}
        return [found[name] for name in sorted(found)]

    def find(self, name: str) -> Deployment:
        """Give the newest deployment of a name, or the one of an id. ``UsageError`` for none."""
        every = self._read()
        found = [one for one in every if name in (one.name, one.id)]
        if not found:
            near = did_you_mean(name, {one.name for one in every})
            raise UsageError(
                f"there is no deployment {name!r:.120}{near}",
                hint="runner deployments list shows them, runner deploy TASK makes one",
            )
        return found[-1]

    def history(self, name: str) -> list[Deployment]:
        """List all deployments of a name, the oldest first."""
        return [one for one in self._read() if one.name == name]

    def copied_from(self, secret_id: str) -> list[tuple[Deployment, str]]:
        """List where a test secret was copied to: the deployment and the live secret's id."""
        return [
            (one, bound.secret)
            for one in self._read()
            for bound in one.bindings.values()
            if bound.source == secret_id
        ]

    def using(self, secret_id: str) -> list[Deployment]:
        """List the deployments bound to a live secret."""
        return [
            one
            for one in self._read()
            if any(bound.secret == secret_id for bound in one.bindings.values())
        ]

    def make(self, proposal: Proposal) -> Deployment:
        """Copy, bind and write the deployment, with an audit row for each secret, or nothing.

        Raises ``UsageError`` where a live secret of a copy's name is there already: nothing is
        overwritten.
        """
        trail = self.vault.trail()
        now = timestamp(trail.clock())
        with writing(trail.engine) as connection:
            ring = self.vault.opening.sealing(connection).ring
            shelf = Shelf(connection, Records(trail.vault_id, ring), self.vault.project)
            copied: dict[str, LiveBinding] = {}
            bindings = {slot: LiveBinding(card.id) for slot, card in proposal.live.items()}
            for slot, card in proposal.copies.items():
                if card.id not in copied:
                    copied[card.id] = _copy(shelf, trail, card, now)
                bindings[slot] = copied[card.id]
            made = self._next(connection, proposal, bindings, trail.actor, now)
            connection.execute(insert(deployment).values(self._row(trail, made)))
            for slot, bound in bindings.items():
                entry = Entry(Act.DEPLOYED, bound.secret, slot=slot, version=bound.source_version)
                trail.append(connection, replace(entry, reason=made.id))
        return made

    def _next(
        self,
        connection: Connection,
        proposal: Proposal,
        bindings: Mapping[str, LiveBinding],
        by: str,
        at: str,
    ) -> Deployment:
        same = (deployment.c.project_id == self.vault.project, deployment.c.name == proposal.name)
        number = 1 + len(fetch(connection, select(deployment.c.id).where(*same)))
        return Deployment(
            str(uuid4()),
            proposal.name,
            number,
            proposal.digest,
            proposal.source,
            proposal.document,
            dict(bindings),
            by,
            at,
        )

    def _read(self) -> list[Deployment]:
        if not self.vault.is_created:
            return []
        trail = self.vault.trail()
        chosen = select(deployment).where(deployment.c.project_id == self.vault.project)
        with reading(trail.engine) as connection:
            rows = fetch(connection, chosen.order_by(deployment.c.name, deployment.c.number))
        return [_deployment(trail, row) for row in rows]

    def _row(self, trail: Trail, made: Deployment) -> dict[str, Any]:
        row = {
            "id": made.id,
            "project_id": self.vault.project,
            "name": made.name,
            "number": made.number,
            "digest": made.digest,
            "source": made.source,
            "document": json.dumps(dict(made.document), ensure_ascii=False),
            "bindings": json.dumps(
                {
                    slot: [bound.secret, bound.source, bound.source_version]
                    for slot, bound in made.bindings.items()
                }
            ),
            "created_by": made.created_by,
            "created_at": made.created_at,
        }
        return {**row, "mac": _mac(trail, row)}


def _copy(shelf: Shelf, trail: Trail, card: SecretCard, now: str) -> LiveBinding:
    """Seal a test secret's values anew, as a live secret with an id and a key of its own."""
    if any(row["deleted_at"] is None for row in shelf.named(card.name, LIVE)):
        raise taken(card.name)
    opened = shelf.records.open(shelf.find(card.id), TEST)
    place = Place(
        trail.vault_id, shelf.project, str(uuid4()), 1, LIVE, card.type, opened.card.visibility
    )
    shelf.put(
        Draft(place, opened.card.name, opened.card.origins, trail.actor, now, *opened.sealed())
    )
    return LiveBinding(place.secret_id, card.id, opened.card.version)


def taken(name: str) -> UsageError:
    """Make the error for a copy whose place is taken."""
    return UsageError(
        f"there is a live secret named {name} already, and nothing is overwritten",
        hint=f"leave --copy-secret “{name}” away to go on with it, or retire it first: "
        "runner secrets retire",
    )


def _deployment(trail: Trail, row: RowMapping) -> Deployment:
    if not hmac.compare_digest(bytes(row["mac"]), _mac(trail, row)):
        raise VaultDamaged(f"the deployment {row['name']} was changed", hint=DAMAGED_HINT)
    bindings = {slot: LiveBinding(*bound) for slot, bound in json.loads(row["bindings"]).items()}
    return Deployment(
        row["id"],
        row["name"],
        row["number"],
        row["digest"],
        row["source"],
        json.loads(row["document"]),
        bindings,
        row["created_by"],
        row["created_at"],
    )


def _mac(trail: Trail, row: Mapping[Any, Any]) -> bytes:
    names = [column.name for column in deployment.columns if column.name != "mac"]
    fields = [repr(row[name]) for name in names]
    return trail.ring.authenticate(context("deployment.v1", trail.vault_id, *fields))
