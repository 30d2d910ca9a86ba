"""What only a real browser tells: that it keeps the cookie, and whom it sends it to."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import uvicorn
from playwright.sync_api import sync_playwright

from agent.api.app import create_app, walled
from agent.api.artifact_site import create_artifact_site
from agent.api.options import ServerOptions
from agent.browser.find import find_browser
from agent.runner.membership import Membership
from tests.integration.api.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from tests.integration.api.conftest import Server

CHOOSE = """async ([link, password]) => {
    const headers = {"content-type": "application/json"};
    const body = JSON.stringify({link, password});
    const answer = await fetch("/api/v1/session/link", {method: "POST", headers, body});
    return answer.status;
}"""
WHO = "async () => (await (await fetch('/api/v1/session')).json()).person"


@contextmanager
def serving(app: ASGIApp, opened: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def test_a_browser_keeps_the_cookie_and_sends_it_to_the_server_alone(server: Server) -> None:
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "ab")
        port, second = ours.getsockname()[1], theirs.getsockname()[1]
        options = ServerOptions.of("127.0.0.1", (port, second), (None, None), worker=False)
        app = create_app(server.premises, options)
        stack.enter_context(serving(walled(app, options), ours))
        site = create_artifact_site(server.premises, options)
        stack.enter_context(serving(site, theirs))
        people = server.premises.people
        link = Membership(people, people.actor("ann")).link("ed")
        browsers = stack.enter_context(sync_playwright())
        browser = browsers.chromium.launch(
            executable_path=find_browser().path, chromium_sandbox=False
        )
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{options.url}/healthz")
        assert page.evaluate(CHOOSE, [link, PASSWORD]) == 204
        assert page.evaluate(WHO) == "ed"
        assert page.evaluate("document.cookie") == ""
        [cookie] = context.cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["secure"]) == ("__Host-rnr", True, True)
        with page.expect_request(f"{options.artifacts_url}/viewer/**") as asked:
            page.goto(f"{options.artifacts_url}/viewer/index.html")
        assert "cookie" not in asked.value.all_headers()
        assert page.title() == "Playwright Trace Viewer"
        browser.close()
