"""A session of one run is gone on with by the next, wherever the site keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standins.kept_site import STORES, kept_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.sessions.conftest import Desk
    from tests.standins.kept_site import KeptSite

pytestmark = pytest.mark.browser

Desks = "Callable[[KeptSite], Desk]"


async def test_cookie_and_every_store_are_restored_exactly(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site(needs=STORES) as site:
        desk = desk_of(site)
        assert await desk.ends() == "signed_in"
        assert await desk.ends() == "session_reused"
        assert site.logins == 1
        assert site.checks[-1]["exact"] is True


async def test_a_site_that_exchanges_its_cookie_is_followed(
    desk_of: Callable[[KeptSite], Desk],
) -> None:
    with kept_site(rotates=True) as site:
        desk = desk_of(site)
        seen = {"role": "link", "name": "Sign out"}
        outcomes = [await desk.ends(expect=seen) for _ in range(3)]
        assert outcomes == ["signed_in", "session_reused", "session_reused"]
        assert site.logins == 1
