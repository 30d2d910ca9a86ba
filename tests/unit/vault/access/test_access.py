"""Sessions, tokens and links: rows that let somebody in, and rows that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import NotFound, UsageError, VaultDamaged, VaultRolledBack
from agent.vault.access.guessing import Guesses
from agent.vault.access.invitations import FIRST, Invitations
from agent.vault.access.refusals import SignInRefused, TooManyTries
from agent.vault.access.sessions import Sessions
from agent.vault.access.texts import canonical, checksum
from agent.vault.access.tokens import NewToken, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from agent.vault.audit import Trail
    from agent.vault.store import Vault

OUTSIDE = (VaultDamaged, VaultRolledBack)
FORGED = (
    "INSERT INTO session SELECT x'00', 'ann', project_id, created_at, seen_at, stepped_up_at, mac "
    "FROM session"
)
WISH = NewToken("ci", ("runs:write",))


@pytest.fixture
def trail(vault: Vault) -> Trail:
    vault.create()
    return vault.trail()


def changed(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE session SET person = 'ann'",
        "UPDATE session SET stepped_up_at = created_at",
        "UPDATE session SET created_at = created_at + 86400, seen_at = seen_at + 86400",
        FORGED,
        "DELETE FROM session",
    ],
)
def test_a_session_the_vault_did_not_write_lets_nobody_in(
    trail: Trail, engine: Engine, statement: str
) -> None:
    text = Sessions(trail).start("eve", "default")
    assert Sessions(trail).find(text) is not None
    changed(engine, statement)
    with pytest.raises(OUTSIDE):
        Sessions(trail).find(text)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE api_token SET role = 'owner'",
        "UPDATE api_token SET scopes = 'runs:write secrets:write'",
        "UPDATE api_token SET expires_at = expires_at * 2",
        "UPDATE api_token SET mode = 'live'",
        "DELETE FROM api_token",
    ],
)
def test_a_token_the_vault_did_not_write_lets_nobody_in(
    trail: Trail, engine: Engine, statement: str
) -> None:
    _, text = Tokens(trail).add("ann", WISH)
    assert Tokens(trail).find(text) is not None
    changed(engine, statement)
    with pytest.raises(OUTSIDE):
        Tokens(trail).find(text)


def test_no_row_holds_what_lets_anyone_in(trail: Trail, engine: Engine) -> None:
    _, token = Tokens(trail).add("ann", WISH)
    texts = [token, Sessions(trail).start("ann", "default"), Invitations(trail).make(FIRST)]
    with engine.connect() as connection:
        tables = ("api_token", "session", "invitation", "audit")
        rows = [r for t in tables for r in connection.exec_driver_sql(f"SELECT * FROM {t}")]  # noqa: S608 - the tables above
    stored = repr([tuple(row) for row in rows])
    for text in texts:
        assert text[-40:] not in stored


def test_a_token_ends_and_is_taken_back(trail: Trail) -> None:
    token, text = Tokens(trail).add("ann", WISH)
    assert text.startswith(f"rnr_test_{token.id}_")
    later = replace(trail, clock=lambda: token.expires_at + 1)
    assert Tokens(later).find(text) is None
    Tokens(trail).revoke(token.id)
    assert Tokens(trail).find(text) is None
    with pytest.raises(NotFound):
        Tokens(trail).revoke(token.id)


def test_a_mistyped_token_is_known_by_its_checksum(trail: Trail) -> None:
    _, text = Tokens(trail).add("ann", WISH)
    assert text.endswith(checksum(text[:-6]))
    for wrong in (text[:-1], text + "x", text.swapcase(), text.replace("test", "live"), ""):
        assert Tokens(trail).find(wrong) is None


@pytest.mark.parametrize(
    "wish",
    [
        replace(WISH, scopes=()),
        replace(WISH, scopes=("secrets:reveal",)),
        replace(WISH, days=366),
        replace(WISH, name=" "),
        replace(WISH, mode="both"),
    ],
)
def test_a_token_with_more_than_there_is_is_not_made(trail: Trail, wish: NewToken) -> None:
    with pytest.raises(UsageError):
        Tokens(trail).add("ann", wish)


def test_a_link_is_used_once_and_a_newer_one_ends_it(trail: Trail) -> None:
    links = Invitations(trail)
    old, new = links.make("ann"), links.make("ann")
    with pytest.raises(SignInRefused):
        links.person_of(old)
    assert links.person_of(new) == "ann"
    links.use(new)
    with pytest.raises(SignInRefused):
        links.use(new)


def test_names_that_read_the_same_are_one() -> None:
    assert {canonical(name) for name in ("Ann", "ANN ", "\uff41\uff4e\uff4e")} == {"ann"}


def test_tries_are_counted_before_they_are_looked_at(
    trail: Trail, reopened: Callable[[], Vault]
) -> None:
    now = trail.clock()
    still = replace(trail, clock=lambda: now)
    for _ in range(6):
        Guesses(still).begin("ann", "10.0.0.1")
    with pytest.raises(TooManyTries):
        Guesses(still).begin("ann", "10.0.0.2")
    with pytest.raises(TooManyTries):
        Guesses(replace(reopened().trail(), clock=lambda: now)).begin("ann", "10.0.0.3")
    Guesses(still).begin("bob", "10.0.0.1")
