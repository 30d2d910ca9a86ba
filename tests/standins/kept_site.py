"""A site whose session is a cookie and, as wished, tokens in each of the browser's stores."""

from __future__ import annotations

import json
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COOKIE = "kept_sid"
STORES = ("local", "session", "database")
FORM = """<!doctype html><title>Sign in</title><h1>Sign in</h1>
<form method="post" action="/login"><label>User name <input name="username"
autocomplete="username"></label><label>Password <input name="password" type="password"></label>
<button>Sign in</button></form>"""
STORE = """
const open = () => new Promise((done, no) => {
  const asked = indexedDB.open("auth", 3);
  asked.onupgradeneeded = () => {
    const kept = asked.result.createObjectStore("kept", { keyPath: "id", autoIncrement: true });
    kept.createIndex("by name", "name", { unique: true });
    asked.result.createObjectStore("loose");
  };
  asked.onsuccess = () => done(asked.result); asked.onerror = () => no(asked.error);
});
const result = (asked) => new Promise((done, no) => {
  asked.onsuccess = () => done(asked.result); asked.onerror = () => no(asked.error);
});
"""
WELCOME = """<!doctype html><title>Welcome</title><script>{store}
const tokens = {tokens};
(async () => {{
  if (tokens.local) localStorage.setItem("auth", JSON.stringify({{ access: tokens.local, n: 1 }}));
  if (tokens.session) sessionStorage.setItem("auth", tokens.session);
  if (tokens.database) {{
    const database = await open();
    const at = database.transaction(["kept", "loose"], "readwrite");
    at.objectStore("kept").put({{ name: "token", token: tokens.database, since: new Date(5),
      bytes: new Uint8Array([1, 2, 250]), map: new Map([["a", [1n, undefined, NaN, -0]]]),
      set: new Set(["x"]), like: /a+/gi, buffer: new Uint8Array([7]).buffer }});
    at.objectStore("loose").put(new Blob(["blob"], {{ type: "text/plain" }}), ["key", 2]);
    await new Promise((done) => {{ at.oncomplete = done; }});
    database.close();
  }}
  location.replace("/home");
}})();
</script>"""
HOME = """<!doctype html><title>Home</title><h1>Home</h1><main></main><script>{store}
(async () => {{
  const found = {{ local: JSON.parse(localStorage.getItem("auth") || "{{}}").access,
    session: sessionStorage.getItem("auth") ?? undefined }};
  if ((await indexedDB.databases()).some((one) => one.name === "auth")) {{
    const database = await open();
    const at = database.transaction(["kept", "loose"]);
    const one = await result(at.objectStore("kept").index("by name").get("token"));
    const loose = await result(at.objectStore("loose").get(["key", 2]));
    found.database = one?.token;
    found.exact = one && one.since.getTime() === 5 && one.bytes[2] === 250 && one.id === 1
      && Object.is(one.map.get("a")[3], -0) && one.map.get("a")[0] === 1n && one.set.has("x")
      && one.like.flags === "gi" && one.buffer.byteLength === 1 && loose.type === "text/plain";
    database.close();
  }}
  const answer = await fetch("/check", {{ method: "POST", body: JSON.stringify(found) }});
  if (!answer.ok) return location.replace("/login?lost");
  document.querySelector("main").innerHTML = '<a href="/out">Sign out</a>' + {more};
}})();
</script>"""


@dataclass
class KeptSite:
    """One site; ``needs`` are the stores that a session wants a token from.

    ``rotates`` gives another cookie with each look at the home page, after which the old one is
    dead. ``more`` is HTML that the home page shows beside the way out, ``domain`` the cookie's.
    """

    needs: tuple[str, ...] = ()
    rotates: bool = False
    more: str = ""
    origin: str = ""
    logins: int = 0
    password: str = "right horse"
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    on_get: Callable[[str], None] = lambda _path: None

    def expire(self) -> None:
        """End every session, as a site does after a while."""
        self.sessions.clear()

    def begin(self) -> tuple[str, dict[str, str]]:
        """Begin a session: the cookie's value and the tokens."""
        self.logins += 1
        sid = f"sid-{secrets.token_urlsafe(18)}"
        self.sessions[sid] = {store: f"{store}-{secrets.token_urlsafe(18)}" for store in self.needs}
        return sid, self.sessions[sid]

    @property
    def values(self) -> dict[str, str]:
        """Every secret value of the sessions there are."""
        found = {f"cookie {n}": sid for n, sid in enumerate(self.sessions)}
        for n, tokens in enumerate(self.sessions.values()):
            found |= {f"{store} {n}": token for store, token in tokens.items()}
        return found


class _Answers(BaseHTTPRequestHandler):
    site: KeptSite

    def do_GET(self) -> None:
        self.site.on_get(self.path)
        sid = self._sid()
        path = urlsplit(self.path)
        if path.path == "/home":
            self._home(sid)
        elif path.path == "/login":
            inside = sid in self.site.sessions and path.query != "lost"
            self._to("/home") if inside else self._page(FORM)
        elif path.path == "/out":
            self.site.sessions.pop(sid, None)
            self._to("/login")
        else:
            self._page("<!doctype html><title>Nothing</title>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sid = self._sid()
        if self.path == "/check":
            found = json.loads(body)
            self.site.checks.append(found)
            wanted = self.site.sessions.get(sid, {"": ""})
            good = all(found.get(store) == token for store, token in wanted.items())
            good = good and ("database" not in wanted or found["exact"])
            self._page("", HTTPStatus.OK if good else HTTPStatus.UNAUTHORIZED)
            return
        if parse_qs(body.decode()).get("password") != [self.site.password]:
            self._page(f'<p role="alert">Wrong password.</p>{FORM}')
            return
        sid, tokens = self.site.begin()
        page = WELCOME.format(store=STORE, tokens=json.dumps(tokens))
        self._page(page, cookie=sid)

    def _home(self, sid: str) -> None:
        if sid not in self.site.sessions:
            self._to("/login")
            return
        fresh = ""
        if self.site.rotates:
            fresh = f"sid-{secrets.token_urlsafe(18)}"
            self.site.sessions[fresh] = self.site.sessions.pop(sid)
        self._page(HOME.format(store=STORE, more=json.dumps(self.site.more)), cookie=fresh)

    def _sid(self) -> str:
        self.site.asked.append((self.path, self.headers.get("Cookie", "")))
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        return cookies[COOKIE].value if COOKIE in cookies else ""

    def _to(self, path: str) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page(self, page: str, status: HTTPStatus = HTTPStatus.OK, cookie: str = "") -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            self.send_header("Set-Cookie", f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def kept_site(**wishes: Any) -> Iterator[KeptSite]:
    """Run a site of its own on loopback."""
    site = KeptSite(**wishes)
    answers = type("Answers", (_Answers,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers)
    server.daemon_threads = True
    site.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
