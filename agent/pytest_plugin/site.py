"""The made-up site in a process of its own, for a suite that wants something to sign in to."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agent.errors import EnvironmentUnfit, SecretMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.pytest_plugin.suite import Suite

# -P: a folder called agent where the suite is started from is not ours.
_COMMAND = ("-P", "-c", "import sys; from agent.cli.main import main; sys.exit(main())")


class FakeLoginSite:
    """A running site; ``shapes`` is name → address of the login shapes, ``accounts`` are public."""

    def __init__(
        self, suite: Suite, process: subprocess.Popen[str], told: Mapping[str, Any]
    ) -> None:
        self._suite = suite
        self._process = process
        self._kept: list[str] = []
        self.origin: str = told["origin"]
        self.shapes: dict[str, str] = told["shapes"]
        self.accounts: list[dict[str, Any]] = told["accounts"]

    def __repr__(self) -> str:
        return f"FakeLoginSite({self.origin})"

    @classmethod
    def started(cls, suite: Suite) -> FakeLoginSite:
        """Start it on a free port. Raises ``EnvironmentUnfit`` with what it says of why not."""
        words = [sys.executable, *_COMMAND, "fake-site", "--port", "0", "--json"]
        process = subprocess.Popen(  # noqa: S603 - this very program
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            _, said = process.communicate()
            first, _, rest = said.strip().partition("\n")
            raise EnvironmentUnfit(
                first.removeprefix("error: ") or "the fake site did not start",
                hint=rest.removeprefix("hint: "),
            )
        return cls(suite, process, json.loads(line))

    def url(self, shape: str) -> str:
        """Give the first page of a login shape; KeyError for a name that is none."""
        return self.shapes[shape]

    def bind(self, slot: str, *, totp: bool = False) -> str:
        """Keep one of its accounts as a test secret for this site alone, bound to ``slot``.

        It is in the vault in use until the suite ends. Gives the secret's name.
        """
        fields = next(
            one["secret"]
            for one in self.accounts
            if ("totp" in one["secret"]) == totp and not one["locked"]
        )
        name = f"fake site {self.origin.rpartition(':')[2]} for {slot}"
        runner = self._suite.runner
        with suppress(SecretMissing):
            runner.keeping.delete(name, name)  # of a suite that was killed, at the same port
        runner.add_secret(name, "login", fields, [self.origin])
        self._kept.append(name)
        self._suite.found[slot] = name
        return name

    def stop(self) -> None:
        """Take the secrets away and end the process."""
        for name in self._kept:
            self._suite.runner.keeping.delete(name, name)
        self._process.terminate()
        self._process.communicate()
