from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.artifacts.harvest import Harvest
from tests.unit.artifacts.conftest import PASSWORD

if TYPE_CHECKING:
    from agent.vault.open import RunSecrets


def test_cookies_tokens_and_headers_are_learnt(secrets: RunSecrets) -> None:
    with Harvest(secrets) as harvest:
        harvest.from_entry(
            {
                "request": {
                    "url": "https://h/cb?code=c0de-1234567&date=2026-11-22",
                    "headers": [
                        {"name": "Cookie", "value": "sid=s1d-55667788; theme=dark"},
                        {"name": "Authorization", "value": "Bearer b34r3r-112233"},
                    ],
                    "postData": {"params": [{"name": "csrf", "value": "cs-99887766"}]},
                },
                "response": {
                    "headers": [
                        {"name": "Set-Cookie", "value": "id=n3w-44332211; Path=/; HttpOnly"}
                    ],
                    "redirectURL": "https://h/#access_token=at-1029384756",
                },
            }
        )
    text = (
        b"c0de-1234567 s1d-55667788 b34r3r-112233 cs-99887766 n3w-44332211 at-1029384756 "
        b"dark 2026-11-22"
    )
    clean = secrets.redactor.redact(text)
    assert b"dark 2026-11-22" in clean
    assert len(secrets.redactor.find(text)) == 6


def test_bodies_give_their_tokens_and_hidden_fields(secrets: RunSecrets) -> None:
    with Harvest(secrets) as harvest:
        harvest.from_body(b'{"refresh_token": "rt-abc12345", "city": "Lyon-69001-FR"}')
        harvest.from_body(b'<input type=hidden name=_csrf value="hid-778899aa"><meta name=x>')
    text = b"rt-abc12345 hid-778899aa Lyon-69001-FR"
    assert len(secrets.redactor.find(text)) == 2
    assert b"Lyon-69001-FR" in secrets.redactor.redact(text)


def test_storage_an_action_returned_is_learnt(secrets: RunSecrets) -> None:
    with Harvest(secrets) as harvest:
        harvest.from_result(
            {
                "cookies": [{"value": "ck-12345678"}],
                "origins": [{"localStorage": [{"name": "jwt", "value": "lj-12345678"}]}],
            }
        )
    assert len(secrets.redactor.find(b"ck-12345678 lj-12345678")) == 2


def test_a_bound_value_keeps_its_own_label(secrets: RunSecrets) -> None:
    with Harvest(secrets) as harvest:
        harvest.learn("token", PASSWORD)
    assert {found.label for found in secrets.redactor.find(PASSWORD.encode())} == {"LOGIN.password"}


def test_words_and_short_values_are_not_learnt(secrets: RunSecrets) -> None:
    with Harvest(secrets) as harvest:
        harvest.learn("cookie", "settings")
        harvest.learn("cookie", "a1b2c3")
    assert secrets.redactor.find(b"settings a1b2c3") == ()


def test_what_a_sign_in_through_another_site_hands_over_is_learnt(secrets: RunSecrets) -> None:
    claims, signature = "eyJzdWIiOiJhbGljZTAxIn0", "c2lnbmF0dXJlLTEyMw"
    token = f"eyJhbGciOiJub25lIn0.{claims}.{signature}"
    assertion = "PHNhbWxwOlJlc3BvbnNlIElEPSJhYmMxMjMiLz4="
    posted = f"SAMLResponse={assertion.replace('=', '%3D')}&RelayState=r3l4y-7788"
    with Harvest(secrets) as harvest:
        harvest.from_url(f"https://h/cb#id_token={token}&state=st4t3-9911")
        harvest.from_body(posted.encode())
    text = f"{claims} | {signature} | st4t3-9911 | {assertion} | r3l4y-7788"
    clean = secrets.redactor.redact_text(text)
    assert not any(part in clean for part in (claims, signature, "st4t3", assertion[:20], "r3l4y"))


def test_what_would_never_be_learnt_is_not_collected(secrets: RunSecrets) -> None:
    state = {"cookies": [{"value": "s3ss10n-t0ken-of-a-site"}]}
    with pytest.raises(RuntimeError, match="inside of its block"):
        Harvest(secrets).from_result(state)
