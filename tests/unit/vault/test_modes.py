"""Mode and visibility are chosen once, and a secret of one mode never opens in the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import IntegrityError

from agent.errors import SecretMissing, SecretUnfit, UsageError, VaultDamaged
from agent.vault.admission import Admission
from agent.vault.records import Records, current
from agent.vault.store import Vault
from agent.vault.transactions import fetch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

COLUMNS = {"mode": "live", "visibility": "masked", "kind": "value", "project_id": "other"}


def setting(column: str, value: str) -> str:
    """Write the statement that would change a column."""
    return f"UPDATE secret SET {column} = '{value}'"  # noqa: S608  a column of the list above


@pytest.fixture
def row(vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]) -> Callable[[], Any]:
    """Give the records of the vault and the one row that is in it, as it stands now."""
    vault.add(a_login())
    trail = vault.trail()

    def read() -> Any:
        with engine.connect() as connection:
            return Records(trail.vault_id, trail.ring), fetch(connection, current())[0]

    return read


@pytest.mark.parametrize(("column", "other"), COLUMNS.items())
def test_sql_does_not_change_what_was_chosen(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret], column: str, other: str
) -> None:
    vault.add(a_login())
    with pytest.raises(IntegrityError, match="never change"), engine.begin() as connection:
        connection.exec_driver_sql(setting(column, other))


@pytest.mark.parametrize(("column", "other"), COLUMNS.items())
def test_a_migration_does_not_change_what_was_chosen(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret], column: str, other: str
) -> None:
    vault.add(a_login())
    with (
        engine.connect() as connection,
        connection.begin(),
        Operations.context(MigrationContext.configure(connection)) as operations,
        pytest.raises(IntegrityError, match="never change"),
    ):
        operations.execute(setting(column, other))


def test_the_trigger_lets_other_columns_through(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    with engine.begin() as connection:
        done = connection.exec_driver_sql("UPDATE secret SET created_by = 'ann'")
        assert done.rowcount == 1


@pytest.mark.parametrize("column", ["mode", "visibility", "kind"])
def test_behind_the_trigger_the_seal_refuses(
    row: Callable[[], Any], attack: Callable[..., None], column: str
) -> None:
    attack(setting(column, COLUMNS[column]))
    records, edited = row()
    with pytest.raises(VaultDamaged):
        records.open(edited)


@pytest.mark.parametrize("column", ["mode", "visibility", "kind"])
def test_even_with_a_forged_head_the_values_do_not_open(
    row: Callable[[], Any], column: str
) -> None:
    records, honest = row()
    edited = {**honest, column: COLUMNS[column]}
    edited["head_mac"] = records.head_mac(edited)
    records.describe(edited)  # the head is believed; the values are sealed to what was chosen
    with pytest.raises(VaultDamaged, match="column ct was changed or moved"):
        records.open(edited)


def test_the_values_of_a_test_secret_do_not_open_for_a_live_run(row: Callable[[], Any]) -> None:
    records, honest = row()
    assert records.open(honest, "test").values["password"] == "correct horse"
    with pytest.raises(VaultDamaged):
        records.open(honest, "live")


def test_a_run_of_one_mode_is_refused_a_secret_of_the_other(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    test = vault.add(a_login())
    live = vault.add(replace(a_login(), mode="live"))
    for card, mode in ((test, "live"), (live, "test")):
        with pytest.raises(SecretUnfit, match="never mix"):
            vault.open_for_run({"LOGIN": card.ref}, "run-1", Admission(mode))
        assert vault.trail().rows()[-1]["outcome"] == "refused"
        with vault.open_for_run({"LOGIN": card.ref}, "run-2", Admission(card.mode)) as secrets:
            assert secrets.slots() == ("LOGIN",)


def test_a_name_is_taken_once_in_each_mode(vault: Vault, a_login: Callable[..., NewSecret]) -> None:
    test, live = vault.add(a_login()), vault.add(replace(a_login(), mode="live"))
    assert vault.card("Hotel admin").id == test.id
    assert vault.card("Hotel admin", "live").id == live.id
    for new in (a_login("HOTEL ADMIN"), replace(a_login(), mode="live")):
        with pytest.raises(UsageError, match=r"there is a (test|live) secret named"):
            vault.add(new)


def test_another_projects_secrets_do_not_exist(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    from_here = vault.add(a_login())
    elsewhere = Vault(engine, vault._unlocker, project="night-shift")
    same_name = elsewhere.add(a_login())
    assert [card.id for card in vault.cards()] == [from_here.id]
    assert elsewhere.card("Hotel admin").id == same_name.id
    for act in (elsewhere.card, elsewhere.delete, lambda ref: elsewhere.rotate(ref, {})):
        with pytest.raises(SecretMissing, match="there is no secret"):
            act(from_here.id)
    with pytest.raises(SecretMissing):
        elsewhere.open_for_run({"LOGIN": from_here.ref}, "run-1")


def test_live_secrets_are_retired_and_test_secrets_deleted(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    test, live = vault.add(a_login()), vault.add(replace(a_login(), mode="live"))
    with pytest.raises(UsageError, match="is a live one"):
        vault.delete(live.id)
    with pytest.raises(UsageError, match="is a test one"):
        vault.retire(test.id)
    vault.delete(test.id)
    vault.retire(live.id)
    with pytest.raises(SecretMissing, match=r"slot LOGIN: the secret 'Hotel admin' was deleted on"):
        vault.open_for_run({"LOGIN": test.ref}, "run-1")
    with pytest.raises(SecretMissing, match="'Hotel admin' was retired on 20"):
        vault.open_for_run({"LOGIN": live.ref}, "run-1", Admission("live"))
    assert vault.add(replace(a_login(), mode="live")).id != live.id


def test_a_retired_secrets_versions_stay_sealed_and_a_deleted_ones_go(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    test, live = vault.add(a_login()), vault.add(replace(a_login(), mode="live"))
    vault.delete(test.id)
    vault.retire(live.id)
    with engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT secret_id FROM secret_version").scalars().all()
    assert left == [live.id]


def test_the_name_of_a_deleted_secret_is_nowhere_in_the_clear(
    vault: Vault, database: Path, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login("Canary of the tomb"))
    vault.delete(card.id)
    files = [path.read_bytes() for path in database.parent.iterdir()]
    assert not any(b"Canary of the tomb" in read for read in files)
    assert any(card.id.encode() in read for read in files)


@pytest.mark.parametrize("wrong", [{"mode": "prod"}, {"visibility": "shown"}])
def test_there_are_two_modes_and_two_visibilities(
    vault: Vault, a_login: Callable[..., NewSecret], wrong: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="there is no"):
        vault.add(replace(a_login(), **wrong))


def test_a_masked_secret_may_be_widened_and_a_restricted_one_only_with_its_values(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    more = a_login(origins=("https://hotel.example", "https://other.example")).origins
    masked = vault.add(replace(a_login("spare"), visibility="masked"))
    restricted = vault.add(a_login())
    assert vault.widen(masked.id, more).origins == more
    with pytest.raises(UsageError, match="more origins than before"):
        vault.widen(restricted.id, more)
    fields = dict(a_login().fields)
    assert vault.rotate(restricted.id, fields, origins=more).origins == more
