from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import SecretError, VaultRolledBack
from agent.vault.audit import Act, Entry, Outcome, Verdict
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.audit import Trail
    from agent.vault.store import Vault

TARGET = "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa"


@pytest.fixture
def trail(vault: Vault) -> Trail:
    vault.create()
    trail = replace(vault.trail(), run_id="run-1")
    for number in range(1, 6):
        trail.record(Entry(Act.REVEALED, TARGET, slot="LOGIN", version=number))
    return trail


def test_an_untouched_trail_stands(trail: Trail) -> None:
    assert trail.verify() == Verdict(rows=6, bad_row=None)


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("UPDATE audit SET outcome = 'refused' WHERE seq = 4", 4),
        ("UPDATE audit SET at = '2020-01-01' WHERE seq = 2", 2),
        ("UPDATE audit SET actor = 'mallory' WHERE seq = 2", 2),
        ("UPDATE audit SET action = 'code' WHERE seq = 2", 2),
        ("UPDATE audit SET object = 'x' WHERE seq = 2", 2),
        ("UPDATE audit SET run_id = 'x' WHERE seq = 2", 2),
        ("UPDATE audit SET origin = 'x' WHERE seq = 2", 2),
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", 2),
        ("UPDATE audit SET mac = zeroblob(32) WHERE seq = 5", 5),
        ("UPDATE audit SET mac = x'' WHERE seq = 5", 5),
        ("UPDATE audit SET mac = 'text' WHERE seq = 5", 5),
    ],
)
def test_a_row_that_was_changed_or_taken_out_is_named(
    trail: Trail, attack: Callable[..., None], statement: str, bad: int
) -> None:
    attack(statement)
    assert trail.verify().bad_row == bad


def test_rows_that_changed_places_are_found(trail: Trail, attack: Callable[..., None]) -> None:
    attack(
        "UPDATE audit SET seq = 99 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 99",
    )
    assert trail.verify().bad_row == 3


def test_a_row_taken_out_with_its_gap_closed_is_found(
    trail: Trail, attack: Callable[..., None]
) -> None:
    attack(
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 6",
    )
    assert trail.verify().bad_row == 3


def test_a_genuine_row_of_an_earlier_state_is_found(
    trail: Trail, attack: Callable[..., None]
) -> None:
    kept = dict(trail.rows()[4])
    columns = ", ".join(f"{name} = :{name}" for name in kept if name != "seq")
    attack((f"UPDATE audit SET {columns} WHERE seq = 6", kept))  # noqa: S608 -- the table's names
    assert trail.verify().bad_row == 6


def test_a_trail_whose_end_was_cut_off_is_found_and_takes_no_further_row(
    trail: Trail, attack: Callable[..., None]
) -> None:
    attack("DELETE FROM audit WHERE seq > 4")
    assert trail.verify().bad_row == 5
    with pytest.raises(VaultRolledBack):
        trail.record(Entry(Act.CODE, TARGET))
    attack("DELETE FROM audit")
    assert trail.verify().bad_row == 1


def test_a_row_made_up_without_the_key_is_found(trail: Trail, attack: Callable[..., None]) -> None:
    attack(
        "INSERT INTO audit SELECT 7, at, actor, action, object, outcome, run_id, origin, detail, "
        "mac FROM audit WHERE seq = 6"
    )
    assert trail.verify().bad_row == 7


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'x'"])
def test_rows_are_not_changed_by_mistake(trail: Trail, statement: str) -> None:
    with pytest.raises(Exception, match="audit rows"), trail.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_rows_written_at_once_make_one_chain(trail: Trail) -> None:
    def write() -> None:
        for _ in range(10):
            trail.record(Entry(Act.REVEALED, TARGET))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trail.verify() == Verdict(rows=66, bad_row=None)


CANARY = "canary \u2039 5e1f!"


@pytest.mark.parametrize(
    "entry",
    [
        Entry(Act.REVEALED, CANARY),
        Entry(Act.REVEALED, TARGET, slot=CANARY),
        Entry(Act.REVEALED, TARGET, field=CANARY),
        Entry(Act.REVEALED, TARGET, reason=CANARY),
        Entry(Act.REVEALED, TARGET, slot="x" * 81),
    ],
)
def test_only_identifiers_get_into_a_row(trail: Trail, entry: Entry) -> None:
    with pytest.raises(SecretError) as refused:
        trail.record(entry)
    assert "canary" not in refused.value.message
    assert len(trail.rows()) == 6


def test_the_name_of_a_step_is_cut_to_plain_characters(trail: Trail) -> None:
    trail.record(Entry(Act.REVEALED, TARGET, step=f'steps[3] fill "{"p" * 200}"'))
    detail = trail.rows()[-1]["detail"]
    assert detail.startswith('{"step":"steps[3] fill ?ppp')
    assert len(detail) < 100


def test_a_refusal_names_the_origin_to_blame() -> None:
    asked = Entry(Act.REVEALED, TARGET, origin=Origin.parse("https://hotel.example"))
    refused = asked.refused("origin", Origin.parse("https://evil.example"))
    assert (refused.outcome, str(refused.origin)) == (Outcome.REFUSED, "https://evil.example")
    assert asked.refused("field").origin == asked.origin
