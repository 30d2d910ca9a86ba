"""AWS Secrets Manager over HTTP: rights taken away, patience, and nothing of it left anywhere."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from agent.errors import (
    SecretUnfit,
    SlotUnbound,
    SourceBusy,
    SourceDenied,
    SourceFailed,
    SourceMalformed,
    SourceMissing,
    SourceUnavailable,
)
from agent.runner.deploying import Wish
from agent.settings import Settings
from agent.vault.admission import Admission
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.providers.aws import ATTEMPTS
from agent.vault.reveal import Receiver, claim_code, reveal_to
from agent.vault.sourcing.contents import Source
from agent.vault.store import Vault
from agent.wiring import build
from agent.wiring.database import open_database
from tests.leak.scan import forms
from tests.standins.aws import REGION, Aws, busy_aws, running_aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.planner import Plan
    from agent.runner import Runner

NAME = "my-app/prod/login"
PASSWORD, SEED = "canary-p4ss w\u00f6rd", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
LOGIN = {"username": "canary-ann", "password": PASSWORD, "totp_secret": SEED}
HOTEL = "https://hotel.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    with running_aws() as running:
        yield running


@pytest.fixture(autouse=True)
def aws(server: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    server.put(NAME, LOGIN)
    yield server
    server.check_no_keys()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    engine = open_database(tmp_path / "home" / "runner.db")
    yield Vault(engine, FileKey(tmp_path / "keys"))
    engine.dispose()


def add(vault: Vault, kind: str = "login", **reference: Any) -> Any:
    written = {"secret_name": NAME, "region_name": REGION, **reference}
    source = Source("aws_secrets_manager", written)
    return vault.add(
        NewSecret(f"{kind} {written}"[:99], kind, {}, OriginPolicy.parse([HOTEL]), source=source)
    )


def value(vault: Vault, card: Any, field: str = "password") -> str:
    with vault.open_for_run({"S": card.ref}, "run-1") as secrets:
        return reveal_to(secrets["S"], field, Receiver((Origin.parse(HOTEL),), "step"))


def a_key(aws: Aws, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make a user who may read the secret, and ask as that user from now on."""
    allowed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    with aws.owner("iam") as iam:
        user = f"reader-{time.monotonic_ns()}"
        iam.create_user(UserName=user)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        iam.put_user_policy(UserName=user, PolicyName="read", PolicyDocument=policy)
    patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    aws.check_keys()
    return {"UserName": user, "AccessKeyId": key["AccessKeyId"]}


def test_a_whole_login_with_its_totp_key_is_one_secret(vault: Vault) -> None:
    card = add(vault, keys={"totp": "totp_secret"}, digits=8)
    assert set(card.fields) == {"username", "password", "totp"}
    with vault.open_for_run({"S": card.ref}, "run-1") as secrets:
        receiver = Receiver((Origin.parse(HOTEL),), "step")
        assert reveal_to(secrets["S"], "password", receiver) == PASSWORD
        # RFC 6238's key, window and digits.
        assert claim_code(secrets["S"], receiver, now=30).text == "94287082"
        assert secrets.needles.labels_in(SEED.encode()) == {"S.totp"}


