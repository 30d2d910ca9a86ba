"""Secrets of other types than login, typed into the real site by fill steps."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session as open_browser
from agent.browser.options import BrowserOptions
from agent.errors import SecretUnfit
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from tests.integration.browser.acts import CODE, PASSWORD, USERNAME
from tests.integration.steps.conftest import Work

if TYPE_CHECKING:
    from agent.vault.store import Vault
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser


def use(slot: str, field: str) -> dict[str, Any]:
    return {"secret": slot, "field": field}


async def test_a_documents_values_and_a_key_alone_sign_in(vault: Vault, site: Site) -> None:
    account = site.new_account()
    document = {"sites": [{"user": account.username, "pass word": account.password}]}
    origins = OriginPolicy.parse([site.origin])
    vault.create()
    cards = {
        "DOC": vault.add(NewSecret("doc", "json", {"document": json.dumps(document)}, origins)),
        "KEY": vault.add(NewSecret("key", "totp", {"totp": account.otpauth}, origins)),
    }
    bindings = {slot: card.ref for slot, card in cards.items()}
    with ExitStack() as stack:
        secrets = stack.enter_context(vault.open_for_run(bindings, "run-1"))
        folder = stack.enter_context(PrivateFolder.create())
        async with open_browser(BrowserOptions(timeout=10_000.0), secrets, folder) as session:
            work = Work(session)
            await work("goto", url=f"{site.origin}/login")
            await work("fill", target={"css": USERNAME}, value=use("DOC", "sites.0.user"))
            with pytest.raises(SecretUnfit):
                await work("fill", target={"css": PASSWORD}, value=use("DOC", "sites.0.other"))
            await work("fill", target={"css": PASSWORD}, value=use("DOC", "sites.0.pass word"))
            await work("click", target={"css": ".card button"})
            await session.page.wait_for_url("**/code*")
            await work("fill", target={"css": CODE}, value=use("KEY", "totp"))
            await work("click", target={"css": "button[value=go]"})
            await session.page.wait_for_url(f"{site.origin}/")
            session.guard.check()
    acts = [row["action"] for row in vault.trail().rows()]
    assert acts.count("code") == 1
    assert acts.count("revealed") == 3
