"""The connection goes to the address that was checked, and the certificate is still the name's."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.errors import SiteUnreachable, StepFailed
from agent.steps.web import exchange as module
from agent.steps.web.answer import Request
from agent.steps.web.exchange import exchange
from tests.standins.web import running_web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "api.hotel.example"
HERE = ("127.0.0.1",)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's context for ``NAME``, by an authority that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    module._trust.cache_clear()
    yield context
    module._trust.cache_clear()


async def test_name_and_certificate_are_the_names_and_the_connection_the_addresses(
    certified: ssl.SSLContext,
) -> None:
    asked = []
    certified.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with running_web(tls=certified, host=NAME) as web:
        web.says(200, b"7")
        answer = await exchange(Request("GET", f"{web.origin}/a?b=1"), HERE)
    assert (answer.status, answer.content()) == (200, 7)
    assert web.seen[0].headers["host"] == web.origin.removeprefix("https://")
    assert asked == [NAME]


async def test_a_certificate_for_another_name_or_of_nobody_is_not_trusted(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_web(tls=certified, host="evil.example") as web:
        web.says(200)
        with pytest.raises(StepFailed, match=r"certificate of https://evil\.example:\d+ is not"):
            await exchange(Request("GET", web.origin), HERE)
        monkeypatch.delenv("SSL_CERT_FILE")
        module._trust.cache_clear()
        url = web.origin.replace("evil.example", NAME)
        with pytest.raises(StepFailed, match="is not trusted"):
            await exchange(Request("GET", url), HERE)
    assert web.seen == []


async def test_another_address_is_asked_when_one_does_not_take_the_connection() -> None:
    async with running_web(host="h.example") as web:
        web.says(200)
        answer = await exchange(Request("GET", web.origin), ("127.0.0.2", *HERE))
        assert answer.status == 200
        with pytest.raises(SiteUnreachable, match="nothing answers there"):
            await exchange(Request("GET", web.origin), ("127.0.0.2", "127.0.0.3"))


async def test_the_machines_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with running_web() as web:
        web.says(200)
        assert (await exchange(Request("GET", web.origin), HERE)).status == 200
