"""``runner people add``, ``role``, ``link`` and ``remove``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.parts import PARTS
from agent.cli.speech import tell

as_role = click.Choice(["owner", "admin", "editor"])


@click.command(cls=QuietCommand)
@click.argument("person")
@click.option("--role", type=as_role, default="editor", show_default=True, help="What they may do.")
def add(person: str, role: str) -> None:
    """Let a person into the project.

    PERSON is a system user's name. Whoever was alone until now becomes the project's Owner.
    """
    open_runner().membership.add(person, PARTS["role"](role))
    tell(f"{person} is now {role}")


@click.command(cls=QuietCommand)
@click.argument("person")
@click.argument("role", type=as_role)
def role(person: str, role: str) -> None:
    """Give a person another role.

    The last owner of a project stays one.
    """
    open_runner().membership.change(person, PARTS["role"](role))
    tell(f"{person} is now {role}")


@click.command(cls=QuietCommand)
@click.argument("person")
def remove(person: str) -> None:
    """Take a person out of the project."""
    open_runner().membership.remove(person)
    tell(f"{person} is not in the project any more")


@click.command(cls=QuietCommand)
@click.argument("person")
@click.option("--url", default="http://localhost:8021", show_default=True, help="The server.")
def link(person: str, url: str) -> None:
    """Print a link by which a person chooses a password for the server.

    It is good once, for a day; one that was made before is good no more. This is also the way back
    for who forgot theirs.
    """
    tell(f"{url.rstrip('/')}/welcome#{open_runner().membership.link(person)}")
