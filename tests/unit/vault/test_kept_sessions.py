"""Kept sessions: bound to what they belong to, and gone with whatever happens to the secret."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from agent.errors import SecretError, UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, Trail
from agent.vault.custody import Custody
from agent.vault.kept_rows import KeptRows
from agent.vault.kept_sessions import LARGEST, KeptSessions
from agent.vault.lockout import Lockouts, Use
from agent.vault.origin import OriginPolicy
from agent.vault.transactions import writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from agent.vault.new_secret import NewSecret
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

HOTEL, BAR = "https://hotel.example", "https://bar.hotel.example"
STATE = b'{"format":1,"cookies":[{"value":"kept-cookie-9f3a"}],"stores":{}}'
NEW = {"username": "bob", "password": "another horse"}


@pytest.fixture
def card(vault: Vault, a_login: Callable[..., NewSecret]) -> SecretCard:
    return vault.add(a_login(origins=(HOTEL, BAR)))


def kept(vault: Vault, run: str = "run-1") -> KeptSessions:
    return KeptSessions(replace(vault.trail(), run_id=run))


def last_rows(vault: Vault, count: int) -> list[tuple[str, str, str]]:
    rows = vault.trail().rows()[-count:]
    return [(row["action"], row["origin"], json.loads(row["detail"]).get("reason", ""))
            for row in rows]  # fmt: skip


def test_a_kept_session_comes_back_whole_at_its_origin_alone(
    vault: Vault, card: SecretCard, reopened: Callable[[], Vault]
) -> None:
    assert kept(vault).keep(card, HOTEL, STATE)
    later = reopened()
    found = kept(later, "run-2").use(card, HOTEL)
    assert found is not None
    assert (found.state, found.card.origin, found.card.mode) == (STATE, HOTEL, "test")
    assert kept(later).use(card, BAR) is None
    assert "kept-cookie" not in repr(found)


def test_keeping_and_using_are_audited_and_the_trail_stands(vault: Vault, card: SecretCard) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    kept(vault, "run-2").use(card, HOTEL)
    assert last_rows(vault, 2) == [("session_kept", HOTEL, ""), ("session_used", HOTEL, "")]
    assert vault.trail().rows()[-1]["run_id"] == "run-2"
    assert vault.trail().verify().bad_row is None
    assert vault.trail().last_uses([card.id])


def test_nothing_is_given_where_the_use_cannot_be_audited(
    vault: Vault, card: SecretCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(vault).keep(card, HOTEL, STATE)

    def refused(*_: object) -> None:
        raise VaultDamaged("the audit cannot be written")

    with monkeypatch.context() as patched:
        patched.setattr(Trail, "append", refused)
        with pytest.raises(VaultDamaged):
            kept(vault).use(card, HOTEL)
    [told] = kept(vault).cards([card.id])
    assert told.used_at == ""


def test_nothing_of_a_session_stands_in_the_database_in_the_clear(
    vault: Vault, card: SecretCard, database: Path
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    for file in database.parent.iterdir():
        assert b"kept-cookie" not in file.read_bytes()
    with vault.trail().engine.connect() as connection:
        for row in connection.execute(text("SELECT * FROM kept_session")):
            assert "hotel.example" not in repr(tuple(row))


def test_a_second_session_takes_the_place_of_the_first(vault: Vault, card: SecretCard) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    kept(vault).keep(card, HOTEL, STATE + b" ")
    kept(vault).keep(card, BAR, b"{}")
    found = kept(vault).use(card, HOTEL)
    assert found is not None
    assert found.state == STATE + b" "
    assert {one.origin for one in kept(vault).cards([card.id])} == {HOTEL, BAR}


def test_a_session_that_is_too_large_is_refused(vault: Vault, card: SecretCard) -> None:
    with pytest.raises(UsageError, match="larger than 2048 KiB"):
        kept(vault).keep(card, HOTEL, bytes(LARGEST + 1))
    assert kept(vault).cards([card.id]) == []


ENDS: dict[str, Callable[[Vault, SecretCard], object]] = {
    "rotated": lambda vault, card: vault.rotate(card.id, NEW),
    "narrowed": lambda vault, card: vault.narrow(card.id, OriginPolicy.parse([HOTEL])),
    "deleted": lambda vault, card: vault.delete(card.id),
    "compromised": lambda vault, card: Lockouts(vault.trail()).compromised(card),
    "frozen": lambda vault, card: Lockouts(vault.trail()).reject(card, Use()),
}


def test_without_such_an_act_the_session_stays(vault: Vault, card: SecretCard) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    vault.purge(card.id)
    Lockouts(vault.trail()).unfreeze(card)
    assert kept(vault).use(card, HOTEL) is not None


@pytest.mark.parametrize("end", ENDS)
def test_what_happens_to_a_secret_drops_its_sessions_and_says_so(
    vault: Vault, card: SecretCard, end: str
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    kept(vault).keep(card, BAR, STATE)
    ENDS[end](vault, card)
    assert kept(vault).cards([card.id]) == []
    assert end in {reason for act, _, reason in last_rows(vault, 3) if act == "session_dropped"}
    assert vault.trail().verify().bad_row is None


@pytest.mark.parametrize("end", ENDS)
def test_the_act_and_the_drop_are_one_transaction(
    vault: Vault, card: SecretCard, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    append, told = Trail.append, []

    def stops_after_the_drop(trail: Trail, connection: Connection, entry: Entry) -> None:
        told.append(entry.act)
        append(trail, connection, entry)
        if entry.act is not Act.SESSION_DROPPED:
            raise SecretError("cut short")

    with monkeypatch.context() as patched:
        patched.setattr(Trail, "append", stops_after_the_drop)
        with pytest.raises(SecretError, match="cut short"):
            ENDS[end](vault, card)
    assert told[0] is Act.SESSION_DROPPED
    assert kept(vault).use(card, HOTEL) is not None, "what did not happen dropped nothing"


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_opened_the_secret_before_gets_nothing_and_keeps_nothing_after(
    vault: Vault, card: SecretCard, end: str
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    [held] = kept(vault).read(card)
    ENDS[end](vault, card)
    assert held.state == STATE, "the run had read it"
    assert kept(vault).use(card, HOTEL) is None
    assert not kept(vault).keep(card, HOTEL, STATE)
    assert kept(vault).cards([card.id]) == []


def test_a_password_of_which_nobody_knows_drops_the_sessions_when_it_freezes(
    vault: Vault, card: SecretCard
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    trail = replace(vault.trail(), run_id="run-9")
    with writing(trail.engine) as connection:
        Lockouts(trail).doubt(connection, card, "run-9")
    assert kept(vault).cards([card.id]) == []


def test_a_session_put_back_after_it_was_dropped_is_noticed(
    vault: Vault, card: SecretCard, engine: Engine, reopened: Callable[[], Vault]
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    tables = ("kept_session", "kept_state")
    with engine.connect() as connection:
        rows = {one: connection.execute(text(f"SELECT * FROM {one}")).mappings().all()  # noqa: S608
                for one in tables}  # fmt: skip
    kept(vault).drop(card)
    with engine.begin() as connection:
        for table, found in rows.items():
            for row in found:
                marks = ", ".join(f":{name}" for name in row)
                connection.execute(text(f"INSERT INTO {table} VALUES ({marks})"), dict(row))  # noqa: S608
    with pytest.raises(VaultDamaged):
        kept(vault).use(card, HOTEL)
    with pytest.raises(VaultDamaged):
        kept(reopened()).read(card)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE kept_session SET version = version + 1",
        "UPDATE kept_session SET mode = 'live'",
        "UPDATE kept_session SET used_at = '2026'",
        "UPDATE kept_session SET place = x'00'",
        "UPDATE kept_state SET sealed = x'00'",
        "DELETE FROM kept_state",
    ],
)
def test_an_altered_session_is_never_used_and_hinders_nothing(
    vault: Vault, card: SecretCard, engine: Engine, change: str
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    with engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(VaultDamaged):
        kept(vault).use(card, HOTEL)
    Lockouts(vault.trail()).compromised(card)
    after = vault.rotate(card.id, NEW)
    assert kept(vault).keep(after, HOTEL, STATE)
    assert kept(vault).use(after, HOTEL) is not None


def test_a_sealed_state_moved_to_another_secret_does_not_open(
    vault: Vault, card: SecretCard, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    other = vault.add(a_login("Other", origins=(HOTEL,)))
    kept(vault).keep(card, HOTEL, STATE)
    kept(vault).keep(other, HOTEL, b'{"other":1}')
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE kept_state SET sealed = "
                "(SELECT sealed FROM kept_state WHERE secret_id = :a) WHERE secret_id = :b"
            ),
            {"a": card.id, "b": other.id},
        )
    with pytest.raises(VaultDamaged):
        kept(vault).use(other, HOTEL)
    assert kept(vault).use(card, HOTEL) is not None


@pytest.mark.parametrize("field", ["id", "version", "mode", "project", "origin"])
def test_a_session_opens_for_its_own_secret_version_mode_project_and_origin_only(
    vault: Vault, card: SecretCard, field: str
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    trail = vault.trail()
    with trail.engine.connect() as connection:
        [row] = KeptRows(trail).of(connection, card.id)
        assert KeptRows(trail).open(connection, row, card).state == STATE
        other = {"id": "0", "version": card.version + 1, "mode": "live"}
        if field == "project":
            rows, asked = KeptRows(replace(trail, project="other")), card
        elif field == "origin":
            rows, asked = KeptRows(trail), card
            row = {**row, "place": trail.ring.origin_index(card.id, BAR)}
        elif field == "id":
            rows, asked = KeptRows(trail), card
            row = {**row, "secret_id": other["id"]}
        else:
            rows, asked = KeptRows(trail), replace(card, **{field: other[field]})
        with pytest.raises(VaultDamaged):
            rows.open(connection, row, asked)


def test_rotating_the_vaults_keys_drops_what_was_sealed_under_the_old_one(
    vault: Vault, card: SecretCard, engine: Engine
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    Custody(vault, engine, lambda _kind: vault.opening.unlocker).rotate()
    assert kept(vault).cards([card.id]) == []
    assert kept(vault).keep(card, HOTEL, STATE)
    assert kept(vault).use(card, HOTEL) is not None


def test_all_sessions_can_be_dropped_even_damaged_ones(
    vault: Vault, card: SecretCard, engine: Engine
) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kept_session SET version = 7"))
    with pytest.raises(VaultDamaged):
        kept(vault).cards([card.id])
    assert len(kept(vault).drop_all()) == 1
    assert kept(vault).cards([card.id]) == []


def test_one_origin_can_be_dropped_alone(vault: Vault, card: SecretCard) -> None:
    kept(vault).keep(card, HOTEL, STATE)
    kept(vault).keep(card, BAR, STATE)
    assert kept(vault).drop(card, BAR) == [BAR]
    assert kept(vault).drop(card, BAR) == []
    assert [one.origin for one in kept(vault).cards([card.id])] == [HOTEL]
    assert last_rows(vault, 1) == [("session_dropped", BAR, "asked")]
