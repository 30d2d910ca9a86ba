"""One run at a time tries a password out, and two trials without an answer freeze it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from agent.errors import SecretFrozen, VaultDamaged, VaultRolledBack
from agent.vault.lockout import Lockouts
from agent.vault.origin import Origin
from agent.vault.reveal import Receiver, reveal_to
from agent.vault.tables import trial
from agent.vault.transactions import fetch, reading
from agent.vault.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.new_secret import NewSecret
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

HOTEL = Receiver((Origin.parse("https://hotel.example"),), "sign in")


@pytest.fixture
def card(vault: Vault, a_login: Callable[..., NewSecret]) -> SecretCard:
    return vault.add(a_login())


def trials(vault: Vault, run: str) -> Trials:
    return Trials(replace(vault.trail(), run_id=run))


def typed(vault: Vault, card: SecretCard, run: str, field: str = "password") -> None:
    with vault.open_for_run({"LOGIN": card.ref}, run) as secrets:
        reveal_to(secrets["LOGIN"], field, HOTEL)


def kept(vault: Vault) -> list[tuple[str, int]]:
    with reading(vault.trail().engine) as connection:
        return [(row["run_id"], row["unsettled"]) for row in fetch(connection, select(trial))]


def test_a_second_run_waits_until_the_first_has_ended(vault: Vault, card: SecretCard) -> None:
    first, second = trials(vault, "run-1"), trials(vault, "run-2")
    assert first.begin([card]) == ""
    assert first.begin([card]) == ""
    assert second.holder([card]) == second.begin([card]) == "run-1"
    assert kept(vault) == [("run-1", 0)]
    first.end([card])
    assert second.begin([card]) == ""
    second.end([card])
    assert kept(vault) == []


def test_a_run_gives_back_only_what_is_its_own(vault: Vault, card: SecretCard) -> None:
    trials(vault, "run-1").begin([card])
    trials(vault, "run-2").end([card])
    trials(vault, "run-2").cut_short([card], "run-2")
    trials(vault, "run-2").cut_short([card], "")
    assert kept(vault) == [("run-1", 0)]


def test_other_secrets_are_not_held_up(
    vault: Vault, card: SecretCard, a_login: Callable[..., NewSecret]
) -> None:
    other = vault.add(a_login("Other"))
    trials(vault, "run-1").begin([card])
    assert trials(vault, "run-2").begin([other]) == ""
    assert trials(vault, "run-3").begin([other, card]) != ""
    assert sorted(kept(vault)) == [("run-1", 0), ("run-2", 0)]


def test_of_many_that_ask_at_once_one_gets_it(vault: Vault, card: SecretCard) -> None:
    many = 6
    start = Barrier(many)
    vault.trail()

    def ask(number: int) -> str:
        start.wait()
        return trials(vault, f"run-{number}").begin([card])

    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(ask, range(many)))
    assert answers.count("") == 1
    assert set(answers) - {""} == {kept(vault)[0][0]}


def test_cut_short_before_the_password_was_typed_nothing_is_held_against_it(
    vault: Vault, card: SecretCard
) -> None:
    for run in ("run-1", "run-2", "run-3"):
        assert trials(vault, run).begin([card]) == ""
        typed(vault, card, run, "username")
        trials(vault, "other").cut_short([card], run)
    assert kept(vault) == []
    assert Lockouts(vault.trail()).standing(card) == []


def test_cut_short_twice_in_a_row_with_the_password_typed_freezes_it_there(
    vault: Vault, card: SecretCard
) -> None:
    for run, after in (("run-1", [("", 1)]), ("run-2", [])):
        assert trials(vault, run).begin([card]) == ""
        typed(vault, card, run)
        trials(vault, "run-3").cut_short([card], run)
        assert kept(vault) == after
    (freeze,) = Lockouts(vault.trail()).standing(card)
    assert (freeze.origin, freeze.rejections) == ("https://hotel.example", 0)
    with pytest.raises(SecretFrozen, match="two runs in a row were cut short"):
        typed(vault, card, "run-3")
    row = [row for row in vault.trail().rows() if row["action"] == "rejected"][-1]
    assert '"reason":"unsettled"' in row["detail"]


def test_attempts_of_one_run_that_are_killed_count_like_runs(
    vault: Vault, card: SecretCard
) -> None:
    for attempt in (1, 2):
        assert trials(vault, "run-1").begin([card]) == ""
        assert kept(vault) == [("run-1", attempt - 1)]
        typed(vault, card, "run-1")
    trials(vault, "run-1").begin([card])
    assert len(Lockouts(vault.trail()).standing(card)) == 1


def test_an_answer_in_between_starts_the_count_anew(vault: Vault, card: SecretCard) -> None:
    for run in ("run-1", "run-2", "run-3"):
        one = trials(vault, run)
        one.begin([card])
        typed(vault, card, run)
        if run == "run-2":
            one.end([card])
        else:
            one.cut_short([card], run)
    assert Lockouts(vault.trail()).standing(card) == []
    assert kept(vault) == [("", 1)]


def test_new_values_start_the_count_anew(
    vault: Vault, card: SecretCard, a_login: Callable[..., NewSecret]
) -> None:
    trials(vault, "run-1").begin([card])
    typed(vault, card, "run-1")
    trials(vault, "run-1").cut_short([card], "run-1")
    renewed = vault.rotate(card.id, dict(a_login(password="right now").fields))
    trials(vault, "run-2").begin([renewed])
    assert kept(vault) == [("run-2", 0)]


@pytest.mark.parametrize("statement", ["DELETE FROM trial", "UPDATE trial SET run_id = ''"])
def test_a_claim_taken_out_of_the_database_is_noticed(
    vault: Vault, card: SecretCard, attack: Callable[..., None], statement: str
) -> None:
    trials(vault, "run-1").begin([card])
    attack(statement)
    with pytest.raises((VaultDamaged, VaultRolledBack)):
        trials(vault, "run-2").begin([card])
