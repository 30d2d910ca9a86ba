"""A step that tries a password out does it alone, and gives its turn up once it is signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from agent.errors import LoginFailed, SecretFrozen
from agent.runs.memory import MemoryRunStore
from agent.runs.trying import Trying
from agent.steps import STEPS
from agent.vault.keyslots.file import FileKey
from agent.vault.lockout import Lockouts
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import metadata
from agent.vault.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.steps.step import Step
    from agent.vault.secret import SecretCard

HOTEL = "https://hotel.example"
SIGN_IN = STEPS["sign_in"].model_validate({"type": "sign_in", "slot": "LOGIN"})
CODES = {"from": "imap", "slot": "MAILBOX", "sender": "no-reply@hotel.example"}
BY_MAIL = STEPS["sign_in"].model_validate({"type": "sign_in", "slot": "LOGIN", "codes": CODES})
OPEN = STEPS["goto"].model_validate({"type": "goto", "url": HOTEL})


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    engine = create_engine(f"sqlite:///{tmp_path / 'slotrunner.db'}", hide_parameters=True)
    metadata.create_all(engine)
    yield Vault(engine, FileKey(tmp_path / "keys"))
    engine.dispose()


@pytest.fixture
def card(vault: Vault) -> SecretCard:
    fields = {"username": "ann", "password": "correct horse"}
    return vault.add(NewSecret("Hotel", "login", fields, OriginPolicy.parse([HOTEL])))


def held_by(vault: Vault, card: SecretCard) -> str:
    """Ask as a run of its own who has the turn."""
    return Trials(replace(vault.trail(), run_id="another")).holder([card])


async def alone(vault: Vault, card: SecretCard, step: Step, *, accepts: bool = False) -> list[str]:
    """Give who had the turn inside the step, before and after it was signed in."""
    store = MemoryRunStore(gone=lambda _worker: False)
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        trying = Trying("run-1", secrets, vault.trail, store, str)
        async with trying.alone(step) as accepted:
            held = [held_by(vault, card)]
            if accepts:
                await accepted()
            held.append(held_by(vault, card))
    return held


async def test_a_step_that_signs_in_has_the_turn_until_it_ends(
    vault: Vault, card: SecretCard
) -> None:
    assert await alone(vault, card, SIGN_IN) == ["run-1", "run-1"]
    assert held_by(vault, card) == ""


async def test_a_step_that_is_signed_in_may_let_the_next_one_try(
    vault: Vault, card: SecretCard
) -> None:
    assert await alone(vault, card, SIGN_IN, accepts=True) == ["run-1", ""]


async def test_a_step_without_secrets_takes_no_turn_and_needs_no_vault(
    vault: Vault, card: SecretCard
) -> None:
    assert await alone(vault, card, OPEN) == ["", ""]

    def no_vault() -> None:
        raise AssertionError

    store = MemoryRunStore(gone=lambda _worker: False)
    with vault.open_for_run({}, "run-1") as secrets:
        async with Trying("run-1", secrets, no_vault, store, str).alone(OPEN) as accepted:
            await accepted()


async def test_a_rejection_freezes_before_the_turn_is_given_back(
    vault: Vault, card: SecretCard
) -> None:
    rejected = LoginFailed("rejected", outcome="bad_credentials")

    async def attempt() -> None:
        store = MemoryRunStore(gone=lambda _worker: False)
        with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
            async with Trying("run-1", secrets, vault.trail, store, str).alone(SIGN_IN):
                raise rejected

    with pytest.raises(LoginFailed):
        await attempt()
    assert held_by(vault, card) == ""
    with pytest.raises(SecretFrozen):
        Lockouts(vault.trail()).check(card, None)


async def test_a_rejection_at_the_site_does_not_freeze_the_mailbox(
    vault: Vault, card: SecretCard
) -> None:
    fields = {"username": "ann", "password": "another battery"}
    origin = OriginPolicy.parse(["imaps://mail.example"])
    mailbox = vault.add(NewSecret("Mail", "mailbox", fields, origin))

    async def attempt() -> None:
        store = MemoryRunStore(gone=lambda _worker: False)
        slots = {"LOGIN": card.ref, "MAILBOX": mailbox.ref}
        with vault.open_for_run(slots, "run-1") as secrets:
            async with Trying("run-1", secrets, vault.trail, store, str).alone(BY_MAIL):
                raise LoginFailed("rejected", outcome="bad_credentials")

    with pytest.raises(LoginFailed):
        await attempt()
    Lockouts(vault.trail()).check(mailbox, None)
    with pytest.raises(SecretFrozen):
        Lockouts(vault.trail()).check(card, None)
