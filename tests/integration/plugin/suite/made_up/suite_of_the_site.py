"""Signed in to the site of the package, by a task of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.runner(task="made-up.json")
def test_signed_in_to_the_made_up_site(logged_in_page: Page, fake_login_site: Any) -> None:
    logged_in_page.goto(f"{fake_login_site.origin}/guests")
    assert logged_in_page.get_by_role("heading", name="Guests", exact=True).is_visible()
    assert fake_login_site.url("plain-ja").startswith(fake_login_site.origin)
