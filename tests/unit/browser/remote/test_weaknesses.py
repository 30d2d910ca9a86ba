from __future__ import annotations

from typing import get_args

import pytest

from agent.browser.remote.endpoint import Remote
from agent.browser.remote.refusals import BrowserWeaker
from agent.browser.remote.weaknesses import WORDS, Seen, Wanted, missing, notices, refuse, weaker
from agent.tasks.weaker import Weaker

SWITCHES = ("--no-pings", "--proxy-server=socks=nowhere")
MARKED = Seen((*SWITCHES, "--slotrunner-run=1"), marked=True)
WANTED = Wanted(SWITCHES, records=True, downloads=True)
QUIET = Wanted(SWITCHES, records=False, downloads=False)


def marked(*more: str) -> Seen:
    """A browser that was started for this run, with all its switches and these."""
    return Seen((*SWITCHES, *more), marked=True)


SERVER, CDP = Remote.of("wss://pool.example"), Remote.of("https://pool.example")


def test_a_task_may_name_each_weakness_and_nothing_else() -> None:
    assert set(get_args(Weaker)) == set(WORDS)


@pytest.mark.parametrize(
    ("remote", "wanted", "seen", "found"),
    [
        (SERVER, QUIET, MARKED, ()),
        (SERVER, WANTED, MARKED, ("recording", "downloads")),
        (CDP, WANTED, MARKED, ()),
        (Remote.of("ws://pool.example"), QUIET, MARKED, ("clear_text",)),
        (SERVER, QUIET, Seen(MARKED.switches), ("shared_browser",)),
        (SERVER, QUIET, Seen(MARKED.switches, marked=True, others=True), ("shared_browser",)),
        (SERVER, QUIET, marked("--remote-debugging-port=0"), ("shared_browser",)),
        (SERVER, QUIET, marked("-remote-debugging-port=0"), ("shared_browser",)),
        (SERVER, QUIET, marked("--no-proxy-server"), ("switches",)),
        (SERVER, QUIET, Seen(None), ("shared_browser", "switches", "sandbox")),
        (SERVER, QUIET, marked("--no-sandbox"), ("sandbox",)),
        (SERVER, QUIET, marked("-no-sandbox"), ("sandbox",)),
        (SERVER, QUIET, marked("--no-sandbox=false"), ("sandbox",)),
        (SERVER, QUIET, marked("--no-zygote-sandbox"), ("sandbox",)),
        (SERVER, QUIET, marked("--single-process"), ("sandbox",)),
        (SERVER, QUIET, marked("--disable-seccomp-filter-sandbox"), ("sandbox",)),
        (SERVER, QUIET, marked("--disable-setuid-sandbox"), ()),
        (
            SERVER,
            QUIET,
            marked("--disable-setuid-sandbox", "--disable-namespace-sandbox"),
            ("sandbox",),
        ),
        (SERVER, QUIET, marked("--", "--no-sandbox"), ()),
        (SERVER, QUIET, Seen(SWITCHES[:1], marked=True), ("switches",)),
        (SERVER, QUIET, Seen(MARKED.switches, marked=True, guarded=False), ("guard",)),
    ],
)
def test_what_is_weaker_follows_from_what_was_seen(
    remote: Remote, wanted: Wanted, seen: Seen, found: tuple[str, ...]
) -> None:
    assert set(weaker(remote, wanted, seen)) == {"other_machine", *found}


def test_of_a_switch_that_is_given_twice_the_last_one_counts() -> None:
    undone = (*SWITCHES, "--proxy-server=http://elsewhere")
    assert missing(SWITCHES, undone) == [SWITCHES[1]]
    assert missing(SWITCHES, (*undone, SWITCHES[1])) == []


@pytest.mark.parametrize(
    "other", ["--no-proxy-server", "--proxy-pac-url=http://pac.example", "--proxy-auto-detect"]
)
def test_a_proxy_that_another_switch_overrules_is_missing(other: str) -> None:
    for line in ((*SWITCHES, other), (other, *SWITCHES)):
        assert missing(SWITCHES, line) == [SWITCHES[1]]
    assert missing(SWITCHES[:1], (*SWITCHES, other)) == [], "where none is wanted none is missed"


def test_what_comes_after_the_end_of_the_switches_is_none() -> None:
    assert missing(SWITCHES, (SWITCHES[0], "--", SWITCHES[1])) == [SWITCHES[1]]


@pytest.mark.parametrize("left_out", WORDS)
def test_each_weakness_is_refused_unless_it_is_allowed_by_its_name(left_out: str) -> None:
    allowed = [name for name in WORDS if name != left_out]
    remote = Remote.of("https://pool.example/?token=hidden", None, allowed)
    with pytest.raises(BrowserWeaker) as caught:
        refuse(remote, tuple(WORDS))
    assert caught.value.message.endswith(f"keeps less than is promised: {left_out}")
    assert f'allow_weaker = ["{left_out}"]' in caught.value.hint
    assert "hidden" not in f"{caught.value.message}{caught.value.hint}"
    refuse(remote.allowing([left_out]), tuple(WORDS))


def test_what_goes_on_is_told_in_one_line_each() -> None:
    lines = notices(("guard", "sandbox"))
    assert [line.split(": ")[1] for line in lines] == ["sandbox", "guard"]
