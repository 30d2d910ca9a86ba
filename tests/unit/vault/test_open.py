from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.errors import SecretError, SecretMissing, SlotUnbound, VaultDamaged
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.store import Vault

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
GROUPS = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("bob@hotel.example", "LOGIN.username"),
        ("correct horse", "LOGIN.password"),
        (SEED, "LOGIN.totp"),
        (SEED.lower(), "LOGIN.totp"),
        (GROUPS, "LOGIN.totp"),
        (GROUPS.lower().replace(" ", "-"), "LOGIN.totp"),
        (f"otpauth://totp/x?secret={SEED}&issuer=Hotel", "LOGIN.totp"),
        (b"12345678901234567890".hex(), "LOGIN.totp"),
    ],
)
def test_both_matchers_know_every_field_in_every_form(
    vault: Vault, a_login: Callable[..., NewSecret], text: str, label: str
) -> None:
    card = vault.add(a_login())
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        page = f"<p>{text}</p>".encode()
        assert label in {found.label for found in secrets.redactor.find(page)}
        assert label in secrets.needles.labels_in(page)


def test_what_is_learnt_in_the_run_is_known_to_both(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        secrets.learn("session.cookie", "s3ss10n-t0ken")
        assert b"s3ss10n" not in secrets.redactor.redact(b"Cookie: s3ss10n-t0ken")
        assert secrets.needles.labels_in(b"Cookie: s3ss10n-t0ken") == {"session.cookie"}


def test_a_slot_holds_its_secret_and_no_other_slot_exists(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        assert secrets.slots() == ("LOGIN",)
        assert secrets["LOGIN"].card == card
        with pytest.raises(SlotUnbound, match="OTHER"):
            secrets["OTHER"]


def test_a_closed_run_has_no_matcher_that_knows_nothing(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    secrets = vault.open_for_run({"LOGIN": card.ref}, "run-1")
    secrets.close()
    secrets.close()
    for use in (
        lambda: secrets.redactor,
        lambda: secrets.needles,
        lambda: secrets.learn("x", "y"),
    ):
        with pytest.raises(SecretError, match="is over"):
            use()


def test_a_run_without_secrets_needs_no_vault(vault: Vault) -> None:
    with vault.open_for_run({}, "run-1") as secrets:
        assert secrets.slots() == ()
        assert secrets.redactor.redact(b"page") == b"page"
    assert not vault.is_created


def test_opening_is_audited_for_each_slot(vault: Vault, a_login: Callable[..., NewSecret]) -> None:
    card = vault.add(a_login())
    vault.open_for_run({"A": card.ref, "B": card.ref}, "run-7").close()
    rows = vault.trail().rows()[-2:]
    assert [(row["action"], row["outcome"], row["run_id"]) for row in rows] == [
        ("opened", "allowed", "run-7")
    ] * 2


def test_a_secret_that_is_gone_is_said_and_audited(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    vault.delete(card.id)
    with pytest.raises(SecretMissing, match="was deleted on 20"):
        vault.open_for_run({"LOGIN": card.ref}, "run-1")
    row = vault.trail().rows()[-1]
    assert (row["action"], row["outcome"], row["object"]) == ("opened", "refused", card.id)
    with pytest.raises(SecretMissing):
        vault.open_for_run({"LOGIN": SecretRef("no id")}, "run-1")


def test_a_damaged_secret_is_refused_and_audited(
    vault: Vault, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    card = vault.add(a_login())
    attack("UPDATE secret SET visibility = 'masked'")
    with pytest.raises(VaultDamaged):
        vault.open_for_run({"LOGIN": card.ref}, "run-1")
    row = vault.trail().rows()[-1]
    assert (row["outcome"], row["detail"]) == (
        "refused",
        '{"reason":"vault_damaged","slot":"LOGIN"}',
    )


def test_no_value_is_held_when_the_opening_cannot_be_audited(
    vault: Vault, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    card = vault.add(a_login())
    attack("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(SecretError):
        vault.open_for_run({"LOGIN": card.ref}, "run-1")


def test_the_mark_of_a_path_fits_into_any_text(vault: Vault) -> None:
    document = json.dumps({'odd "key" <b>': "canary-value"})
    origins = OriginPolicy.parse(["https://hotel.example"])
    card = vault.add(NewSecret("Odd", "json", {"document": document}, origins))
    with vault.open_for_run({"DB": card.ref}, "run-1") as opened:
        cleaned = opened.redactor.redact(b'{"x": "canary-value"}')
        assert json.loads(cleaned) == {"x": "\u2039DB.odd--key---b-\u203a"}
