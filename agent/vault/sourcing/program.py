"""Asking a secret manager's own program: nothing secret goes in, the value comes out by a pipe.

The program gets an allow-listed environment: what any program needs, and the variables by which
this one is told who asks. What it writes to its error stream is only ever sorted, never shown: it
may quote what it was reading.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import (
    SourceBusy,
    SourceDenied,
    SourceFailed,
    SourceMalformed,
    SourceMissing,
    SourceUnavailable,
)
from agent.vault.sourcing.surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_WAIT: Final = 20.0
"""Seconds a program may take for one answer."""
LARGEST: Final = 1024 * 1024

_PASSED: Final = frozenset(
    {
        "PATH", "HOME", "LANG", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
        "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
    }
)  # fmt: skip

# Words of an error, in the order they are looked for; the first that occurs decides.
_MEANINGS: Final[tuple[tuple[type[SourceFailed], tuple[str, ...]], ...]] = (
    (SourceBusy, ("too many requests", "rate limit", "429")),
    (
        SourceDenied,
        (
            "locked", "not logged in", "signed in", "sign in", "signin", "unauthorized",
            "authoriz", "authenticat", "access token", "permission", "forbidden", "denied",
            "session", "401", "403",
        ),
    ),
    (
        SourceMissing,
        (
            "not found", "isn't an item", "isn't a vault", "isn't a field", "no item",
            "could not find", "couldn't find", "doesn't exist", "does not exist",
            "does not have a field", "404",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A secret manager's program: ``own`` are the variables it is told by who asks.

    A name in ``own`` that ends in ``_`` stands for every variable that begins with it.
    """

    name: str
    title: str
    own: tuple[str, ...]
    unlock: str

    def ask(self, arguments: Sequence[str], what: str) -> str:
        """Run it and give what it printed; ``what`` names for errors what was asked for.

        Raises ``SourceUnavailable`` (not installed, no answer in time), ``SourceDenied``,
        ``SourceMissing``, ``SourceBusy`` and ``SourceMalformed``.
        """
        path = shutil.which(self.name)
        if path is None:
            raise SourceUnavailable(
                f"{self.title}'s program {self.name} is not installed",
                hint=f"install {self.name} and see that it is on PATH",
            )
        try:
            done = subprocess.run(  # noqa: S603  its arguments are checked words, without a shell
                [path, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=self.environment(surroundings()),
                timeout=LONGEST_WAIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceUnavailable(
                f"{self.name} gave no answer for {what} in {LONGEST_WAIT:.0f} s", hint=self.unlock
            ) from None
        except OSError as error:
            raise SourceUnavailable(f"{self.name} cannot be run: {error.strerror}") from None
        if done.returncode != 0:
            raise self._refusal(done, what)
        return self._text(done.stdout, what)

    def environment(self, parent: Mapping[str, str]) -> dict[str, str]:
        """Make the environment it gets."""
        prefixes = tuple(name for name in self.own if name.endswith("_"))
        return {
            name: value
            for name, value in parent.items()
            if name in _PASSED
            or name in self.own
            or name.startswith("LC_")
            or (prefixes and name.startswith(prefixes))
        }

    def _refusal(self, done: subprocess.CompletedProcess[bytes], what: str) -> SourceFailed:
        said = done.stderr.decode("utf-8", "replace").lower()
        for kind, words in _MEANINGS:
            if any(word in said for word in words):
                return self._named(kind, what)
        return SourceUnavailable(
            f"{self.name} ended with {done.returncode} when asked for {what}",
            hint=f"run {self.name} by hand to see what it says",
        )

    def _named(self, kind: type[SourceFailed], what: str) -> SourceFailed:
        if kind is SourceMissing:
            return kind(f"{self.title} has no {what}", hint="check the reference")
        if kind is SourceBusy:
            return kind(f"{self.title} asks for patience", hint="run it again later")
        return kind(f"{self.title} did not give {what}: locked, or not allowed", hint=self.unlock)

    def _text(self, printed: bytes, what: str) -> str:
        if len(printed) > LARGEST:
            raise SourceMalformed(f"{self.title}'s {what} is too large to be a secret")
        try:
            return printed.decode("utf-8")
        except UnicodeDecodeError:
            raise SourceMalformed(f"{self.title}'s {what} is not text") from None
