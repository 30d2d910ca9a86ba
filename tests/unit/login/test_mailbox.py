"""What a mail server may say between two commands."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from agent.login.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator


def serve(listening: socket.socket) -> None:
    peer, _ = listening.accept()
    with peer, peer.makefile("rwb", buffering=0) as talk:
        talk.write(b"* OK [CAPABILITY IMAP4rev1 IDLE] here\r\n")
        for line in talk:
            tag, _, command = line.strip().partition(b" ")
            talk.write(b"* 3 EXISTS\r\n")
            if command == b"IDLE":
                talk.write(b"+ idling\r\n")
                return
            if b"SEARCH" in command:
                talk.write(b"* SEARCH 1 2\r\n")
            talk.write(tag + b" OK done\r\n")


@contextmanager
def server_that_tells_of_mail_first() -> Iterator[IMAPClient]:
    """A server of a few lines, which tells of a message before it answers any command."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        client = IMAPClient("127.0.0.1", listening.getsockname()[1], ssl=False, timeout=20)
        try:
            yield client
        finally:
            client.shutdown()
            thread.join(20)


def test_a_message_told_of_before_the_answer_is_no_failure() -> None:
    with server_that_tells_of_mail_first() as client:
        mailbox = Mailbox(client, next_uid=3)
        assert mailbox.newer() == []
        assert mailbox.newer() == []


def test_listening_with_the_library_would_be_one() -> None:
    with (
        server_that_tells_of_mail_first() as client,
        pytest.raises(IMAPClientError, match="Unexpected IDLE response"),
    ):
        client.idle()
