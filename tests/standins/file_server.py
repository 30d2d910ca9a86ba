"""A real OpenSSH server on a free port, with keys, an account and a folder of its own.

As root it has an account with a password: in a mount namespace of its own, so that the machine's
accounts stay as they are. For anyone else it knows the user who runs the tests, by key alone.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.standins.processes import end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
PASSWORD = "cOurier/pass+word=17"
_ACCOUNTS = """
mount --bind {folder}/passwd /etc/passwd && mount --bind {folder}/shadow /etc/shadow &&
mount -t tmpfs none /run && mkdir -p /run/sshd && exec {sshd} -D -e -f {folder}/config
"""


@dataclass(frozen=True)
class FileServer:
    """A running server. ``inbox`` is where its account's relative paths begin."""

    port: int
    folder: Path
    user: str
    has_password: bool

    @property
    def origin(self) -> str:
        return f"sftp://127.0.0.1:{self.port}"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def private_key(self) -> str:
        return (self.folder / "account").read_text()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def host_key(self, family: str = "ed25519") -> str:
        """Give the fingerprint of one of its keys."""
        told = _run("ssh-keygen", "-lf", str(self.folder / f"host_{family}.pub"))
        return told.split()[1]


@contextmanager
def running_file_server(
    folder: Path, families: Sequence[str] = ("ed25519", "ecdsa")
) -> Iterator[FileServer]:
    """Start a server in ``folder`` and end it with the block; skips where OpenSSH is not there."""
    if not Path(SSHD).exists():
        pytest.skip("no sshd on this machine: apt-get install openssh-server")
    as_root = os.geteuid() == 0 and shutil.which("unshare") is not None
    user = "courier" if as_root else pwd.getpwuid(os.geteuid()).pw_name
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = FileServer(port, folder, user, as_root)
    server.inbox.mkdir(parents=True)
    _make_keys(server, families)
    command = [SSHD, "-D", "-e", "-f", str(folder / "config")]
    if as_root:
        _make_accounts(folder)
        script = _ACCOUNTS.format(folder=folder, sshd=SSHD).replace("\n", " ")
        command = ["unshare", "--mount", "sh", "-c", script]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_for(server, process)
            yield server
        finally:
            end(process, limit=10)


def _make_keys(server: FileServer, families: Sequence[str]) -> None:
    folder = server.folder
    for family in families:
        _run("ssh-keygen", "-q", "-t", family, "-N", "", "-f", str(folder / f"host_{family}"))
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "account"))
    lines = [
        f"ListenAddress 127.0.0.1:{server.port}",
        *(f"HostKey {folder}/host_{family}" for family in families),
        f"AuthorizedKeysFile {folder}/account.pub",
        f"PidFile {folder}/pid",
        f"PasswordAuthentication {'yes' if server.has_password else 'no'}",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "LogLevel VERBOSE",
        "MaxStartups 100",
        "Subsystem sftp internal-sftp",
        f"ForceCommand internal-sftp -d {server.inbox}",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")


def _make_accounts(folder: Path) -> None:
    sealed = _run("openssl", "passwd", "-6", "-stdin", told=PASSWORD).strip()
    known = Path("/etc/passwd").read_text()
    (folder / "passwd").write_text(f"courier:x:0:0::{folder}:/bin/sh\n{known}")
    (folder / "shadow").write_text(
        f"courier:{sealed}:20000:0:99999:7:::\nroot:*:20000:0:99999:7:::\n"
    )


def _run(*command: str, told: str | None = None) -> str:
    done = subprocess.run(command, input=told, capture_output=True, check=True, text=True)
    return done.stdout


def _wait_for(server: FileServer, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"sshd ended: {server.log}")
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            time.sleep(0.02)  # nothing tells when another process begins to listen
        else:
            return
    raise RuntimeError(f"sshd does not listen: {server.log}")
