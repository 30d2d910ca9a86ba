"""Values that a run makes of a secret, fields that are none, and where a client's secret may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import FillRefused, OriginRefused, SecretError, SecretFrozen, SecretUnfit
from agent.vault.lockout import Lockouts
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.reveal import Receiver, derive, reveal_to, reveal_to_code, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault

API, ISSUER = Origin.parse("https://api.example"), Origin.parse("https://issuer.example")
AT_API, AT_ISSUER = Receiver((API,), "ask"), Receiver((ISSUER,), "ask")
FIELDS = {
    "client_id": "desk",
    "client_secret": "s3cret-of-it",
    "token_url": "https://issuer.example/token",
}


@pytest.fixture
def secrets(vault: Vault) -> Iterator[RunSecrets]:
    policy = OriginPolicy.parse([str(API)])
    card = vault.add(NewSecret("Client", "oauth2_client_credentials", FIELDS, policy))
    with vault.open_for_run({"C": card.ref}, "run-1") as opened:
        yield opened


def test_a_clients_own_fields_go_to_its_issuer_alone(secrets: RunSecrets, vault: Vault) -> None:
    assert reveal_to(secrets["C"], "client_secret", AT_ISSUER) == "s3cret-of-it"
    with pytest.raises(OriginRefused):
        reveal_to(secrets["C"], "client_secret", AT_API)
    rows = [(row["action"], row["outcome"], row["origin"]) for row in vault.trail().rows()[-2:]]
    assert rows == [
        ("revealed", "allowed", str(ISSUER)),
        ("revealed", "refused", str(API)),
    ]


def test_what_is_made_of_them_goes_to_the_secrets_origins_and_is_known(
    secrets: RunSecrets,
) -> None:
    derive(secrets["C"], "access_token", "access-xyz-123")
    assert reveal_to(secrets["C"], "access_token", AT_API) == "access-xyz-123"
    with pytest.raises(OriginRefused):
        reveal_to(secrets["C"], "access_token", AT_ISSUER)
    assert secrets.redactor.redact_text("it is access-xyz-123") == "it is ‹C.access_token›"
    assert secrets.needles.labels_in(b"access-xyz-123") == {"C.access_token"}


def test_it_is_forgotten_with_the_run(secrets: RunSecrets) -> None:
    handle = secrets["C"]
    derive(handle, "access_token", "access-xyz-123")
    secrets.close()
    with pytest.raises(SecretError, match="is over"):
        reveal_to(handle, "access_token", AT_API)


def test_a_field_that_is_no_secret_is_told_and_no_other(secrets: RunSecrets) -> None:
    assert told(secrets["C"], "token_url") == "https://issuer.example/token"
    assert told(secrets["C"], "scopes") is None
    with pytest.raises(FillRefused, match="client_secret is a secret"):
        told(secrets["C"], "client_secret")


def test_code_is_given_what_its_type_allows_and_a_row_says_so(
    vault: Vault, a_login: Callable[..., NewSecret], secrets: RunSecrets
) -> None:
    card = vault.add(a_login())
    with vault.open_for_run({"L": card.ref}, "run-2") as opened:
        assert reveal_to_code(opened["L"], "password", "count") == "correct horse"
        row = vault.trail().rows()[-1]
        assert (row["action"], row["outcome"], row["origin"]) == ("revealed", "allowed", "")
        assert '"reason":"code"' in row["detail"]
        for field, said in (("totp", "is not given to code"), ("pin", "has no pin")):
            with pytest.raises(SecretUnfit, match=said):
                reveal_to_code(opened["L"], field, "count")
        with pytest.raises(SecretUnfit, match="is not given to code"):
            reveal_to_code(secrets["C"], "client_id", "count")
        Lockouts(vault.trail()).compromised(card)
        with pytest.raises(SecretFrozen):
            reveal_to_code(opened["L"], "password", "count")
