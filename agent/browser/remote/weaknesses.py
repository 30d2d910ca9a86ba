"""Which promises are weaker with a browser on another machine: a decision over what was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from agent.browser.remote.refusals import BrowserWeaker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from agent.browser.remote.endpoint import Remote

WORDS: Final[Mapping[str, str]] = {
    "clear_text": "the way there is not encrypted, so whoever is on it reads what is typed",
    "other_machine": "what is typed is in another machine's memory, which also ends the browser",
    "shared_browser": "others may be in the same browser, and can look into the run's pages there",
    "switches": "it was not started with the switches that shut ways past the request guard",
    "sandbox": "its sandbox is off, or nobody can tell",
    "guard": "its requests cannot be guarded",
    "recording": "the raw recording lies on the browser's machine until the run ends",
    "downloads": "downloads lie on the browser's machine until the run ends",
}
"""Every weaker promise by its name, and what is weaker."""

# Not of ours, and relied on: no dump of a crashed page, and no page that comes back unguarded.
NEEDED: Final = ("--disable-breakpad", "--disable-back-forward-cache")
_OPEN_DOORS: Final = {"remote-debugging-port", "remote-debugging-address"}
_PROXY: Final = "proxy-server"
# Chromium heeds each of these before the switch that names a proxy, and that one then not at all.
_BEFORE_A_PROXY: Final = {"no-proxy-server", "proxy-pac-url", "proxy-auto-detect"}
# The whole of it, a layer of it, or the processes it is to stand between.
_UNBOXED: Final = {
    "no-sandbox",
    "no-sandbox-and-elevated",
    "no-zygote-sandbox",
    "disable-seccomp-filter-sandbox",
    "disable-gpu-sandbox",
    "single-process",
    "in-process-gpu",
}
# Each alone leaves the other one.
_BOTH_BOXES: Final = {"disable-setuid-sandbox", "disable-namespace-sandbox"}
_BEGINS: Final = re.compile("--?|/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run needs of the browser: its switches, and whether it records and downloads."""

    switches: tuple[str, ...]
    records: bool
    downloads: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser told over the wire.

    ``switches`` is its command line, or ``None`` where it does not tell; ``marked`` says that this
    run's own mark is in it, so that it was started for this run. ``others`` says that pages or
    contexts of somebody else are in it; ``guarded`` that a request was seen, stopped and answered.
    """

    switches: tuple[str, ...] | None
    marked: bool = False
    others: bool = False
    guarded: bool = True


def weaker(remote: Remote, wanted: Wanted, seen: Seen) -> tuple[str, ...]:
    """List the promises that are weaker, in the order in which they are explained."""
    found = {"other_machine", *_by_endpoint(remote, wanted), *_by_looking(wanted, seen)}
    return tuple(name for name in WORDS if name in found)


def refuse(remote: Remote, found: Collection[str]) -> None:
    """Raise ``BrowserWeaker`` unless each of these weaker promises is allowed."""
    lacking = [name for name in WORDS if name in found and name not in remote.allowed]
    if not lacking:
        return
    listed = ", ".join(f'"{name}"' for name in lacking)
    raise BrowserWeaker(
        f"{remote.words()} keeps less than is promised: {', '.join(lacking)}",
        hint="docs/remote-browsers.md says what each means, and what helps. To run all the same: "
        f"allow_weaker = [{listed}] in [browser] of playwright.config, or in the task's browser.",
    )


def notices(found: Collection[str]) -> list[str]:
    """Say, one line each, what is weaker in a run that goes on."""
    return [f"weaker with this browser: {name}: {WORDS[name]}" for name in WORDS if name in found]


def _by_endpoint(remote: Remote, wanted: Wanted) -> Iterator[str]:
    if remote.is_clear:
        yield "clear_text"
    if remote.protocol == "playwright":
        # Over CDP the recording is made here, and downloads are refused.
        if wanted.records:
            yield "recording"
        if wanted.downloads:
            yield "downloads"


def _by_looking(wanted: Wanted, seen: Seen) -> Iterator[str]:
    line = seen.switches or ()
    names = _by_name(line).keys()
    if not seen.guarded:
        yield "guard"
    if seen.others or not seen.marked or names & _OPEN_DOORS:
        yield "shared_browser"
    if missing(wanted.switches, line):
        yield "switches"
    if seen.switches is None or names & _UNBOXED or names >= _BOTH_BOXES:
        yield "sandbox"


def missing(wanted: Sequence[str], line: Sequence[str]) -> list[str]:
    """List the switches that are not in force; of one given twice the last counts."""
    last = _by_name(line)
    if last.keys() & _BEFORE_A_PROXY:
        last.pop(_PROXY, None)
    return [one for one in wanted if not _by_name([one]).items() <= last.items()]


def _by_name(line: Sequence[str]) -> dict[str, str]:
    """What is given with each switch, as Chromium reads a command line."""
    told: dict[str, str] = {}
    for word in takewhile(lambda one: one != "--", line):
        if begin := _BEGINS.match(word):
            name, _, told_with = word[begin.end() :].partition("=")
            told[name] = told_with
    return told
