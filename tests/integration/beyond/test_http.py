"""The http step against a real service on a socket."""

from __future__ import annotations

import base64
import gzip
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from agent.errors import LoginFailed, OriginRefused, SecretUnfit, SiteUnreachable, StepFailed
from tests.integration.beyond.desk import Kept, Work, at_a_desk, releases
from tests.standins.web import Sent, Web, running_web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agent.vault.store import Vault

TOKEN = "tok-Zq8!mR2vXw7pLk"
GUESTS = json.dumps({"guests": [{"name": "Ann", "room": 7}, {"name": "Bob", "room": 9}]}).encode()


@asynccontextmanager
async def working(vault: Vault, **secrets: tuple[str, dict[str, str]]) -> AsyncIterator[Any]:
    """A service, and steps with secrets that may go to it."""
    async with running_web() as web:
        kept = {slot: Kept(kind, fields, (web.origin,)) for slot, (kind, fields) in secrets.items()}
        with at_a_desk(vault, **kept) as work:
            yield web, work


async def test_a_request_is_sent_as_written_and_its_answer_kept(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.says(200, GUESTS)
        result = await work(
            "http", url=f"{web.origin}/guests?a=1#part", query={"day": "x y&z"},
            headers={"X-Desk": "7"}, extract="$.guests[*].name", save_as="names", local=True,
        )  # fmt: skip
    assert result.value == ["Ann", "Bob"]
    assert work.results["names"] == ["Ann", "Bob"]
    (sent,) = web.seen
    assert (sent.method, sent.target) == ("GET", "/guests?a=1&day=x+y%26z")
    assert sent.headers["x-desk"] == "7"
    assert sent.headers["host"] == web.origin.removeprefix("http://")


async def test_bodies_are_json_or_a_form_and_the_answer_may_be_text(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.says(200, b"done", content_type="text/plain")
        await work("http", method="POST", url=web.origin, json={"a": [1, None]}, local=True)
        await work("http", method="PUT", url=web.origin, form={"a": "b c&d"}, local=True)
        kept = await work("http", url=web.origin, save_as="said", local=True)
    assert [one.body for one in web.seen] == [b'{"a": [1, null]}', b"a=b+c%26d", b""]
    assert web.seen[0].headers["content-type"] == "application/json"
    assert kept.value == "done"


async def test_each_kind_of_secret_signs_in_its_own_way(vault: Vault) -> None:
    secrets = {
        "BASIC": ("basic_auth", {"username": "ann", "password": "pass:wörd-1"}),
        "BEARER": ("bearer_token", {"token": TOKEN}),
        "KEY": ("api_key", {"key_name": "X-Api-Key", "key_value": "key-44 55/66"}),
        "DOC": ("json", {"document": json.dumps({"db": {"user": "ann-db", "pin": 991144}})}),
        "ONE": ("value", {"value": "only-one-value"}),
    }
    async with working(vault, **secrets) as (web, work):
        web.says(200)
        await work("http", url=web.origin, basic_auth="BASIC")
        await work("http", url=web.origin, bearer_token="BEARER", api_key="KEY")
        await work("http", url=f"{web.origin}/?b=1", api_key="KEY", api_key_in="query")
        user = {"secret": "DOC", "field": "db.user"}
        await work(
            "http", method="POST", url=web.origin, headers={"X-One": {"secret": "ONE",
            "field": "value"}}, json={"in": [{"user": user}], "pin": {"secret": "DOC",
            "field": "db.pin"}},
        )  # fmt: skip
        await work("http", method="POST", url=web.origin, form={"user": user})
    basic, bearer, key, document, form = web.seen
    packed = base64.b64encode("ann:pass:wörd-1".encode()).decode()
    assert basic.headers["authorization"] == f"Basic {packed}"
    assert bearer.headers["authorization"] == f"Bearer {TOKEN}"
    assert bearer.headers["x-api-key"] == "key-44 55/66"
    assert parse_qs(key.target.partition("?")[2]) == {"b": ["1"], "X-Api-Key": ["key-44 55/66"]}
    assert json.loads(document.body) == {"in": [{"user": "ann-db"}], "pin": "991144"}
    assert document.headers["x-one"] == "only-one-value"
    assert form.body == b"user=ann-db"
    rows = releases(vault)
    assert {row[:2] for row in rows} == {("allowed", web.origin)}
    assert [row[2:4] for row in rows] == [
        ("BASIC", "username"), ("BASIC", "password"), ("BEARER", "token"), ("KEY", "key_value"),
        ("KEY", "key_value"), ("DOC", "db.user"), ("DOC", "db.pin"), ("ONE", "value"),
        ("DOC", "db.user"),
    ]  # fmt: skip
    assert rows[0][4] == f"GET {web.origin}"


async def test_what_repeats_a_secret_is_masked_in_the_result(vault: Vault) -> None:
    fields = {"username": "ann@hotel", "password": "pass-word-1"}
    async with working(vault, BASIC=("basic_auth", fields)) as (web, work):
        packed = base64.b64encode(b"ann@hotel:pass-word-1").decode()
        echo = {"raw": "pass-word-1", "packed": f"Basic {packed}", "hex": b"pass-word-1".hex()}
        web.says(200, json.dumps(echo).encode())
        kept = await work("http", url=web.origin, basic_auth="BASIC", save_as="echo")
    assert kept.value["raw"] == "‹BASIC.password›"
    assert packed not in kept.value["packed"]
    assert kept.value["hex"] == "‹BASIC.password›"


async def test_a_secret_goes_to_no_other_origin_not_even_after_a_look_up(vault: Vault) -> None:
    async with running_web() as other, working(vault, T=("bearer_token", {"token": TOKEN})) as w:
        _, work = w
        other.says(200)
        with pytest.raises(OriginRefused, match="T may not go to"):
            await work("http", url=other.origin, bearer_token="T")
        written = {"headers": {"A": {"secret": "T", "field": "token"}}}
        with pytest.raises(OriginRefused):
            await work("http", url=other.origin, **written)
    assert other.connections == 0
    assert [row[0] for row in releases(vault)] == ["refused", "refused"]


async def test_no_redirect_is_followed_with_a_secret(vault: Vault) -> None:
    async with running_web() as evil, working(vault, T=("bearer_token", {"token": TOKEN})) as w:
        web, work = w
        evil.says(200)
        web.says(307, b"", location=f"{evil.origin}/steal")
        with pytest.raises(StepFailed, match="answered 307") as caught:
            await work("http", url=web.origin, bearer_token="T")
        assert "with a secret follows none" in caught.value.hint
    assert evil.connections == 0
    assert len(web.seen) == 1


async def test_redirects_are_followed_when_asked_but_never_to_a_local_address(vault: Vault) -> None:
    async with running_web() as other, working(vault) as (web, work):
        other.says(200)
        web.says(302, b"", location="/b")
        web.says(200, b"[1]")
        wish = {"url": f"{web.origin}/a", "local": True}
        with pytest.raises(StepFailed, match="302, and 2xx is expected"):
            await work("http", **wish)
        web.seen.clear()
        kept = await work("http", **wish, follow_redirects=True, save_as="end")
        assert kept.value == [1]
        assert [one.target for one in web.seen] == ["/a", "/b"]
        for place in (other.origin, "http://169.254.169.254/latest/meta-data"):
            web.replies, web.seen = [], []
            web.says(302, b"", location=place)
            with pytest.raises(StepFailed, match="nothing was sent"):
                await work("http", **wish, follow_redirects=True)
        web.replies, web.seen = [], []
        web.says(302, b"", location="/again")
        with pytest.raises(StepFailed, match="more than 5 times"):
            await work("http", **wish, follow_redirects=True)
    assert other.connections == 0


async def test_an_address_of_this_machine_is_refused_unless_it_is_asked_for(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.says(200)
        with pytest.raises(StepFailed, match="is an address of this machine: nothing was sent"):
            await work("http", url=web.origin)
        port = web.origin.rpartition(":")[2]
        for host, local in (
            ("2130706433", False), ("0x7f.1", False), ("[::ffff:127.0.0.1]", True), ("0", True),
        ):  # fmt: skip
            with pytest.raises(StepFailed, match="nothing was sent"):
                await work("http", url=f"http://{host}:{port}/", local=local)
        assert web.connections == 0
        await work("http", url=web.origin, local=True)


async def test_only_what_may_be_sent_twice_is_sent_again(vault: Vault) -> None:
    async with working(vault) as (web, work):
        for status in (503, 429, 200):
            web.says(status, retry_after="0")
        await work("http", url=web.origin, local=True)
        assert len(web.seen) == 3
        web.replies, web.seen = [], []
        web.says(503, retry_after="0")
        with pytest.raises(StepFailed, match="answered 503"):
            await work("http", method="POST", url=web.origin, local=True)
        assert len(web.seen) == 1
        web.replies, web.seen = [], []
        web.says(404)
        with pytest.raises(StepFailed, match="answered 404"):
            await work("http", url=web.origin, local=True)
        assert len(web.seen) == 1


async def test_a_wait_that_is_longer_than_the_step_is_not_begun(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.says(429, retry_after="3600")
        with pytest.raises(StepFailed, match="answered 429"):
            await work("http", url=web.origin, local=True, timeout=5)
    assert len(web.seen) == 1


async def test_a_connection_that_breaks_is_tried_again_and_none_is_told(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.replies.append(lambda _sent: None)
        web.says(200, b'"there"')
        kept = await work("http", url=web.origin, local=True, save_as="said")
        assert kept.value == "there"
    with pytest.raises(SiteUnreachable, match="nothing answers there"):
        await work("http", method="POST", url="http://127.0.0.1:9", local=True)


async def test_every_attempt_has_its_own_audit_row(vault: Vault) -> None:
    async with working(vault, T=("bearer_token", {"token": TOKEN})) as (web, work):
        web.says(500, retry_after="0")
        web.says(200)
        await work("http", url=web.origin, bearer_token="T", name="Ask the desk")
    assert [row[3:] for row in releases(vault)] == 2 * [("token", "Ask the desk")]


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(vault: Vault) -> None:
    async with working(vault) as (web, work):
        web.says(200, b"[" + b"1," * 5_000_000 + b"1]")
        with pytest.raises(StepFailed, match="larger than 8 MiB"):
            await work("http", url=web.origin, local=True)
        web.replies, web.seen = [], []
        web.says(200, gzip.compress(b"[" + b"1," * 50_000_000 + b"1]"), content_encoding="gzip")
        with pytest.raises(StepFailed, match="larger than 8 MiB"):
            await work("http", url=web.origin, local=True)
        web.replies, web.seen = [], []
        web.says(200, gzip.compress(GUESTS), content_encoding="gzip")
        kept = await work("http", url=web.origin, local=True, extract="$.guests[-1].room",
                          save_as="room")  # fmt: skip
        assert kept.value == 9


async def test_a_service_that_does_not_answer_costs_the_steps_time_and_no_more(
    vault: Vault,
) -> None:
    async with working(vault) as (web, work):
        web.says(200, b"", content_length="10")
        with pytest.raises((StepFailed, SiteUnreachable)):
            await work("http", method="POST", url=web.origin, local=True, timeout=0.5)


async def test_a_wrong_status_names_what_was_expected_and_masks_what_the_answer_says(
    vault: Vault,
) -> None:
    async with working(vault, T=("bearer_token", {"token": TOKEN})) as (web, work):
        web.says(401, json.dumps({"error": f"bad token {TOKEN}"}).encode())
        with pytest.raises(StepFailed) as caught:
            await work("http", url=f"{web.origin}/a", bearer_token="T", status=[200, 204])
    assert caught.value.message == f"{web.origin} answered 401, and 200 or 204 is expected"
    assert caught.value.hint == 'it says: {"error": "bad token ‹T.token›"}'


async def test_a_rejected_password_is_a_failed_login_and_not_sent_again(vault: Vault) -> None:
    fields = {"username": "ann", "password": "not-the-one"}
    async with working(vault, BASIC=("basic_auth", fields)) as (web, work):
        web.says(401, retry_after="0")
        with pytest.raises(LoginFailed, match="rejected the user name or the password") as caught:
            await work("http", url=web.origin, basic_auth="BASIC")
        assert caught.value.outcome == "bad_credentials"
        assert len(web.seen) == 1
        await work("http", url=web.origin, basic_auth="BASIC", status=[401])


async def test_a_value_a_header_cannot_carry_is_not_quoted(vault: Vault) -> None:
    async with working(vault, ONE=("value", {"value": "two\nlines-of-secret"})) as (web, work):
        web.says(200)
        one = {"secret": "ONE", "field": "value"}
        with pytest.raises(SecretUnfit) as caught:
            await work("http", url=web.origin, headers={"X-One": one})
    assert "lines-of-secret" not in caught.value.message
    assert caught.value.__cause__ is None
    assert web.connections == 0


def granting(web: Web, *lasting: object) -> None:
    """Answer token requests with tokens that last so long, and others with what they sent."""
    left = list(lasting)

    def reply(sent: Sent) -> tuple[int, dict[str, str], bytes]:
        told = {"content-type": "application/json"}
        if sent.target != "/token":
            return 200, told, json.dumps({"with": sent.headers.get("authorization")}).encode()
        granted = {"access_token": f"access-token-{len(left)}-xyz", "token_type": "Bearer"}
        ends = left.pop(0)
        return 200, told, json.dumps(granted | ({"expires_in": ends} if ends else {})).encode()

    web.replies.append(reply)


@asynccontextmanager
async def with_client(vault: Vault) -> AsyncIterator[tuple[Web, Web, Work]]:
    """An issuer, a service, and a client's secret for the service alone."""
    async with running_web() as issuer, running_web() as web:
        fields = {
            "client_id": "desk client", "client_secret": "s3cret/of+client",
            "token_url": f"{issuer.origin}/token", "scopes": "read write",
        }  # fmt: skip
        with at_a_desk(vault, C=Kept("oauth2_client_credentials", fields, (web.origin,))) as work:
            yield issuer, web, work


async def test_a_token_is_fetched_once_and_is_a_secret_itself(vault: Vault) -> None:
    async with with_client(vault) as (issuer, web, work):
        granting(issuer, 3600)
        granting(web)
        wish = {"url": web.origin, "oauth2_client_credentials": "C", "save_as": "said"}
        first = await work("http", **wish)
        second = await work("http", **wish)
        assert work.desk.secrets.needles.labels_in(b"access-token-1-xyz") == {"C.access_token"}
    (asked,) = issuer.seen
    packed = base64.b64encode(b"desk+client:s3cret%2Fof%2Bclient").decode()
    assert asked.headers["authorization"] == f"Basic {packed}"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"], "scope": ["read write"],
    }  # fmt: skip
    assert [one.headers["authorization"] for one in web.seen] == 2 * ["Bearer access-token-1-xyz"]
    assert first.value == second.value == {"with": "Bearer ‹C.access_token›"}
    assert [row[1:4] for row in releases(vault)] == [
        (issuer.origin, "C", "client_id"), (issuer.origin, "C", "client_secret"),
        (web.origin, "C", "access_token"), (web.origin, "C", "access_token"),
    ]  # fmt: skip
    assert b"s3cret" not in b"".join(one.raw for one in web.seen)


async def test_a_token_that_ends_soon_is_fetched_anew(vault: Vault) -> None:
    async with with_client(vault) as (issuer, web, work):
        granting(issuer, 0.001, 3600)
        granting(web)
        for _ in range(3):
            await work("http", url=web.origin, oauth2_client_credentials="C")
    assert [one.headers["authorization"][-5:] for one in web.seen] == ["2-xyz", "1-xyz", "1-xyz"]


async def test_an_issuer_that_gives_no_token_is_told_in_one_line(vault: Vault) -> None:
    async with with_client(vault) as (issuer, web, work):
        issuer.says(401, b'{"error": "invalid_client", "error_description": "s3cret/of+client"}')
        with pytest.raises(StepFailed) as caught:
            await work("http", url=web.origin, oauth2_client_credentials="C")
    assert caught.value.message == (
        f"{issuer.origin} gave no access token: it answered 401 (invalid_client)"
    )
    assert web.connections == 0


async def test_a_clients_secret_goes_to_its_issuer_alone(vault: Vault) -> None:
    async with with_client(vault) as (issuer, web, work):
        granting(web)
        client = {"secret": "C", "field": "client_secret"}
        with pytest.raises(OriginRefused):
            await work("http", url=web.origin, headers={"X": client})
        with pytest.raises(OriginRefused):
            await work("http", url=issuer.origin, oauth2_client_credentials="C")
    assert web.connections == issuer.connections == 0