def test_deleting_the_access_key_counts_from_the_next_run(
    aws: Aws, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = a_key(aws, monkeypatch)
    card = add(vault)
    assert value(vault, card) == PASSWORD
    aws.check_no_keys()
    with aws.owner("iam") as iam:
        iam.delete_access_key(**key)
    aws.check_keys()
    with pytest.raises(SourceDenied, match="slot S"):
        value(vault, card)
    rows = vault.trail().rows()
    assert (rows[-1]["outcome"], json.loads(rows[-1]["detail"])["reason"]) == (
        "refused",
        "source_denied",
    )


def test_taking_the_right_away_counts_from_the_next_run(
    aws: Aws, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = a_key(aws, monkeypatch)
    card = add(vault)
    assert value(vault, card) == PASSWORD
    aws.check_no_keys()
    with aws.owner("iam") as iam:
        iam.delete_user_policy(UserName=key["UserName"], PolicyName="read")
    aws.check_keys()
    with pytest.raises(SourceDenied, match="slot S"):
        value(vault, card)


@pytest.mark.parametrize("force", [True, False], ids=["at once", "in some days"])
def test_deleting_the_secret_counts_from_the_next_run(
    aws: Aws, vault: Vault, *, force: bool
) -> None:
    name = f"to-go-{force}"
    aws.put(name, LOGIN)
    card = add(vault, secret_name=name)
    assert value(vault, card) == PASSWORD
    with aws.owner("secretsmanager") as client:
        after = {"ForceDeleteWithoutRecovery": True} if force else {"RecoveryWindowInDays": 7}
        client.delete_secret(SecretId=name, **after)
    with pytest.raises(SourceMissing, match=name):
        value(vault, card)


def test_each_run_has_the_value_of_its_time_under_one_id(aws: Aws, vault: Vault) -> None:
    card = add(vault)
    assert value(vault, card) == PASSWORD
    aws.put(NAME, {**LOGIN, "password": "canary-new"})
    assert value(vault, card) == "canary-new"
    assert vault.card(card.id).version == card.version


def test_nothing_of_it_is_stored_while_a_run_lasts_or_after(
    aws: Aws, vault: Vault, tmp_path: Path
) -> None:
    card = add(vault, keys={"totp": "totp_secret"})
    aws.put(NAME, LOGIN)

    def found() -> set[str]:
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        canaries = (LOGIN["username"], PASSWORD, SEED, NAME)
        return {
            canary
            for canary in canaries
            for spelled in forms(canary).values()
            if any(spelled in text for text in files)
        }

    with vault.open_for_run({"S": card.ref}, "run-1") as secrets:
        reveal_to(secrets["S"], "password", Receiver((Origin.parse(HOTEL),), "step"))
        assert found() == set()
    assert found() == set()
    # Positive control: a copy that someone keeps is found.
    (tmp_path / "home" / "cache.json").write_text(json.dumps(LOGIN), "utf-8")
    assert found() == {LOGIN["username"], PASSWORD, SEED}


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "TooManyRequestsException", "InternalServiceError"]
)
@pytest.mark.parametrize("times", [0, 1, ATTEMPTS - 1])
def test_patience_that_aws_asks_for_is_given(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, times: int, code: str
) -> None:
    card = add(vault)
    with busy_aws(times, json.dumps(LOGIN), code) as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        assert value(vault, card) == PASSWORD
        assert busy.asked == [NAME] * (times + 1)


def test_patience_has_an_end(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    card = add(vault)
    with busy_aws(1000, "{}") as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        started = time.monotonic()
        with pytest.raises(SourceBusy, match="patience"):
            value(vault, card)
        assert len(busy.asked) == ATTEMPTS
        assert time.monotonic() - started < 15


def test_a_refusal_is_not_asked_again(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    card = add(vault)
    with busy_aws(1000, "{}", "AccessDeniedException") as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        with pytest.raises(SourceDenied, match="AccessDenied"):
            value(vault, card)
        assert len(busy.asked) == 1


def test_two_slots_of_one_secret_ask_once_so_that_they_agree(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (add(vault, "value", key=key) for key in ("username", "password"))
    with busy_aws(0, json.dumps(LOGIN)) as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        with vault.open_for_run({"A": one.ref, "B": other.ref}, "run-1"):
            assert len(busy.asked) == 1
        with vault.open_for_run({"A": one.ref}, "run-2"):
            assert len(busy.asked) == 2


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("canary", {}, "canary"),
        ("canary", {"key": "password"}, "canary"),
        ('{"password": "canary"}', {"key": "password"}, "canary"),
        ('{"password": 1234}', {"key": "password"}, "1234"),
        ('{"password": "canary"}', {}, '{"password": "canary"}'),
        ('{"password": "canary"}', {"key": "passwort"}, SourceMissing),
        ('{"password": "canary"', {"key": "password"}, SourceMalformed),
        ('{"password": {"canary": 1}}', {"key": "password"}, SourceMalformed),
        ('{"password": true}', {"key": "password"}, SourceMalformed),
        ('{"password": ""}', {"key": "password"}, SourceMalformed),
        ("[" * 100_000, {"key": "password"}, SourceMalformed),
        ("{" * 60_000, {"key": "password"}, SourceMalformed),
    ],
)
def test_a_plain_text_or_one_key_of_a_json_object(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, text: str, reference: dict[str, str],
    expected: Any
) -> None:  # fmt: skip
    card = add(vault, "value", **reference)
    with busy_aws(0, text) as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        if isinstance(expected, str):
            assert value(vault, card, "value") == expected
            return
        with pytest.raises(expected) as refused:
            value(vault, card, "value")
        assert "canary" not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    ("text", "key"), [(SEED, None), (json.dumps(LOGIN), "totp_secret"), (SEED.lower(), None)]
)
def test_a_totp_secret_makes_codes_of_its_digits(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, text: str, key: str | None
) -> None:
    card = add(vault, "totp", type="totp_secret", digits=8, **({"key": key} if key else {}))
    with busy_aws(0, text) as busy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", busy.url)
        with vault.open_for_run({"S": card.ref}, "run-1") as secrets:
            receiver = Receiver((Origin.parse(HOTEL),), "step")
            assert claim_code(secrets["S"], receiver, now=30).text == "94287082"


