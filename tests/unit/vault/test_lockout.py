"""One rejected password, and the secret rests until it is mended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import SecretFrozen, VaultDamaged
from agent.vault.admission import Admission
from agent.vault.lockout import Lockouts, Use
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.reveal import Receiver, claim_code, reveal_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

HOTEL, OTHER = Origin.parse("https://hotel.example"), Origin.parse("https://other.example")
AT_HOTEL, AT_OTHER = Receiver((HOTEL,), "sign in"), Receiver((OTHER,), "sign in")
ELSEWHERE = OriginPolicy.parse(["https://other.example"])


@pytest.fixture
def card(vault: Vault, a_login: Callable[..., NewSecret]) -> SecretCard:
    return vault.add(a_login(origins=("https://hotel.example", "https://other.example")))


def rejected(vault: Vault, card: SecretCard, run: str = "run-1") -> None:
    """Let a run type the password at the hotel, which rejects it."""
    trail = replace(vault.trail(), run_id=run)
    with vault.open_for_run({"LOGIN": card.ref}, run) as secrets:
        reveal_to(secrets["LOGIN"], "password", AT_HOTEL)
    Lockouts(trail).reject(card, Use("LOGIN", "sign in as LOGIN"))


def open_it(vault: Vault, card: SecretCard, admission: Admission | None = None) -> None:
    with vault.open_for_run({"LOGIN": card.ref}, "run-2", admission or Admission()):
        pass


def test_without_a_rejection_the_secret_opens(vault: Vault, card: SecretCard) -> None:
    open_it(vault, card)
    assert Lockouts(vault.trail()).standing(card) == []


def test_after_one_rejection_no_other_run_gets_it(vault: Vault, card: SecretCard) -> None:
    rejected(vault, card)
    with pytest.raises(SecretFrozen, match=r"Hotel admin is frozen: https://hotel.example reject"):
        open_it(vault, card)
    row = vault.trail().rows()[-1]
    assert (row["action"], row["outcome"]) == ("opened", "refused")
    assert "secret_frozen" in row["detail"]


def test_the_rejection_is_audited_with_run_step_slot_version_and_origin(
    vault: Vault, card: SecretCard
) -> None:
    rejected(vault, card)
    row = vault.trail().rows()[-1]
    assert (row["action"], row["object"], row["run_id"]) == ("rejected", card.id, "run-1")
    assert row["origin"] == "https://hotel.example"
    assert row["detail"] == '{"slot":"LOGIN","step":"sign in as LOGIN","version":1}'
    assert vault.trail().verify().bad_row is None


def test_the_freeze_is_for_the_site_that_rejected_it(vault: Vault, card: SecretCard) -> None:
    rejected(vault, card)
    open_it(vault, card, Admission(sites={"LOGIN": ELSEWHERE}))
    with vault.open_for_run(
        {"LOGIN": card.ref}, "run-3", Admission(sites={"LOGIN": ELSEWHERE})
    ) as s:
        assert reveal_to(s["LOGIN"], "password", AT_OTHER) == "correct horse"
        for ask in (lambda: reveal_to(s["LOGIN"], "username", AT_HOTEL),
                    lambda: claim_code(s["LOGIN"], AT_HOTEL, now=1_000_000.0)):  # fmt: skip
            with pytest.raises(SecretFrozen):
                ask()
            assert vault.trail().rows()[-1]["outcome"] == "refused"


def test_a_run_that_was_open_already_gets_nothing_more(vault: Vault, card: SecretCard) -> None:
    with vault.open_for_run({"LOGIN": card.ref}, "run-9") as other:
        rejected(vault, card)
        with pytest.raises(SecretFrozen):
            reveal_to(other["LOGIN"], "password", AT_HOTEL)


def test_a_new_version_lifts_it(
    vault: Vault, card: SecretCard, a_login: Callable[..., NewSecret]
) -> None:
    rejected(vault, card)
    renewed = vault.rotate(card.id, dict(a_login(password="right now").fields))
    open_it(vault, renewed)


def test_fewer_origins_are_no_new_values(vault: Vault, card: SecretCard) -> None:
    rejected(vault, card)
    narrowed = vault.narrow(card.id, OriginPolicy.parse(["https://hotel.example"]))
    with pytest.raises(SecretFrozen):
        open_it(vault, narrowed)


def test_a_person_lifts_it_and_the_counter_goes_on(vault: Vault, card: SecretCard) -> None:
    lockouts = Lockouts(vault.trail())
    for count in (1, 2, 3):
        rejected(vault, card, f"run-{count}")
        (freeze,) = lockouts.standing(card)
        assert (freeze.rejections, freeze.run_id) == (count, f"run-{count}")
        assert lockouts.unfreeze(card) == 1
        open_it(vault, card)
    assert lockouts.unfreeze(card) == 0


def test_a_rejection_before_anything_was_typed_counts_everywhere(
    vault: Vault, card: SecretCard
) -> None:
    Lockouts(replace(vault.trail(), run_id="run-1")).reject(card, Use("LOGIN", "sign in"))
    with pytest.raises(SecretFrozen):
        open_it(vault, card, Admission(sites={"LOGIN": ELSEWHERE}))


def test_a_compromised_secret_is_frozen_everywhere(vault: Vault, card: SecretCard) -> None:
    Lockouts(vault.trail()).compromised(card)
    with pytest.raises(SecretFrozen, match="compromised on 20"):
        open_it(vault, card, Admission(sites={"LOGIN": ELSEWHERE}))


def test_a_lockout_edited_in_the_database_is_noticed(
    vault: Vault, card: SecretCard, attack: Callable[..., None]
) -> None:
    rejected(vault, card)
    attack("UPDATE lockout SET frozen_at = NULL")
    with pytest.raises(VaultDamaged, match="lockout"):
        open_it(vault, card)


def test_a_file_servers_rejection_freezes_the_secret_for_that_server(vault: Vault) -> None:
    fields = {"username": "ann", "password": "wrong-one", "host_key": f"SHA256:{'A' * 43}"}
    origins = OriginPolicy.parse(["sftp://files.example", "sftp://other.example:2222"])
    card = vault.add(NewSecret("Files", "sftp_password", fields, origins))
    server = Origin.of_server("sftp://files.example")
    with vault.open_for_run({"FILES": card.ref}, "run-1") as secrets:
        reveal_to(secrets["FILES"], "password", Receiver((server,), "put a file"))
    trail = replace(vault.trail(), run_id="run-1")
    freeze = Lockouts(trail).reject(card, Use("FILES", "put a file"))
    assert freeze.origin == "sftp://files.example"
    with pytest.raises(SecretFrozen, match=r"sftp://files\.example rejected its password"):
        open_it(vault, card)
    elsewhere = OriginPolicy.parse(["sftp://other.example:2222"])
    Lockouts(trail).check(card, elsewhere)
    Lockouts(trail).check_at(card, (Origin.of_server("sftp://other.example:2222"),))
