"""The demo task run as a user runs it, in folders of its own, with a watch on its processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

ROOT = Path(__file__).parents[2]
RUNNER = Path(sys.executable).with_name("runner")
TASK = ROOT / "tasks" / "checked-in-guests.json"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - read here, to see that a run left nothing in it
SAMPLES_A_SECOND = 50


@dataclass
class Finished:
    """How a command ended and what it said."""

    code: int
    stdout: bytes
    stderr: bytes
    cmdlines: set[bytes] = field(default_factory=set)
    environs: set[bytes] = field(default_factory=set)

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        parsed: dict[str, Any] = json.loads(self.stdout)
        return parsed


@dataclass
class Workplace:
    """Folders of one user, and the commands that user calls in them; ``more`` is in the shell."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "keys", "out", "tmp", "elsewhere"):
            (self.folder / name).mkdir(mode=0o700, parents=True)

    @property
    def scanned(self) -> list[Path]:
        """Every folder that a run may have written to, the shared memory folder included."""
        names = [self.folder / name for name in ("home", "out", "tmp", "elsewhere")]
        return [*names, *SHARED_MEMORY.glob("slotrunner-*")]

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the user's shell."""
        return os.environ | {
            "RUNNER_HOME": str(self.folder / "home"),
            "RUNNER_KEY_FILE": str(self.folder / "keys" / "vault.key"),
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder / "elsewhere"),
            **self.more,
        }

    def start(self, *words: str, stdin: bytes = b"") -> subprocess.Popen[bytes]:
        """Start the real command; what it says goes to files, so that no pipe can fill up."""
        process = subprocess.Popen(
            [str(RUNNER), *words],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        return process

    def call(self, *words: str, stdin: bytes = b"") -> Finished:
        """Call the real command to its end, with its process tree watched."""
        process = self.start(*words, stdin=stdin)
        try:
            with watched(process.pid) as seen:
                stdout, stderr = process.communicate(timeout=120)
        finally:
            process.kill()
        return Finished(process.returncode, stdout, stderr, seen.cmdlines, seen.environs)

    def store(self, account: Account, origin: str) -> str:
        """Put the account's login into the vault as a user would; gives its id."""
        fields = {
            "username": account.username,
            "password": account.password,
            "totp": account.totp_key,
        }
        words = ["secrets", "add", "--name", "Hotel admin", "--type", "login", "--origin", origin]
        added = self.call(*words, "--stdin", "--json", stdin=json.dumps(fields).encode())
        assert added.code == 0, added.stderr
        return str(added.document["id"])

    def run_words(self, secret: str, site: Site, task: Path = TASK) -> list[str]:
        """The words of ``runner run`` for the demo task, bound to ``secret``."""
        return [
            "run", str(task), "--bind", f"MANAGEMENT_LOGIN={secret}",
            "--input", f"site={site.origin}", "--output", str(self.folder / "out"),
            "--json", "--no-input",
        ]  # fmt: skip


@dataclass
class Seen:
    """What anyone on the machine could read of a process tree."""

    cmdlines: set[bytes] = field(default_factory=set)
    environs: set[bytes] = field(default_factory=set)


@contextmanager
def watched(pid: int) -> Iterator[Seen]:
    """Sample the command lines and environments of ``pid`` and all its children."""
    seen, done = Seen(), threading.Event()

    def sample() -> None:
        while not done.wait(1 / SAMPLES_A_SECOND):
            for process in family(pid):
                seen.cmdlines.add(_read(process, "cmdline"))
                seen.environs.add(_read(process, "environ"))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def family(pid: int) -> set[int]:
    """A process and all that descend from it, as far as they live."""
    members, queue = {pid}, [pid]
    while queue:
        try:
            text = Path(f"/proc/{queue.pop()}/task").iterdir()
            children = {int(n) for task in text for n in (task / "children").read_text().split()}
        except OSError:
            continue
        queue += children - members
        members |= children
    return members


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
