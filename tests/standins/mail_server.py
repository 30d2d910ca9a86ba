"""A real IMAP server (pymap) in a process of its own, with certificates of a made-up authority.

It speaks STARTTLS on ``port``; on ``tls_port`` the same server stands behind TLS from the first
byte. Messages are appended over IMAP, as a mail system would file them.
"""

from __future__ import annotations

import asyncio
import datetime
import imaplib
import ipaddress
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.standins.processes import end, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "codes@hotel.example", "mailbox-canary-pw"
HOST = "localhost"


@dataclass(frozen=True, slots=True)
class Certificates:
    """An authority, and what it signed for ``localhost``; ``authority`` is the file to trust."""

    authority: Path
    chain: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        now = datetime.datetime.now(datetime.UTC)
        ca_key, key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made-up authority")])
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        common = (now - datetime.timedelta(days=1), now + datetime.timedelta(days=2))
        ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
        authority = (
            x509.CertificateBuilder().subject_name(ca_name).issuer_name(ca_name)
            .public_key(ca_key.public_key()).serial_number(1)
            .not_valid_before(common[0]).not_valid_after(common[1])
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True).add_extension(ca_id, critical=False)
            .sign(ca_key, hashes.SHA256())
        )  # fmt: skip
        names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]))
            .issuer_name(ca_name).public_key(key.public_key()).serial_number(2)
            .not_valid_before(common[0]).not_valid_after(common[1])
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id),
                critical=False,
            )
            .sign(ca_key, hashes.SHA256())
        )  # fmt: skip
        pem = serialization.Encoding.PEM
        made = cls(folder / "authority.pem", folder / "chain.pem", folder / "key.pem")
        made.authority.write_bytes(authority.public_bytes(pem))
        made.chain.write_bytes(leaf.public_bytes(pem))
        made.key.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return made


@dataclass(frozen=True, slots=True)
class MailServer:
    """A running server with one mailbox."""

    certificates: Certificates
    port: int
    tls_port: int

    @property
    def starttls(self) -> str:
        return f"imap://{HOST}:{self.port}"

    @property
    def tls(self) -> str:
        return f"imaps://{HOST}:{self.tls_port}"

    def deliver(
        self,
        text: str,
        *,
        sender: str = "no-reply@hotel.example",
        subject: str = "Your code",
        html: str = "",
        ago: float = 0.0,
    ) -> None:
        """File a message; one that was sent and received ``ago`` seconds before now."""
        at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, USER, subject
        message["Date"] = format_datetime(at)
        if text:
            message.set_content(text)
        if html:
            add = message.add_alternative if text else message.set_content
            add(html, subtype="html")
        trusted = ssl.create_default_context(cafile=str(self.certificates.authority))
        with imaplib.IMAP4(HOST, self.port) as mailbox:
            mailbox.starttls(trusted)
            mailbox.login(USER, PASSWORD)
            filed, _ = mailbox.append(
                "INBOX", "", imaplib.Time2Internaldate(at), message.as_bytes()
            )
            assert filed == "OK"


@contextmanager
def running_mail_server(folder: Path) -> Iterator[MailServer]:
    """Start the server; its mailbox holds a few old messages."""
    made = Certificates.make(folder)
    server = MailServer(made, *free_ports())
    pymap = Path(sys.executable).parent / "pymap"
    command = [
        pymap, "--host", HOST, "--port", str(server.port), "--cert", made.chain, "--key", made.key,
        "dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    with (folder / "pymap.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        _wait_for(server.port, process)
        with _Front(server).running():
            yield server
    finally:
        end(process, limit=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        assert process.poll() is None, "the mail server did not start"
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the mail server does not listen")


class _Front:
    """Takes TLS off in front of the server, and puts the STARTTLS it insists on behind."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._trusted = ssl.create_default_context(cafile=str(server.certificates.authority))
        self._ready, self._stop = threading.Event(), asyncio.Event()

    async def run(self) -> None:
        offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        offered.load_cert_chain(self._server.certificates.chain, self._server.certificates.key)
        listening = await asyncio.start_server(
            self._serve, HOST, self._server.tls_port, ssl=offered
        )
        async with listening:
            self._ready.set()
            await self._stop.wait()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(HOST, self._server.port)
        greeting = await inner_reader.readline()
        inner_writer.write(b"t STARTTLS\r\n")
        await inner_reader.readline()
        await inner_writer.start_tls(self._trusted, server_hostname=HOST)
        writer.write(greeting.replace(b" STARTTLS", b"").replace(b" LOGINDISABLED", b""))
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    @contextmanager
    def running(self) -> Iterator[None]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=lambda: loop.run_until_complete(self.run()), daemon=True)
        thread.start()
        assert self._ready.wait(10)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(self._stop.set)
            thread.join(10)
            loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
