"""People of the project, their roles, and projects."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.requests import Request

from agent.api.asking import Asked, door, options_of
from agent.api.shapes import Given, Listed, Name, Taken
from agent.vault.policy import Action, Role

router = APIRouter(tags=["people"])

Person = Annotated[str, Path(min_length=1, max_length=64)]


class NewPerson(Taken):
    """A person to let in."""

    name: Name
    role: Literal["owner", "admin", "editor"]


class NewRole(Taken):
    """Another role."""

    role: Literal["owner", "admin", "editor"]


class NewProject(Taken):
    """A project to make."""

    name: Name


class PersonGiven(Given):
    """A person of the project."""

    name: str
    role: str


class Link(Given):
    """A link that is good once; it is shown here and nowhere else."""

    link: str


@router.get("/people", **door(Action.SEE))
def people(asked: Asked) -> Listed[PersonGiven]:
    """List the people of the project."""
    found = asked.runner.membership.members()
    return Listed(items=[PersonGiven(name=one.person, role=one.role) for one in found])


@router.post("/people", status_code=201, **door(Action.PEOPLE))
def add(request: Request, asked: Asked, new: NewPerson) -> Link:
    """Let a person in; gives the link by which they choose their password."""
    asked.runner.membership.add(new.name, Role(new.role))
    return _link(request, asked, new.name)


@router.post("/people/{person}/link", status_code=201, **door(Action.PEOPLE))
def link(request: Request, asked: Asked, person: Person) -> Link:
    """Make a link by which a person chooses a new password."""
    return _link(request, asked, person)


@router.put("/people/{person}", status_code=204, **door(Action.PEOPLE))
def change(asked: Asked, person: Person, new: NewRole) -> None:
    """Give a person another role."""
    asked.runner.membership.change(person, Role(new.role))


@router.delete("/people/{person}", status_code=204, **door(Action.PEOPLE))
def remove(asked: Asked, person: Person) -> None:
    """Take a person out of the project."""
    asked.runner.membership.remove(person)


@router.post("/projects", status_code=201, **door(Action.PROJECTS))
def add_project(asked: Asked, new: NewProject) -> NewProject:
    """Make a project, with who asks as its Owner."""
    asked.runner.membership.add_project(new.name)
    return new


def _link(request: Request, asked: Asked, person: str) -> Link:
    return Link(link=link_to(request, asked.runner.membership.link(person)))


def link_to(request: Request, text: str) -> str:
    """Write a link's address. What is behind ``#`` is sent to no server and stands in no log."""
    return f"{options_of(request).url}/welcome#{text}"
