"""``runner secrets sessions``: what is kept is listed without what is in it, and can be dropped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.settings import Settings
from agent.vault.kept_sessions import KeptSessions
from agent.wiring import build

if TYPE_CHECKING:
    from tests.cli.conftest import Call

HOTEL, BAR = "https://hotel.example", "https://bar.example"
STATE = b'{"format":1,"cookies":[{"value":"canary-of-a-session-71"}],"stores":{}}'


def keep(environment: dict[str, str], name: str, *origins: str) -> None:
    """Keep sessions as runs would have."""
    runner = build(Settings.load(environment, Path(environment["HOME"])))
    card = runner.secret(name)
    for origin in origins:
        assert KeptSessions(runner.vault.trail()).keep(card, origin, STATE)


def test_sessions_are_listed_dropped_and_gone_when_compromised(
    call: Call, environment: dict[str, str]
) -> None:
    # The folders of this process are not those of the command without these.
    environment["RUNNER_KEY_FILE"] = f"{environment['HOME']}/keys/vault.key"
    words = ("secrets", "add", "--name", "Hotel admin", "--origin", HOTEL, "--origin", BAR)
    fields = {"username": "ann", "password": "correct horse"}
    assert call(*words, "--stdin", piped=fields).code == 0
    assert "no session is kept" in call("secrets", "sessions").err
    keep(environment, "Hotel admin", HOTEL, BAR)
    listed = call("secrets", "sessions")
    assert listed.out.splitlines()[0].split() == ["secret", "origin", "mode", "age", "last", "used"]
    assert "Hotel admin" in listed.out
    assert "never" in listed.out
    found = call("secrets", "sessions", "list", "--json")
    assert {one["origin"] for one in found.document} == {HOTEL, BAR}
    assert "canary" not in listed.everything + found.everything
    dropped = call("secrets", "sessions", "drop", "Hotel admin", "--origin", BAR)
    assert dropped.out == f"dropped: the session at {BAR}\n"
    call("secrets", "sessions", "drop").fails_in_one_line(2)
    said = call("secrets", "compromised", "Hotel admin")
    assert f"dropped: session of Hotel admin at {HOTEL}" in said.out
    assert call("secrets", "sessions", "--json").document == []
    acts = [row["action"] for row in call("audit", "list", "--json").document]
    assert acts.count("session_dropped") == 2