def test_a_secret_may_be_named_by_its_arn_and_must_be_text(aws: Aws, vault: Vault) -> None:
    with aws.owner("secretsmanager") as client:
        arn = client.describe_secret(SecretId=NAME)["ARN"]
        client.create_secret(Name="bytes", SecretBinary=b"canary")
    assert value(vault, add(vault, secret_name=arn)) == PASSWORD
    with pytest.raises(SourceMalformed, match="bytes"):
        value(vault, add(vault, "value", secret_name="bytes"), "value")


def test_an_address_where_a_secret_may_not_pass_is_not_asked(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = add(vault)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.example")
    with pytest.raises(SourceDenied, match="AWS_ENDPOINT_URL"):
        value(vault, card)


def test_silence_is_told_apart_from_a_refusal(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = add(vault)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SourceUnavailable, match="does not answer"):
        value(vault, card)


def test_the_finest_logs_of_boto_hold_no_value(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    card = add(vault)
    assert value(vault, card) == PASSWORD
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    value(vault, card)
    assert "canary" not in caplog.text
    # Positive control: without the bar the answer is written down whole.
    caplog.set_level(logging.DEBUG, logger="botocore")
    value(vault, card)
    assert "canary" in caplog.text


def test_an_absent_package_is_named_when_it_is_needed(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = add(vault)
    monkeypatch.delitem(sys.modules, "agent.vault.sourcing.boto", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SourceUnavailable, match="boto3") as refused:
        value(vault, card)
    assert "slotrunner[aws]" in refused.value.hint


def test_boto_is_imported_by_nothing_that_does_not_need_it() -> None:
    asked = "import sys, agent.runner, agent.vault.providers.aws; print('boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def test_no_error_of_aws_itself_is_passed_on(vault: Vault) -> None:
    card = add(vault, secret_name="nowhere")
    with pytest.raises(SourceFailed) as refused:
        value(vault, card)
    assert refused.value.__cause__ is None
    assert not isinstance(refused.value, ClientError)


def nightly(folder: Path) -> Path:
    """Write a task whose one slot says where its value is."""
    kept = {"secret_name": NAME, "region_name": REGION, "key": "password"}
    written = {
        "name": "Nightly",
        "secure_parameters": {"password": [{"amazon_secrets_manager": kept}]},
        "steps": [
            {"type": "goto", "url": f"{HOTEL}/login"},
            {"type": "fill", "target": {"label": "Password"}, "value": "{password[0]}"},
        ],
    }
    (folder / "task.json").write_text(json.dumps(written), "utf-8")
    return folder / "task.json"


def fetched(runner: Runner, plan: Plan, mode: str) -> str:
    admission = Admission(mode, plan.sites())
    with runner.vault.open_for_run(plan.bindings, "run-1", admission) as secrets:
        (slot,) = secrets.slots()
        return reveal_to(secrets[slot], "value", Receiver((Origin.parse(HOTEL),), "fill"))


def test_a_slot_that_says_where_its_value_is_is_deployed_and_fetched_by_each_live_run(
    tmp_path: Path, aws: Aws
) -> None:
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": str(tmp_path / "k" / "k")}
    runner, task = build(Settings.load(environ, tmp_path)), nightly(tmp_path)
    (test,) = runner.deploying.candidates(Wish(task, {}))
    with pytest.raises(SlotUnbound, match="there is no live one of it"):
        runner.deploying.propose(Wish(task, {}))
    deployment = runner.deploying.deploy(runner.deploying.propose(Wish(task, {}, [test.name])))
    ((slot, bound),) = deployment.bindings.items()
    live = runner.secret(bound.secret)
    assert (live.mode, live.source, live.reference) == ("live", test.source, test.reference)
    assert live.id != test.id
    plan = runner.deploying.plan("Nightly", None, {})
    assert plan.bindings[slot] == live.ref
    assert fetched(runner, plan, "live") == PASSWORD
    aws.put(NAME, {**LOGIN, "password": "changed at AWS"})
    assert fetched(runner, plan, "live") == "changed at AWS"
    with pytest.raises(SecretUnfit):
        fetched(runner, plan, "test")
    # Deployed again, the same live reference is gone on with, and not copied a second time.
    assert runner.deploying.propose(Wish(task, {})).live[slot].id == live.id
