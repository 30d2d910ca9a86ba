"""Codes by mail: a real mail server, a site that sends codes, a real browser between them."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from agent.errors import LoginFailed, MailboxFailed, SecretUnfit
from agent.login.mailbox import Mailbox
from agent.vault.outside_codes import OutsideCodes
from tests.integration.codes.conftest import by_mail

if TYPE_CHECKING:
    from tests.integration.codes.conftest import Floor
    from tests.standins.mail_server import MailServer

pytestmark = pytest.mark.browser


async def test_the_code_of_this_sign_in_is_typed_and_no_other(
    floor: Floor, trusted: MailServer
) -> None:
    """A code of before, one of somebody else, a letter without one, and at last the code."""
    trusted.deliver("Your code is 111111")

    def send(code: str) -> None:
        trusted.deliver("Your code is 222222", sender="no-reply@evil.example")
        trusted.deliver("Your code is 333333", ago=3600)
        trusted.deliver("Our rooms are 20 % cheaper in December 2026.")
        trusted.deliver("", html=f"<p>Your code:</p><h1>{code[:3]} {code[3:]}</h1>")

    floor.site.send = send
    floor.keep(trusted.tls)
    result = await floor.sign_in(by_mail())
    assert result.outcome == "signed_in"
    assert floor.site.given == floor.site.made


async def test_where_no_mail_comes_the_sign_in_says_so(floor: Floor, trusted: MailServer) -> None:
    trusted.deliver("Your code is 111111")
    floor.keep(trusted.starttls)
    with pytest.raises(LoginFailed, match=r"No mail with a code came from \S+ in 0.5 s") as failed:
        await floor.sign_in(by_mail(wait=0.5))
    assert failed.value.outcome == "timeout"
    assert floor.site.given == []


async def test_a_mailbox_that_does_not_open_keeps_the_site_password_home(
    floor: Floor, trusted: MailServer
) -> None:
    floor.keep(trusted.tls, password="another-canary")
    with pytest.raises(MailboxFailed, match="did not accept") as failed:
        await floor.sign_in(by_mail())
    assert "canary" not in f"{failed.value} {failed.value.hint}"
    assert floor.site.passwords == []


async def test_a_server_that_nobody_vouches_for_gets_no_password(
    floor: Floor, mail: MailServer
) -> None:
    """The same server is fine where its authority is trusted: the tests beside this one."""
    for project, address in (("tls", mail.tls), ("starttls", mail.starttls)):
        floor.vault.project = project  # each address its own names
        floor.keep(address)
        assert floor.secrets is not None
        with pytest.raises(MailboxFailed, match="could not prove who it is"):
            await asyncio.to_thread(Mailbox.open, floor.secrets["MAILBOX"], "sign in")
        floor.secrets.close()
    opened = [row["action"] for row in floor.vault.trail().rows()]
    assert "revealed" not in opened


def listening(answers: list[bytes]) -> tuple[socket.socket, list[bytes]]:
    """A server that says what it is told to, and keeps what it hears."""
    server, heard = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def talk() -> None:
        peer, _ = server.accept()
        with peer, peer.makefile("rb") as lines:
            peer.sendall(answers[0])
            for answer in answers[1:]:
                line = lines.readline()
                heard.append(line)
                peer.sendall(answer.replace(b"TAG", line.partition(b" ")[0]))
            heard.extend(lines.readlines())

    threading.Thread(target=talk, daemon=True).start()
    return server, heard


async def test_a_server_without_encryption_hears_no_name_and_no_password(floor: Floor) -> None:
    greeting, capabilities = b"* OK hello\r\n", b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
    server, heard = listening([greeting, capabilities])
    with server:
        floor.keep(f"imap://127.0.0.1:{server.getsockname()[1]}")
        assert floor.secrets is not None
        with pytest.raises(MailboxFailed):
            await asyncio.to_thread(Mailbox.open, floor.secrets["MAILBOX"], "sign in")
    assert heard
    assert not any(b"LOGIN" in line or b"AUTHENTICATE" in line for line in heard)


async def test_a_mailbox_is_at_one_server(floor: Floor, trusted: MailServer) -> None:
    floor.keep(f"{trusted.tls} {trusted.starttls}")
    assert floor.secrets is not None
    with pytest.raises(SecretUnfit, match="2 servers"):
        await asyncio.to_thread(Mailbox.open, floor.secrets["MAILBOX"], "sign in")


async def test_while_another_run_waits_at_the_mailbox_this_one_waits_for_its_turn(
    floor: Floor, trusted: MailServer
) -> None:
    floor.keep(trusted.tls)
    assert floor.secrets is not None
    codes = OutsideCodes(floor.vault.trail())
    place = f"{floor.secrets['MAILBOX'].card.id} no-reply@hotel.example"
    assert codes.take_turn("another-run", place, floor.vault.clock() + 60)

    def send(code: str) -> None:
        trusted.deliver(f"Your code is {code}")

    floor.site.send = send
    waiting = asyncio.create_task(floor.sign_in(by_mail()))
    await asyncio.wait_for(floor.person.heard.wait(), 30)
    assert floor.site.passwords == []
    codes.end_turn("another-run")
    assert (await waiting).outcome == "signed_in"
    assert codes.take_turn("a-third", place, floor.vault.clock() + 60)
