"""Who is in the project, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.vault.access.invitations import Invitations

if TYPE_CHECKING:
    from agent.vault.people import Member, People
    from agent.vault.policy import Actor, Role


@dataclass(frozen=True, slots=True)
class Membership:
    """Use cases of people and projects; each is authorised by ``agent.vault.people``."""

    people: People
    actor: Actor

    def members(self) -> list[Member]:
        """List the people of the actor's project."""
        return self.people.members(self.actor)

    def projects(self) -> list[str]:
        """List the projects by name."""
        return self.people.projects()

    def add(self, person: str, role: Role) -> None:
        """Let a person into the project."""
        self.people.add(self.actor, person, role)

    def change(self, person: str, role: Role) -> None:
        """Give a person another role."""
        self.people.change(self.actor, person, role)

    def remove(self, person: str) -> None:
        """Take a person out of the project."""
        self.people.remove(self.actor, person)

    def link(self, person: str) -> str:
        """Make the text of a link by which a person chooses a (new) password for the server.

        Everyone may for themselves. It is good once, for a day, and shown here alone.
        """
        self.people.may_change(self.actor, person)
        trail = replace(self.people.vault.trail(), actor=self.actor.name)
        return Invitations(trail).make(person)

    def add_project(self, name: str) -> None:
        """Make a project, with the actor as its Owner."""
        self.people.add_project(self.actor, name)
