"""A machine of its own on two networks, one of which can be cut: a network namespace."""

from __future__ import annotations

import itertools
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS: Final = itertools.count()
# A private range that no machine of ours is on; each test process has a part of its own.
_RANGE: Final = "10.213.{}.{}"


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace: what is started with ``before`` reaches here only at the two addresses."""

    name: str
    to_database: str
    to_site: str
    cable: str

    @property
    def before(self) -> tuple[str, ...]:
        """The program that starts another one on this machine."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Pull the cable to the database; the one to the site stays."""
        _call("ip", "link", "set", self.cable, "down")

    def mend(self) -> None:
        """Put it back."""
        _call("ip", "link", "set", self.cable, "up")


def may_make_networks() -> bool:
    """Tell whether this machine lets tests make network namespaces."""
    if os.getuid() != 0:
        return False
    try:
        with machine():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def machine() -> Iterator[Machine]:
    """Make a machine, gone afterwards with its networks."""
    number = next(_NUMBERS) % 32
    name = f"rn{os.getpid()}-{number}"
    part, at = os.getpid() % 250 + 1, number * 8
    _call("ip", "netns", "add", name)
    try:
        for cable, first in ((f"{name}d", at), (f"{name}s", at + 4)):
            inside = f"{cable}i"
            _call("ip", "link", "add", cable, "type", "veth", "peer", "name", inside, "netns", name)
            _call("ip", "address", "add", f"{_RANGE.format(part, first + 1)}/30", "dev", cable)
            _call("ip", "link", "set", cable, "up")
            there = f"{_RANGE.format(part, first + 2)}/30"
            _call("ip", "-n", name, "address", "add", there, "dev", inside)
            _call("ip", "-n", name, "link", "set", inside, "up")
        _call("ip", "-n", name, "link", "set", "lo", "up")
        yield Machine(name, _RANGE.format(part, at + 1), _RANGE.format(part, at + 5), f"{name}d")
    finally:
        # Its ends of the cables go with it, and with them ours.
        _call("ip", "netns", "delete", name)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
