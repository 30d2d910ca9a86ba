"""Coming in by the server's door: the first Owner, links, passwords, sessions, tokens.

Who comes in becomes an ``Actor`` with the role the vault wrote down. Imported by the server alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from agent.errors import NotAllowed, UsageError
from agent.vault.access.credentials import Credentials
from agent.vault.access.guessing import Guesses
from agent.vault.access.invitations import FIRST, Invitations
from agent.vault.access.refusals import SignInRefused, StepUpWanted
from agent.vault.access.scopes import lower, only
from agent.vault.access.sessions import Sessions
from agent.vault.access.texts import canonical
from agent.vault.access.tokens import Tokens
from agent.vault.audit import Act, Entry
from agent.vault.policy import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.access.sessions import Session
    from agent.vault.audit import Trail
    from agent.vault.people import People


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person gives at the door; ``address`` is where the request came from."""

    name: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks by the server's door: the actor, the person behind it, and by what it came in.

    A person came with a ``session``, a program with a token (``session`` is None).
    """

    actor: Actor
    member: Actor
    session: Session | None = None

    def presence(self, now: float) -> None:
        """Make sure the password was entered again within five minutes. ``StepUpWanted``."""
        if self.session is None:
            raise NotAllowed("a token cannot step up: a person does that, signed in")
        if not self.session.is_stepped_up(now):
            raise StepUpWanted(
                "not before your password was entered again",
                hint="POST /api/v1/session/step-up, then again within five minutes",
            )


@dataclass(frozen=True, slots=True)
class Entering:
    """The use cases of the door; ``keeper`` is who runs the server."""

    people: People
    keeper: Actor

    def first_link(self) -> str | None:
        """Make the link for the first Owner, good for 15 minutes; None where one has a password.

        Raises ``NotAllowed`` where there are people already and the one who runs the server is no
        owner: then it is not theirs to say who is.
        """
        self.people.vault.create()
        if self._known_owners() & self._credentials().people():
            return None
        if self.keeper.role is not Role.OWNER:
            raise NotAllowed(
                f"nobody can sign in yet, and {self.keeper.name} is no owner",
                hint="an owner makes the first link: runner people link NAME",
            )
        return Invitations(self._trail()).make(FIRST)

    def person_of(self, link: str) -> str:
        """Tell whose a link is, ``""`` for the first Owner's. Raises ``SignInRefused``."""
        return Invitations(self._trail()).person_of(link)

    def redeem(self, link: str, chosen: SignIn) -> str:
        """Choose a password with a link; gives the text of a session's cookie.

        ``chosen.name`` counts for the first Owner only. Every other session of the person ends,
        and their tokens. Raises ``SignInRefused`` and ``UsageError`` for a weak password.
        """
        trail = self._trail()
        invitations, credentials = Invitations(trail), self._credentials()
        person = invitations.person_of(link) or chosen.name
        credentials.check_name(person)
        hashed = credentials.prepared(chosen.password)
        self.people.check_name(person)
        invitations.use(link)
        if person not in self._known():
            self.people.add(self.keeper, person, Role.OWNER)
        credentials.set_hash(person, hashed)
        Sessions(trail).end_all(person)
        Tokens(trail).revoke_of(person)
        return self._start(person)

    def sign_in(self, asked: SignIn) -> str:
        """Let a person in; gives the text of a session's cookie.

        Raises ``SignInRefused``, ``CodeWanted`` and ``TooManyTries``. A name that nobody has takes
        as long, and is slowed the same.
        """
        guesses, name = Guesses(self._trail()), canonical(asked.name)
        guesses.begin(name, asked.address)
        person = self._credentials().check(asked.name, asked.password, asked.code)
        guesses.passed(name, asked.address)
        return self._start(person)

    def step_up(self, caller: Caller, asked: SignIn) -> str:
        """Take the password again, for five minutes; gives the new cookie's text."""
        session = _session(caller)
        guesses, name = Guesses(self._trail()), canonical(session.person)
        guesses.begin(name, asked.address)
        self._credentials().check(session.person, asked.password, asked.code)
        guesses.passed(name, asked.address)
        self._audit(Act.STEPPED_UP, session.person)
        return self._sessions().rotate(session, stepped_up_at=self._trail().clock())

    def change_password(self, caller: Caller, password: str) -> str:
        """Give a stepped-up person another password; other sessions and tokens end."""
        session = _session(caller)
        caller.presence(self._trail().clock())
        self._credentials().set_password(session.person, password)
        self._sessions().end_all(session.person)
        Tokens(self._trail()).revoke_of(session.person)
        return self._start(session.person)

    def enrol(self, caller: Caller, key: str, code: str) -> None:
        """Ask a stepped-up person for a one-time code from now on."""
        caller.presence(self._trail().clock())
        self._credentials().enrol(_session(caller).person, key, code)

    def no_code(self, caller: Caller) -> None:
        """Ask a stepped-up person for no one-time code any more."""
        caller.presence(self._trail().clock())
        self._credentials().no_code(_session(caller).person)

    def has_code(self, caller: Caller) -> bool:
        """Tell whether the person signs in with a one-time code."""
        return self._credentials().has_code(_session(caller).person)

    def go_to(self, caller: Caller, project: str) -> str:
        """Go on in another project of the person's; gives the new cookie's text."""
        session = _session(caller)
        if self.people.actor(session.person, project).role is None:
            raise UsageError("you are in no such project")
        return self._sessions().rotate(session, project=project)

    def sign_out(self, caller: Caller) -> None:
        """End the session."""
        self._sessions().end(_session(caller))

    def by_cookie(self, text: str) -> Caller | None:
        """Say who a cookie's session is; None where there is none that goes on."""
        session = self._sessions().find(text)
        if session is None:
            return None
        actor = self.people.actor(session.person, session.project)
        return Caller(actor, actor, session)

    def by_token(self, text: str) -> Caller | None:
        """Say who a token is: its person, with the weaker of the two roles."""
        token = Tokens(self._trail()).find(text)
        if token is None:
            return None
        member = self.people.actor(token.person, token.project)
        role = None if member.role is None else lower(member.role, token.role)
        limits = only(token.mode, token.scopes)
        name = f"{token.person}:{token.id}"
        return Caller(Actor(name, role, token.project, member.id, limits), member)

    def presence_of(self, caller: Caller) -> Callable[[], None]:
        """Give what makes sure, when it is asked, that the caller is there."""
        return lambda: caller.presence(self._trail().clock())

    def prove_of(self, caller: Caller) -> Callable[[], None]:
        """Give what makes sure that the person's role is the one the vault wrote down."""
        return partial(self.people.prove_now, caller.member)

    def _start(self, person: str) -> str:
        self._audit(Act.SIGNED_IN, person)
        projects = self.people.projects_of(person)
        if not projects:
            raise SignInRefused("you are in no project any more", hint="an owner adds you")
        return self._sessions().start(person, projects[0])

    def _known(self) -> frozenset[str]:
        return frozenset(member.person for member in self.people.everyone())

    def _known_owners(self) -> frozenset[str]:
        return frozenset(m.person for m in self.people.everyone() if m.role is Role.OWNER)

    def _audit(self, act: Act, person: str) -> None:
        replace(self._trail(), actor=person).record(Entry(act, person))

    def _sessions(self) -> Sessions:
        return Sessions(self._trail())

    def _credentials(self) -> Credentials:
        return Credentials(self._trail())

    def _trail(self) -> Trail:
        return self.people.vault.trail()


def _session(caller: Caller) -> Session:
    if caller.session is None:
        raise NotAllowed("that is for people who are signed in, not for tokens")
    return caller.session
