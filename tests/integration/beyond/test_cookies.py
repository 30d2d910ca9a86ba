"""An http step that shares the browser session's cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import StepFailed
from tests.integration.steps.conftest import Work

if TYPE_CHECKING:
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser


async def test_cookies_go_to_their_own_site_alone_and_are_masked(
    open_session: Opener, site: Site
) -> None:
    wish = {"url": f"{site.origin}/api/guests", "local": True, "save_as": "read"}
    async with open_session(site.new_account()) as session:
        work = Work(session)
        with pytest.raises(StepFailed, match="answered 401"):
            await work("http", **wish, cookies=True)
        await work("sign_in", slot="MANAGEMENT_LOGIN", url=f"{site.origin}/login")
        with pytest.raises(StepFailed, match="answered 401"):
            await work("http", **wish)
        read = await work("http", **wish, cookies=True, extract="$.guests[*].name")
        assert read.value
        jar = {one["name"]: one["value"] for one in await session.context.cookies()}
        named = session.secrets.needles.labels_in(" ".join(jar.values()).encode())
        assert {f"cookie.{name}" for name, value in jar.items() if len(value) >= 8} <= named
        other = site.evil.replace("127.0.0.1", "localhost")
        await work("http", url=f"{other}/", local=True, cookies=True, status=[200, 404])
    got = site.evil_log[-1]
    assert not any(value in str(got.headers) for value in jar.values() if len(value) >= 8)
