from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import (
    FillRefused,
    OriginRefused,
    RunnerError,
    SecretError,
    SecretUnfit,
    TotpBusy,
)
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy, OriginRule
from agent.vault.reveal import Receiver, claim_code, reveal_to
from agent.vault.secret import Secret
from agent.vault.totp import code_at, parse_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HOTEL = Origin.parse("https://hotel.example")
HOTEL_RULE = OriginRule("exact", HOTEL)
EVIL = Origin.parse("https://evil.example")
HERE = Receiver((HOTEL,), "steps[1] sign_in")


@pytest.fixture
def secrets(vault: Vault, a_login: Callable[..., NewSecret]) -> Iterator[RunSecrets]:
    card = vault.add(a_login())
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as opened:
        yield opened


def last_row(vault: Vault) -> dict[str, Any]:
    return dict(vault.trail().rows()[-1])


def test_an_allowed_page_gets_the_value_and_the_audit_says_so(
    secrets: RunSecrets, vault: Vault
) -> None:
    assert reveal_to(secrets["LOGIN"], "password", HERE) == "correct horse"
    row = last_row(vault)
    assert (row["action"], row["outcome"], row["run_id"]) == ("revealed", "allowed", "run-1")
    assert row["object"] == secrets["LOGIN"].card.id
    assert row["origin"] == "https://hotel.example"
    assert json.loads(row["detail"]) == {
        "field": "password",
        "slot": "LOGIN",
        "step": "steps[1] sign_in",
        "version": 1,
    }


@pytest.mark.parametrize(
    ("origins", "blamed"),
    [
        ((EVIL,), "https://evil.example"),
        ((HOTEL, EVIL), "https://evil.example"),
        ((HOTEL, HOTEL, EVIL), "https://evil.example"),
        ((EVIL, HOTEL), "https://evil.example"),
        ((Origin.parse("http://hotel.example"),), "http://hotel.example"),
        ((Origin.parse("https://hotel.example:8443"),), "https://hotel.example:8443"),
        ((Origin.parse("https://www.hotel.example"),), "https://www.hotel.example"),
        ((), ""),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda secret, receiver: reveal_to(secret, "password", receiver),
        lambda secret, receiver: claim_code(secret, receiver, now=0.0),
    ],
)
def test_a_page_with_any_foreign_frame_around_it_gets_nothing(
    secrets: RunSecrets,
    vault: Vault,
    ask: Callable[[Secret, Receiver], object],
    origins: tuple[Origin, ...],
    blamed: str,
) -> None:
    receiver = Receiver(origins, "steps[0]")
    with pytest.raises(OriginRefused) as refused:
        ask(secrets["LOGIN"], receiver)
    assert "correct horse" not in refused.value.message + refused.value.hint
    row = last_row(vault)
    assert (row["outcome"], row["origin"]) == ("refused", blamed)
    assert json.loads(row["detail"])["reason"] == "origin"


def test_the_list_that_counts_is_the_one_in_the_vault(secrets: RunSecrets) -> None:
    forged = Secret(secrets["LOGIN"].card, "LOGIN")
    with pytest.raises(SecretError):
        reveal_to(forged, "password", HERE)


def test_a_totp_key_is_never_typed(secrets: RunSecrets, vault: Vault) -> None:
    with pytest.raises(FillRefused):
        reveal_to(secrets["LOGIN"], "totp", HERE)
    assert json.loads(last_row(vault)["detail"])["reason"] == "key"


def test_a_field_the_secret_lacks_is_refused_and_audited(vault: Vault) -> None:
    new = NewSecret("Door", "value", {"value": "4711-x"}, OriginPolicy.parse([str(HOTEL)]))
    card = vault.add(new)
    with vault.open_for_run({"DOOR": card.ref}, "run-1") as secrets:
        for ask in (
            lambda: reveal_to(secrets["DOOR"], "password", HERE),
            lambda: claim_code(secrets["DOOR"], HERE, now=0.0),
        ):
            with pytest.raises(SecretUnfit, match="DOOR has no"):
                ask()
            assert json.loads(last_row(vault)["detail"])["reason"] == "field"


READ_ONLY = (
    "CREATE TRIGGER read_only BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'read only'); END"
)


