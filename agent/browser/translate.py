"""Browser errors in our own words, at one border.

Playwright's messages quote what was typed, URLs with their queries and the page's own text. What
leaves here is a class of ``agent.errors``, a first line without values, and no chain.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.errors import (
    BrowserMissing,
    DisplayMissing,
    EnvironmentUnfit,
    RunnerError,
    SiteUnreachable,
    StepFailed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.redactor import Redactor

_NET_ERROR = re.compile(r"net::(ERR_[A-Z_0-9]+)")
_QUERY = re.compile(r"(https?://[^\s\"'?#]*)[?#][^\s\"']*")
_USER = re.compile(r"(https?://)[^\s/\"'@]*@")
_CLOSED = "has been closed"
_XVFB = "Run it in a virtual one: xvfb-run -a runner run … --headed  (Debian package: xvfb)"
_LONGEST = 300
_REASONS = {
    "ERR_CONNECTION_REFUSED": "nothing answers at this address",
    "ERR_NAME_NOT_RESOLVED": "no such host",
    "ERR_INTERNET_DISCONNECTED": "this machine has no network",
    "ERR_CONNECTION_TIMED_OUT": "no answer in time",
    "ERR_TIMED_OUT": "no answer in time",
    "ERR_CERT_AUTHORITY_INVALID": "its certificate is not trusted",
    "ERR_CERT_DATE_INVALID": "its certificate has expired",
    "ERR_CERT_COMMON_NAME_INVALID": "its certificate is for another host",
    "ERR_EMPTY_RESPONSE": "it answered nothing",
    "ERR_TOO_MANY_REDIRECTS": "it redirects in a circle",
}
# The site answered, or we stopped the request ourselves.
_NOT_THE_SITE = frozenset({"ERR_ABORTED", "ERR_BLOCKED_BY_CLIENT", "ERR_BLOCKED_BY_RESPONSE"})


@contextmanager
def translated_errors(redactor: Redactor) -> Iterator[None]:
    """Turn a Playwright error inside the block into one of ours, redacted and without its cause.

    A time-out becomes ``StepFailed`` (``RunTimeout`` is about the whole run), a navigation the site
    did not answer ``SiteUnreachable``.
    """
    try:
        yield
    except PlaywrightError as error:
        raise translate(error, redactor) from None


@contextmanager
def translated_launch(executable: object) -> Iterator[None]:
    """Turn an error while starting the browser into ``BrowserMissing`` or ``DisplayMissing``."""
    try:
        yield
    except PlaywrightError as error:
        raise _launch_error(str(executable), error.message) from None


def translate(error: PlaywrightError, redactor: Redactor) -> RunnerError:
    """Return our error for one of Playwright's; its call log is never quoted."""
    net = _NET_ERROR.search(error.message)
    if net and net[1] not in _NOT_THE_SITE:
        reason = _REASONS.get(net[1], net[1])
        return SiteUnreachable(
            f"the site could not be reached: {reason}",
            hint="Check the address and the network; `curl -I` the same address.",
        )
    line = first_line(error.message, redactor)
    if isinstance(error, PlaywrightTimeout):
        return StepFailed(f"it did not happen in time: {line}")
    if _CLOSED in error.message:
        return StepFailed("the page or the browser was closed while the step ran")
    return StepFailed(line)


def is_interrupted(error: PlaywrightError) -> bool:
    """Tell whether a navigation only gave way to another one, of the page's own."""
    return "interrupted by another navigation" in error.message or "ERR_ABORTED" in error.message


def first_line(message: str, redactor: Redactor) -> str:
    """Return the first line of a foreign message, without values, queries and user names."""
    line = message.strip().partition("\n")[0]
    line = _USER.sub(r"\1", _QUERY.sub(r"\1", redactor.redact_text(line)))
    return line[:_LONGEST]


def _launch_error(executable: str, message: str) -> EnvironmentUnfit:
    if "Missing X server" in message or "XServer running" in message:
        return DisplayMissing("the browser found no display to appear on", hint=_XVFB)
    if "sandbox" in message.lower():
        return BrowserMissing(
            f"{executable} cannot start its sandbox here",
            hint="Allow unprivileged user namespaces, or run with the sandbox off.",
        )
    return BrowserMissing(
        f"{executable} does not start",
        hint="Start it once by hand to see why: add --version. `runner doctor` lists others.",
    )