@pytest.mark.parametrize(
    "ask",
    [
        lambda secret: reveal_to(secret, "password", HERE),
        lambda secret: claim_code(secret, HERE, now=0.0),
        lambda secret: reveal_to(secret, "password", Receiver((EVIL,), "")),
    ],
)
def test_nothing_is_released_when_the_audit_cannot_be_written(
    secrets: RunSecrets, engine: Engine, ask: Callable[[Secret], object]
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(READ_ONLY)
    released = None
    with pytest.raises(RunnerError) as refused:
        released = ask(secrets["LOGIN"])
    assert released is None
    assert refused.value.exit_code == 4
    assert "correct horse" not in repr(refused.value)


def test_the_audit_row_is_committed_when_the_value_is_released(
    secrets: RunSecrets, engine: Engine
) -> None:
    reveal_to(secrets["LOGIN"], "password", HERE)
    # Another connection sees only what was committed.
    with engine.connect() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM audit WHERE action = 'revealed'")
        assert count.scalar_one() == 1


def test_nothing_is_revealed_after_the_run(secrets: RunSecrets) -> None:
    secret = secrets["LOGIN"]
    secrets.close()
    with pytest.raises(SecretError, match="is over"):
        reveal_to(secret, "password", HERE)
    with pytest.raises(SecretError, match="is over"):
        claim_code(secret, HERE, now=0.0)


def test_a_code_is_made_from_its_window_and_known_to_both_matchers(
    secrets: RunSecrets, vault: Vault
) -> None:
    code = claim_code(secrets["LOGIN"], HERE, now=1_000_000_000.0)
    counter = 1_000_000_000 // 30
    assert code.text == code_at(parse_key(SEED), counter)
    assert (code.opens_at, code.closes_at) == (counter * 30.0, counter * 30.0 + 30)
    assert code.text not in repr(code)
    assert "LOGIN.totp" in {found.label for found in secrets.redactor.find(code.text.encode())}
    assert "LOGIN.totp" in secrets.needles.labels_in(code.text.encode())
    assert last_row(vault)["action"] == "code"


def test_a_window_that_is_nearly_over_is_passed_over(secrets: RunSecrets) -> None:
    assert claim_code(secrets["LOGIN"], HERE, now=26.0).opens_at == 30.0


def test_one_seed_in_two_secrets_gives_no_code_twice(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    cards = [vault.add(a_login(name)) for name in ("One", "Two")]
    bindings = {f"S{number}": card.ref for number, card in enumerate(cards)}
    with vault.open_for_run(bindings, "run-1") as secrets:
        slots = ("S0", "S1", "S0", "S1", "S0", "S1", "S0")
        codes = [claim_code(secrets[slot], HERE, now=0.0) for slot in slots]
        assert [code.opens_at for code in codes] == [30.0 * window for window in range(7)]
        spent = secrets.spent
        with pytest.raises(TotpBusy):
            claim_code(secrets["S1"], HERE, now=0.0)
        assert secrets.spent == spent == len(codes)
        assert last_row(vault)["outcome"] == "refused"


async def test_a_value_can_be_asked_for_from_many_threads(
    secrets: RunSecrets, vault: Vault
) -> None:
    ask = [asyncio.to_thread(reveal_to, secrets["LOGIN"], "username", HERE) for _ in range(20)]
    assert set(await asyncio.gather(*ask)) == {"bob@hotel.example"}
    assert vault.trail().verify().bad_row is None


@pytest.mark.parametrize("path", ["db.password", "with space", "_id", "ünï.0", "k" * 120])
def test_a_path_of_any_characters_is_released_and_audited(vault: Vault, path: str) -> None:
    document: Any = "canary-value"
    for key in reversed(path.split(".")):
        document = [document] if key == "0" else {key: document}
    new = NewSecret("Db", "json", {"document": json.dumps(document)}, OriginPolicy((HOTEL_RULE,)))
    card = vault.add(new)
    assert card.has(path)
    with vault.open_for_run({"DB": card.ref}, "run-1") as opened:
        assert reveal_to(opened["DB"], path, HERE) == "canary-value"
        named = json.loads(last_row(vault)["detail"])["field"]
        assert 0 < len(named) <= 80
        with pytest.raises(SecretUnfit):
            reveal_to(opened["DB"], path + ".x", HERE)
